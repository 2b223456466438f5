/** One destination of a job: its drive is checked before each file, and its first failure drops it. */
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadyDestination } from '../core/destination.ts';
import type { DestinationId } from '../core/ids.ts';
import { fsyncFile, fsyncFolderOf, makeFolders } from '../platform/durable-fs.ts';
import type { CopyTarget, LostLeg } from '../ports/copier.ts';
import type { EngineTools } from './engine-tools.ts';
import { hasMovingHeads } from './block-device.ts';
import { DriveTrouble, driveChanged, lostLeg, tooLarge } from './leg-trouble.ts';
import { type ReadHonesty, readHonestyOf } from './read-honesty.ts';
import type { SpaceClaim } from './space-reservation.ts';
import { isTempName } from './temp-name.ts';

/** A drive that does not come back from one call for so long is given up. Slow ones (SMR, NAS) may pause for a minute. */
const CALL_LIMIT_MS = 300_000;

/** Room for folders, journals and the last block of each file. */
const OVERHEAD_BYTES_PER_FILE = 8192;

/** What one task wants of this leg, for the reckoning of room. */
export interface WantedFile {
  readonly placement: string;
  readonly sizeBytes: number;
}

export class Leg {
  readonly id: DestinationId;
  readonly destination: ReadyDestination;
  readonly #tools: EngineTools;
  readonly #folder: string;
  /** Where the roll's folder is, whole: paths below it are put together for each file of thousands. */
  readonly #base: string;
  /** Ends all work of the job. */
  readonly signal: AbortSignal;
  readonly #folders = new Map<string, Promise<void>>();
  #movingHeads = false;
  #honesty: ReadHonesty = { direct: false, evict: 'hopeless' };
  #claim: SpaceClaim | undefined;
  #lost: LostLeg | undefined;
  #leftOut = false;

  constructor(tools: EngineTools, target: CopyTarget, signal: AbortSignal) {
    this.#tools = tools;
    this.signal = signal;
    this.destination = target.destination;
    this.id = target.destination.id;
    this.#folder = target.folder;
    this.#base = join(target.destination.path, target.folder);
  }

  get honesty(): ReadHonesty {
    return this.#honesty;
  }

