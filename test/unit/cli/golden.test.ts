/**
 * What people see, word for word: each scenario of fixtures/*.txt is a line as typed, then what is printed (talk, which
 * goes to stderr, after "! ") and how it ends.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { CliServices } from '../../../src/cli/services.ts';
import { STUDIO, TROUBLED } from './studio.ts';
import { run } from './support.ts';

interface Scenario {
  readonly line: string;
  readonly told: string;
}

function scenariosIn(name: string): readonly Scenario[] {
  const text = readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8');
  const [, ...parts] = text.split(/^\$ safelight ?/m);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { line: part.slice(0, end), told: part.slice(end + 1).trimEnd() };
  });
}

async function transcript(line: string, services: Partial<CliServices>): Promise<string> {
  const { code, out, err } = await run(line, services);
  const talk = err
    .split('\n')
    .filter((_line, i, all) => i < all.length - 1)
    .map((told) => `! ${told}\n`);
  return `${out}${talk.join('')}=> ${code}`;
}

describe.each([
  ['studio', STUDIO],
  ['troubled', TROUBLED],
  ['usage', STUDIO],
])('%s', (name, services) => {
  const scenarios = scenariosIn(name);

  test('has scenarios', () => {
    expect(scenarios.length).toBeGreaterThan(4);
  });

  test.each(scenarios)('safelight $line', async ({ line, told }) => {
    expect(await transcript(line, services)).toBe(told);
  });
});
