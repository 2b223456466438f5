import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  continuesRoll,
  diff,
  sameCardTime,
  sameFile,
  type ScannedFile,
} from '../../src/core/inventory.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIME = 1_700_000_000_000;

function file(path: string, sizeBytes = 10, mtimeMs = TIME): ScannedFile {
  return { path, sizeBytes, mtimeMs };
}

function pathsOf(files: readonly ScannedFile[]): readonly string[] {
  return files.map((each) => each.path).toSorted();
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

describe('the same file', () => {
  it('has the same path and size and a time that fits', () => {
    expect(sameFile(file('a'), file('a', 10, TIME + HOUR))).toBe(true);
    expect(sameFile(file('a'), file('b'))).toBe(false);
    expect(sameFile(file('a'), file('A'))).toBe(false);
    expect(sameFile(file('a'), file('a', 11))).toBe(false);
    expect(sameFile(file('a'), file('a', 10, TIME + MINUTE))).toBe(false);
  });
});

describe('two scans', () => {
  it('differ in what was added, changed and gone', () => {
    const before = [file('same'), file('resized'), file('retimed'), file('deleted')];
    const after = [
      file('new'),
      file('retimed', 10, TIME + MINUTE),
      file('resized', 11),
      file('same'),
    ];
    expect(diff(before, after)).toEqual({
      added: [file('new')],
      changed: [file('retimed', 10, TIME + MINUTE), file('resized', 11)],
      gone: [file('deleted')],
    });
  });

  it('do not differ when they are in another order or another time zone', () => {
    const paths = ['a', 'b', 'c', 'd'];
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: 4 }), (order) => {
        const after = order.map((path) => file(path, 10, TIME + HOUR));
        const before = paths.map((path) => file(path));
        expect(diff(before, after)).toEqual({ added: [], changed: [], gone: [] });
      }),
    );
  });

  it('what one adds the other misses', () => {
    const scan = fc
      .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'))
      .map((paths) => paths.map((path) => file(path)));
    fc.assert(
      fc.property(scan, scan, (one, other) => {
        const there = diff(one, other);
        const back = diff(other, one);
        expect(pathsOf(there.added)).toEqual(pathsOf(back.gone));
        expect(pathsOf(there.gone)).toEqual(pathsOf(back.added));
        expect(there.changed).toEqual([]);
      }),
    );
  });
});

describe('a roll', () => {
  it('goes on while one known file is still in its place', () => {
    expect(continuesRoll([file('a'), file('b')], [file('b'), file('c')])).toBe(true);
    expect(continuesRoll([file('a')], [file('a', 10, TIME + HOUR)])).toBe(true);
  });

  it('ends when the card was formatted: none of the known files is there', () => {
    expect(continuesRoll([file('a'), file('b')], [file('c')])).toBe(false);
  });

  it('ends when the camera counted from the beginning again: same names, other files', () => {
    expect(continuesRoll([file('IMG_0001')], [file('IMG_0001', 11)])).toBe(false);
    expect(continuesRoll([file('IMG_0001')], [file('IMG_0001', 10, TIME + MINUTE)])).toBe(false);
  });

  it('goes on by any version of a file that it ever had', () => {
    const versions = [file('a', 1), file('a', 2), file('a', 3)];
    expect(continuesRoll(versions, [file('a', 2)])).toBe(true);
    expect(continuesRoll(versions, [file('a', 1)])).toBe(true);
    expect(continuesRoll(versions, [file('a', 4)])).toBe(false);
  });

  it('goes on when nothing proves a format: no file known, or none there', () => {
    expect(continuesRoll([], [file('a')])).toBe(true);
    expect(continuesRoll([file('a')], [])).toBe(true);
    expect(continuesRoll([], [])).toBe(true);
  });
});
