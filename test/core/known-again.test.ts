import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sameCardTime, type ScannedFile } from '../../src/core/inventory.ts';
import { marksOf } from './recognising.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIME = 1_700_000_000_000;

function file(path: string, sizeBytes = 10, mtimeMs = TIME): ScannedFile {
  return { path, sizeBytes, mtimeMs };
}

function many(count: number, mtimeMs = TIME): readonly ScannedFile[] {
  return Array.from({ length: count }, (_, i) => file(`IMG_${i}`, 10, mtimeMs + i * MINUTE));
}

function pathsAgain(known: readonly ScannedFile[], scan: readonly ScannedFile[]) {
  return marksOf(known, scan)
    .flatMap((mark) => (mark === undefined ? [] : [mark.path]))
    .toSorted();
}

describe('files known again', () => {
  it('have the same path, size and time, to the two seconds of FAT', () => {
    const known = [file('a')];
    expect(pathsAgain(known, [file('a', 10, TIME + 2_000)])).toEqual(['a']);
    expect(pathsAgain(known, [file('a', 10, TIME - 2_001)])).toEqual([]);
    expect(pathsAgain(known, [file('A')])).toEqual([]);
    expect(pathsAgain(known, [file('a', 11)])).toEqual([]);
  });

  it('are the newest of the versions that fit', () => {
    const versions = [
      { ...file('a'), n: 1 },
      { ...file('a'), n: 2 },
      { ...file('a', 11), n: 3 },
      { ...file('a', 10, TIME + MINUTE), n: 4 },
    ];
    expect(marksOf(versions, [file('a')])[0]?.n).toBe(2);
  });

  it('are all of them when the whole card is shifted by any zone of the world', () => {
    const zone = fc.integer({ min: -56, max: 56 }).map((quarters) => quarters * 15 * MINUTE);
    const rounding = fc.integer({ min: -2_000, max: 2_000 });
    fc.assert(
      fc.property(zone, rounding, fc.integer({ min: 3, max: 9 }), (shift, ms, count) => {
        expect(pathsAgain(many(count), many(count, TIME + shift + ms))).toHaveLength(count);
      }),
    );
  });

  it('are not believed to be shifted by fewer than three, nor by half of them', () => {
    expect(pathsAgain(many(2), many(2, TIME + HOUR))).toEqual([]);
    const shifted = many(3, TIME + HOUR);
    const apart = many(6, TIME + 7 * MINUTE).slice(3);
    expect(pathsAgain(many(6), [...shifted, ...apart])).toEqual([]);
    expect(pathsAgain(many(6), [...shifted, ...apart.slice(1)])).toHaveLength(3);
  });

  it('are not believed to be shifted beside as many with the old time', () => {
    const old = many(6).slice(3);
    expect(pathsAgain(many(6), [...many(3, TIME + HOUR), ...old])).toHaveLength(3);
    expect(pathsAgain(many(6), [...many(3, TIME + HOUR), ...old.slice(1)])).toHaveLength(5);
  });

  it('are with the old time what they are, also when an earlier version fits the shift', () => {
    const before = { ...file('a', 10, TIME - HOUR), n: 1 };
    const known = [before, { ...file('a'), n: 2 }, ...many(4).map((one) => ({ ...one, n: 3 }))];
    const scan = [file('a'), ...many(4, TIME + HOUR)];
    expect(marksOf(known, scan).map((mark) => mark?.n)).toEqual([2, 3, 3, 3, 3]);
  });

  it('count once, however many earlier versions of them have another time', () => {
    const earlier = [MINUTE, 2 * MINUTE].map((ms) => file('IMG_3', 10, TIME - HOUR - ms));
    const scan = [...many(3, TIME + HOUR), file('IMG_3'), file('IMG_4')];
    expect(pathsAgain([...earlier, ...many(5)], scan)).toHaveLength(3);
  });

  it('are not one that is shifted otherwise than the rest', () => {
    const scan = [
      ...many(4, TIME + HOUR).slice(0, 3),
      file('IMG_3', 10, TIME + 3 * MINUTE + 2 * HOUR),
    ];
    expect(pathsAgain(many(4), scan)).toEqual(['IMG_0', 'IMG_1', 'IMG_2']);
  });

  it('are those with the old time also beside many that are shifted', () => {
    expect(
      pathsAgain(many(9), [...many(9, TIME + HOUR).slice(0, 8), ...many(9).slice(8)]),
    ).toHaveLength(9);
  });

  it('are counted against a shift only where name and size are those of before', () => {
    const fresh = Array.from({ length: 9 }, (_, i) => file(`NEW_${i}`));
    expect(pathsAgain(many(3), [...many(3, TIME - HOUR), ...fresh])).toHaveLength(3);
  });

  it('stand for each file of the scan at its place, whatever the order of either', () => {
    const scan = ['c', 'a', 'b', 'd'].map((path) => file(path));
    const known = ['d', 'b', 'x', 'c'].map((path) => file(path));
    expect(marksOf(known, scan).map((mark) => mark?.path)).toEqual(['c', undefined, 'b', 'd']);
  });

  it('are those that the rule says, read plainly', () => {
    fc.assert(
      fc.property(versions, scans, (known, scan) => {
        const found = marksOf(known, scan);
        expect(found).toHaveLength(scan.length);
        const wanted = plainly(known, scan);
        for (const [i, mark] of found.entries()) expect(mark).toBe(wanted[i]);
      }),
      { numRuns: 2_000 },
    );
  });
});

