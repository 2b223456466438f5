import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesText, durationText, filesText, groupDigits } from '../../src/core/wording.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [999, '999'],
    [1000, '1,000'],
    [1840, '1,840'],
    [999_999, '999,999'],
    [1_234_567, '1,234,567'],
    [1.5, '2'],
    [999.6, '1,000'],
  ])('%d: %s', (value, text) => {
    expect(groupDigits(value)).toBe(text);
  });

  it('lose nothing by the commas', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(Number(groupDigits(value).replaceAll(',', ''))).toBe(value);
        expect(groupDigits(value)).toMatch(/^\d{1,3}(,\d{3})*$/);
      }),
    );
  });
});

describe('files', () => {
  it.each([
    [0, '0 files'],
    [1, '1 file'],
    [2, '2 files'],
    [1840, '1,840 files'],
  ])('%d: %s', (count, text) => {
    expect(filesText(count)).toBe(text);
  });
});

describe('bytes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [1049, '1.0 kB'],
    [1050, '1.1 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [999_999, '1.0 MB'],
    [1_000_000, '1.0 MB'],
    [999_999_999, '1.0 GB'],
    [64_000_000_000, '64.0 GB'],
    [1_500_000_000_000, '1.5 TB'],
    [2_000_000_000_000_000, '2000.0 TB'],
  ])('%d: as on the label of a card, %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('never show a thousand of a unit that has a bigger one', () => {
    fc.assert(
      fc.property(fc.nat(999_000_000_000), (bytes) => {
        expect(bytesText(bytes)).not.toMatch(/^\d{4}/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('durations', () => {
  it.each([
    [0, '1 s'],
    [0.2, '1 s'],
    [1.4, '1 s'],
    [1.6, '2 s'],
    [40, '40 s'],
    [89, '89 s'],
    [90, '2 min'],
    [120, '2 min'],
    [540, '9 min'],
    [5369, '89 min'],
    [5370, '1 h 30 min'],
    [5400, '1 h 30 min'],
    [7500, '2 h 5 min'],
    [86_400, '24 h 0 min'],
  ])('%d seconds: %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});
