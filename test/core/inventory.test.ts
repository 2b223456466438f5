import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  continuesRoll,
  knownAgain,
  sameCardTime,
  type ScannedFile,
} from '../../src/core/inventory.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIME = 1_700_000_000_000;

function file(path: string, sizeBytes = 10, mtimeMs = TIME): ScannedFile {
  return { path, sizeBytes, mtimeMs };
}

describe('times on a card', () => {
  it.each([
    ['the same', 0, true],
    ['FAT rounds to two seconds', 1_999, true],
    ['exactly two seconds', 2_000, true],
    ['more than two seconds', 2_001, false],
    ['a minute', MINUTE, false],
    ['not a whole quarter', 14 * MINUTE, false],
    ['just short of a quarter', 15 * MINUTE - 2_000, true],
    ['too short of a quarter', 15 * MINUTE - 2_001, false],
    ['a quarter', 15 * MINUTE, true],
    ['a quarter and rounding', 15 * MINUTE + 2_000, true],
    ['a quarter and too much', 15 * MINUTE + 2_001, false],
    ['half way between quarters', 22.5 * MINUTE, false],
    ['an hour of summer time', HOUR, true],
    ['India', 5.5 * HOUR, true],
    ['Nepal', 5.75 * HOUR, true],
    ['the farthest zone', 14 * HOUR, true],
    ['the farthest zone and rounding', 14 * HOUR + 2_000, true],
    ['beyond all zones', 14 * HOUR + 2_001, false],
    ['a quarter beyond all zones', 14.25 * HOUR, false],
    ['a day', 24 * HOUR, false],
  ])('%s apart (%d ms): %s', (_what, apart, same) => {
    expect(sameCardTime(TIME, TIME + apart)).toBe(same);
    expect(sameCardTime(TIME + apart, TIME)).toBe(same);
  });

  it('any zone of the world and any rounding is the same time', () => {
    const zone = fc.integer({ min: -56, max: 56 });
    const rounding = fc.integer({ min: -2_000, max: 2_000 });
    fc.assert(
      fc.property(fc.nat(2e12), zone, rounding, (time, quarters, ms) => {
        expect(sameCardTime(time, time + quarters * 15 * MINUTE + ms)).toBe(true);
      }),
    );
  });
});

function many(count: number, mtimeMs = TIME): readonly ScannedFile[] {
  return Array.from({ length: count }, (_, i) => file(`IMG_${i}`, 10, mtimeMs + i * MINUTE));
}

function pathsAgain(known: readonly ScannedFile[], scan: readonly ScannedFile[]) {
  return [...knownAgain(known, scan).keys()].toSorted();
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
    expect(knownAgain(versions, [file('a')]).get('a')?.n).toBe(2);
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
});

function goesOn(known: readonly ScannedFile[], scan: readonly ScannedFile[]): boolean {
  const again = knownAgain(known, scan).size;
  return continuesRoll({ known: known.length, scanned: scan.length, again });
}

describe('a roll', () => {
  it('goes on while one known file is still in its place', () => {
    expect(goesOn([file('a'), file('b')], [file('b'), file('c')])).toBe(true);
  });

  it('ends when the card was formatted: none of the known files is there', () => {
    expect(goesOn([file('a'), file('b')], [file('c')])).toBe(false);
  });

  it('ends when the camera counted from the beginning again: same names, other files', () => {
    expect(goesOn([file('IMG_0001')], [file('IMG_0001', 11)])).toBe(false);
    expect(goesOn([file('IMG_0001')], [file('IMG_0001', 10, TIME + MINUTE)])).toBe(false);
    expect(goesOn([file('IMG_0001')], [file('IMG_0001', 10, TIME + HOUR)])).toBe(false);
  });

  it('goes on by any version of a file that it ever had', () => {
    const versions = [file('a', 1), file('a', 2), file('a', 3)];
    expect(goesOn(versions, [file('a', 2)])).toBe(true);
    expect(goesOn(versions, [file('a', 1)])).toBe(true);
    expect(goesOn(versions, [file('a', 4)])).toBe(false);
  });

  it('goes on when nothing proves a format: no file known, or none there', () => {
    expect(goesOn([], [file('a')])).toBe(true);
    expect(goesOn([file('a')], [])).toBe(true);
    expect(goesOn([], [])).toBe(true);
  });
});