const PATHS = ['a', 'b', 'c', 'd', 'e'];
/** Few hours and little beside them, so that shifts come about, and are in doubt. */
const listed = fc.record({
  sizeBytes: fc.constantFrom(10, 10, 10, 10, 11),
  mtimeMs: fc
    .tuple(fc.constantFrom(0, 0, 1, 1, 2, 15), fc.constantFrom(0, 0, 0, 2_000, 2_001))
    .map(([hours, ms]) => TIME + hours * HOUR + ms),
});
const scans = fc
  .tuple(fc.shuffledSubarray(PATHS, { minLength: 3 }), fc.tuple(...PATHS.map(() => listed)))
  .map(([paths, facts]) =>
    paths.flatMap((path, i) => (facts[i] === undefined ? [] : [{ ...facts[i], path }])),
  );
const versions = fc
  .array(fc.tuple(fc.constantFrom(...PATHS, 'x'), listed), { minLength: 3, maxLength: 15 })
  .map((all) => all.map(([path, facts]) => ({ ...facts, path })));

/** The rule as it is told, with all lists at once. */
function plainly<T extends ScannedFile>(
  known: readonly T[],
  scan: readonly ScannedFile[],
): readonly (T | undefined)[] {
  const fitsShifted = (old: T, now: ScannedFile, shift: number): boolean =>
    Math.abs(now.mtimeMs - old.mtimeMs - shift) <= 2_000;
  const comparable = scan.map((now) =>
    known.filter((old) => old.path === now.path && old.sizeBytes === now.sizeBytes),
  );
  const same = scan.map((now, i) => comparable[i]?.findLast((old) => fitsShifted(old, now, 0)));
  const compared = comparable.filter((olds) => olds.length > 0).length;
  const stepsOf = (now: ScannedFile, i: number): readonly number[] =>
    (same[i] === undefined ? (comparable[i] ?? []) : [])
      .filter((old) => sameCardTime(old.mtimeMs, now.mtimeMs))
      .map((old) => Math.round((now.mtimeMs - old.mtimeMs) / (15 * MINUTE)));
  const steps = scan.map(stepsOf);
  const shift = [...new Set(steps.flat())].find((step) => {
    const count = steps.filter((some) => some.includes(step)).length;
    return count >= 3 && count * 2 > compared;
  });
  if (shift === undefined) return same;
  return scan.map(
    (now, i) =>
      same[i] ?? comparable[i]?.findLast((old) => fitsShifted(old, now, shift * 15 * MINUTE)),
  );
}