  /** Such a drive serves one job at a time: two would make it spend its time on the way between their places. */
  get hasMovingHeads(): boolean {
    return this.#movingHeads;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** How it ended: lost, or with files left out that its filesystem cannot hold. */
  get outcome(): LostLeg | undefined {
    if (this.#lost !== undefined) return this.#lost;
    return this.#leftOut ? { destinationId: this.id, ...tooLarge(this.id) } : undefined;
  }

  /** Where a placement stands on this drive. */
  pathOf(placement: string): string {
    return `${this.#base}/${placement}`;
  }

  /** The same below the destination's root, as evidence names it. */
  placedAt(placement: string): string {
    return this.#folder === '' ? placement : `${this.#folder}/${placement}`;
  }

  /** Whether the filesystem can hold such a file. One that is too large is left out; the leg goes on. */
  takes(sizeBytes: number): boolean {
    if (sizeBytes <= this.destination.maxFileBytes) return true;
    this.#leftOut = true;
    return false;
  }

  /** Looks at the drive and claims room for all files of a job, before the first byte. */
  async prepare(files: readonly WantedFile[]): Promise<void> {
    await this.attempt(async () => {
      await this.assertSameDrive();
      const { path, fsType, deviceNumber } = this.destination;
      this.#honesty = await readHonestyOf(path, fsType);
      this.#movingHeads = await hasMovingHeads(deviceNumber);
      const needed = await this.#roomNeeded(files);
      this.#claim = this.#tools.space.claim(deviceNumber, needed);
    });
  }

  /** Makes and flushes a folder below the roll's folder, and clears it of what an earlier crash left. */
  async readyFolder(folder: string): Promise<void> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return await known;
    const made = this.#makeFolder(folder);
    this.#folders.set(folder, made);
    await made;
  }

  /** @throws DriveTrouble unless writes still land on the filesystem that was looked at */
  async assertSameDrive(): Promise<void> {
    const { id, path, deviceNumber } = this.destination;
    let now: number | undefined;
    try {
      now = (await stat(path)).dev;
    } catch {
      // Not there at all: the same answer as another drive.
      now = undefined;
    }
    if (now !== deviceNumber) throw driveChanged(id, path);
  }

  /**
   * Does something on this drive. A failure drops the leg and is no error: the answer is then undefined. Once the
   * leg is lost nothing is done any more.
   * @throws the signal's reason when aborted: that is not the drive's fault
   */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#lost !== undefined) return undefined;
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      await this.lose(error);
      return undefined;
    }
  }

  /** Flushes a placed file and its name. */
  async settleName(path: string): Promise<void> {
    await this.call(fsyncFile(path));
    await this.call(fsyncFolderOf(path));
  }

  /** One call to the drive, with the time limit that all calls to it have. */
  async call<T>(call: Promise<T>): Promise<T> {
    return await this.#tools.deadlines.within(call, CALL_LIMIT_MS);
  }

  /** Drops the leg. What the drive says when it is gone is not always true, so it is looked at once more. */
  async lose(error: unknown): Promise<void> {
    if (this.#lost !== undefined) return;
    this.#lost = lostLeg(this.id, error);
    if (error instanceof DriveTrouble) return;
    try {
      await this.call(this.assertSameDrive());
    } catch (changed) {
      if (changed instanceof DriveTrouble) this.#lost = lostLeg(this.id, changed);
    }
  }

  /** So many bytes of the claimed room are used. */
  wrote(bytes: number): void {
    this.#claim?.written(bytes);
  }

  /** So many bytes were thrown away again. */
  unwrote(bytes: number): void {
    this.#claim?.again(bytes);
  }

  end(): void {
    this.#claim?.end();
    this.#claim = undefined;
  }

  async #makeFolder(folder: string): Promise<void> {
    const relative = join(this.#folder, folder);
    const made = await this.call(makeFolders(this.destination.path, relative));
    if (!made) await this.call(this.#clear(join(this.destination.path, relative)));
  }

  async #clear(folder: string): Promise<void> {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (isTempName(name) && !this.#tools.temps.has(path)) await rm(path, { force: true });
    }
  }

  async #roomNeeded(files: readonly WantedFile[]): Promise<number> {
    const { path, deviceNumber, id } = this.destination;
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize - this.#tools.space.promised(deviceNumber);
    const fitting = files.filter((file) => file.sizeBytes <= this.destination.maxFileBytes);
    let needed = 0;
    for (const file of fitting) needed += file.sizeBytes + OVERHEAD_BYTES_PER_FILE;
    if (needed <= free) return needed;
    // What stands there already from an earlier run needs no room.
    for (const file of fitting) needed -= await this.#standing(file);
    if (needed <= free) return needed;
    throw new DriveTrouble(
      'too-little-space',
      `Drive "${id}" has ${inWords(Math.max(0, free))} free; ${inWords(needed)} are needed.`,
      'Make room on it, or use a larger drive. What is missing there is then copied by itself.',
    );
  }

  async #standing(file: WantedFile): Promise<number> {
    try {
      const there = await stat(this.pathOf(file.placement));
      return there.size === file.sizeBytes ? file.sizeBytes + OVERHEAD_BYTES_PER_FILE : 0;
    } catch {
      // Not there yet.
      return 0;
    }
  }
}

/** The folder of a placement, relative to the roll's folder; empty for the roll's folder itself. */
export function folderOf(placement: string): string {
  const folder = dirname(placement);
  return folder === '.' ? '' : folder;
}

const GB = 1e9;

function inWords(bytes: number): string {
  return bytes >= GB ? `${(bytes / GB).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
