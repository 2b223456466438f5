/** What is printed is aligned, dated, and cannot be steered by the name of a file. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agoText, printable, table, whenText } from '../../../src/cli/text.ts';
import { NOW } from './support.ts';

describe('printable', () => {
  test.each([
    ['IMG 0001.CR3', 'IMG 0001.CR3'],
    ['Größe 📷 東京', 'Größe 📷 東京'],
    ['a\nb', 'a\\u000ab'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u009b31m', '\\u009b31m'],
    ['gpj.\u202eexe', 'gpj.\\u202eexe'],
    ['a\u007f', 'a\\u007f'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  const letter = fc.integer({ min: 0, max: 0x20ff }).map((code) => String.fromCharCode(code));

  test('nothing that controls a terminal is left, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: letter }), (name) => {
        // oxlint-disable-next-line no-control-regex -- exactly these must not be there
        const marks = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
        expect(printable(name)).not.toMatch(marks);
      }),
    );
  });
});

test('a table is aligned by letters, not by code units', () => {
  expect(
    table([
      ['a', 'long name', 'x'],
      ['📷📷', 'b', ''],
      ['e\u0301e\u0301', 'c'],
    ]),
  ).toEqual(['a   long name  x', '📷📷  b', 'e\u0301e\u0301  c']);
});

describe('times', () => {
  test('are told where the person is', () => {
    expect(whenText('2026-11-24T22:14:59.000Z', 'UTC')).toBe('2026-11-24 22:14');
    expect(whenText('2026-11-24T22:14:00.000Z', 'Asia/Tokyo')).toBe('2026-11-25 07:14');
    expect(whenText('2026-11-24T22:14:00.000Z')).toMatch(/^2026-11-2[3-5] \d\d:\d\d$/);
    expect(whenText(null)).toBe('never');
    expect(whenText('nonsense')).toBe('never');
  });

  test.each([
    [0, '1 s ago'],
    [40, '40 s ago'],
    [540, '9 min ago'],
    [7_500, '2 h 5 min ago'],
    [47 * 3600, '47 h 0 min ago'],
    [48 * 3600, '2 days ago'],
    [30 * 86_400, '30 days ago'],
    [-3600, 'later than now: the clock is or was wrong'],
  ])('%d seconds', (seconds, text) => {
    expect(agoText(new Date(NOW - seconds * 1000).toISOString(), NOW)).toBe(text);
  });

  test('that are not there are never', () => {
    expect(agoText(null, NOW)).toBe('never');
  });
});
