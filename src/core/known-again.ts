/** When a file on a card is one that was there before: same path, same size, same time. */
import { type ScannedFile, sameCardTime, TIME_STEP_MS, TIME_TOLERANCE_MS } from './inventory.ts';

/** So many files must agree on a shift of the times before it is believed. */
const SHIFT_WITNESSES = 3;

/** A known version that has a scanned file's path and size, but not its time. */
interface OtherTime<T> {
  /** The file's place in the scan. */
  readonly at: number;
  readonly mtimeMs: number;
  readonly mark: T;
}

/**
 * Finds the known version that each file of a scan still is: same path, same size, same time. Of several that fit the
 * newest. Known versions are shown one by one and not kept, however many there are; only their marks are.
 *
 * Times may be shifted, but then most of the card's by the same (another host, summer time). A file that is shifted on
 * its own is another frame under a used name: many cameras give all raw files one size, and one time in 225 lies whole
 * quarters of an hour from any other.
 */
export class KnownAgain<T extends number | object> {
  readonly #scan: readonly ScannedFile[];
  /** Places in the scan, in the order of the paths. */
  readonly #byPath: Uint32Array;
  /** By the place in the scan. */
  readonly #marks: (T | undefined)[];
  readonly #others: OtherTime<T>[] = [];

  constructor(scan: readonly ScannedFile[]) {
    this.#scan = scan;
    this.#byPath = placesByPath(scan);
    this.#marks = Array.from(scan, () => undefined);
  }

  /** To be called for all versions that are known, the oldest first. `mark` is what tells them apart. */
  see(known: ScannedFile, mark: T): void {
    for (let i = this.#firstWith(known.path); i < this.#byPath.length; i += 1) {
      const at = this.#byPath[i] ?? 0;
      const file = this.#scan[at];
      if (file?.path !== known.path) return;
      if (file.sizeBytes !== known.sizeBytes) continue;
      if (isShifted(known, file, 0)) this.#marks[at] = mark;
      else this.#others.push({ at, mtimeMs: known.mtimeMs, mark });
    }
  }

  /** The mark of the version that it is for each file of the scan, in its order; undefined for what is not known. */
  marks(): readonly (T | undefined)[] {
    const marks = [...this.#marks];
    const others = this.#others
      .filter(({ at }) => marks[at] === undefined)
      .toSorted((a, b) => a.at - b.at);
    const shift = this.#commonShift(others);
    if (shift === undefined) return marks;
    for (const { at, mtimeMs, mark } of others) {
      const file = this.#scan[at];
      if (file !== undefined && isShifted({ mtimeMs }, file, shift)) marks[at] = mark;
    }
    return marks;
  }

  /** The first of the places in the order of the paths where this one, or a later one, stands. */
  #firstWith(path: string): number {
    let low = 0;
    let high = this.#byPath.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#scan[this.#byPath[middle] ?? 0];
      if (there !== undefined && there.path < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The shift, in milliseconds, that more than half of all compared files have. `others` are ordered by their file. */
  #commonShift(others: readonly OtherTime<T>[]): number | undefined {
    const counts = new Map<number, number>();
    let compared = this.#marks.reduce<number>(
      (sum, mark) => (mark === undefined ? sum : sum + 1),
      0,
    );
    let last: number | undefined;
    let steps = new Set<number>();
    for (const { at, mtimeMs } of others) {
      if (at !== last) {
        compared += 1;
        steps = new Set();
      }
      last = at;
      const now = this.#scan[at]?.mtimeMs ?? mtimeMs;
      const step = Math.round((now - mtimeMs) / TIME_STEP_MS);
      if (!sameCardTime(now, mtimeMs) || steps.has(step)) continue;
      steps.add(step);
      counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    for (const [step, count] of counts) {
      if (count >= SHIFT_WITNESSES && count * 2 > compared) return step * TIME_STEP_MS;
    }
    return undefined;
  }
}

function isShifted(
  old: Pick<ScannedFile, 'mtimeMs'>,
  now: Pick<ScannedFile, 'mtimeMs'>,
  shiftMs: number,
): boolean {
  return Math.abs(now.mtimeMs - old.mtimeMs - shiftMs) <= TIME_TOLERANCE_MS;
}

/** Instead of a map of a hundred thousand paths. Listings are sorted by path already: then there is nothing to do. */
function placesByPath(files: readonly ScannedFile[]): Uint32Array {
  const places = Uint32Array.from(files, (_, i) => i);
  const pathAt = (place: number): string => files[place]?.path ?? '';
  if (files.every(({ path }, i) => i === 0 || pathAt(i - 1) <= path)) return places;
  return places.toSorted((a, b) => (pathAt(a) < pathAt(b) ? -1 : 1));
}
