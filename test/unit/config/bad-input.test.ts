/** What a person gets who mistypes: the code, the field, the value, the sentence and the fix (fixtures/refusals.txt). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../src/config/load.ts';
import { refusal, S3, TWO_DRIVES } from './support.ts';

interface Case {
  readonly what: string;
  readonly text: string;
  readonly told: string;
}

function casesIn(fixture: string): readonly Case[] {
  const [, ...parts] = fixture.split(/^## /m);
  return parts.map((part) => {
    const [what = '', ...lines] = part.split('\n');
    const told = lines.findIndex((line) => line.startsWith('=> '));
    if (told < 0) throw new Error(`no "=>" in the case "${what}"`);
    return {
      what,
      text: lines.slice(0, told).join('\n').replace('%drives\n', TWO_DRIVES),
      told: lines.slice(told, told + 3).join('\n'),
    };
  });
}

const cases = casesIn(readFileSync(new URL('fixtures/refusals.txt', import.meta.url), 'utf8'));

describe('a configuration is refused for', () => {
  test.each(cases)('$what', ({ text, told }) => {
    const { code, field, value, message, hint } = refusal(text);
    expect(`=> ${code} | ${field} | ${value}`.trimEnd() + `\n${message}\n${hint}`).toBe(told);
  });

  test('the fixture is read whole', () => {
    expect(cases.length).toBeGreaterThan(50);
  });
});

test('the good configuration that these are made from is taken', () => {
  expect(parseConfig(`${TWO_DRIVES}${S3}`).remotes).toHaveLength(1);
});

test.each([
  ['folders that only begin alike', '[cards]\nwatch = ["/mnt/work/Ingest2"]\n'],
  ['an open page with a token', '[web]\nlisten = "0.0.0.0:7878"\ntoken = "env:WEB_TOKEN"\n'],
  ['no settling time', '[cards]\nwatchSettle = "0s"\n'],
  ['no settling time, without a unit', '[cards]\nwatchSettle = 0\n'],
  ['a grade lowered for one remote by name', `${S3}minimumGrade = "C"\n`],
])('%s: taken', (_what, text) => {
  expect(parseConfig(`${TWO_DRIVES}${text}`).destinations).toHaveLength(2);
});
