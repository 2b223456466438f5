import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { continuesRoll, sameCardTime, type ScannedFile } from '../../src/core/inventory.ts';
import { marksOf } from './recognising.ts';

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

function goesOn(known: readonly ScannedFile[], scan: readonly ScannedFile[]): boolean {
  const again = marksOf(known, scan).filter((mark) => mark !== undefined).length;
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
