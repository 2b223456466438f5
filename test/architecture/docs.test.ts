/** The documents do not lead astray: links lead somewhere, and what is drawn or listed is what the code has. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lightWord } from '../../src/core/status.ts';
import { filesBelow, ROOT, type SourceFile } from './source-files.ts';
import { output } from './tools.ts';

const DOCUMENTS: readonly SourceFile[] = [
  ...filesBelow('docs', (path) => path.endsWith('.md')),
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  })),
];

/** Links to files of ours that are not there. Anchors are cut off, other sites are left alone. */
function deadLinks(documents: readonly SourceFile[]): string[] {
  return documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]?.replace(/#.*$/, '') ?? '')
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  );
}

describe('the documents', () => {
  test('have no dead link', () => {
    expect(deadLinks(DOCUMENTS)).toEqual([]);
  });

  test('a dead link would be found', () => {
    const text = 'see [this](nowhere.md#at-all) and [that](https://example.org/)';
    expect(deadLinks([{ path: 'docs/X.md', text }])).toEqual(['docs/X.md: nowhere.md']);
  });

  test('the graph of rooms is current', () => {
    expect(output(join(ROOT, 'scripts/graph'), ['--check'])).toEqual({ code: 0, text: '' });
  });

  test.each(['copying', 'on-two-drives', 'safe', 'do-not-format', 'empty'] as const)(
    'README explains the light "%s" by its word',
    (light) => {
      const readme = DOCUMENTS.find(({ path }) => path === 'README.md');
      expect(readme?.text).toMatch(new RegExp(`\\| ${lightWord(light)} +\\|`));
    },
  );

  test('every room of src is explained in ARCHITECTURE', () => {
    const architecture = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');
    const rooms = filesBelow('src', () => true).map(({ path }) => path.split('/')[1] ?? '');
    for (const room of new Set(rooms)) {
      expect(architecture).toContain(room.endsWith('.ts') ? `\`${room}\`` : `\`${room}/\``);
    }
  });

  test('every must of INVARIANTS names what holds it', () => {
    const text = readFileSync(join(ROOT, 'docs/INVARIANTS.md'), 'utf8');
    const musts = text.split('\n').filter((line) => /^- .*\*\*must\*\*/.test(line));
    expect(musts.length).toBeGreaterThan(15);
    for (const must of musts) expect(must).toMatch(/\]\(\.\.\/(test|src)\/[^)]+\)/);
  });

  test('decisions are numbered without a gap and told in three parts', () => {
    const decisions = DOCUMENTS.filter(({ path }) => path.startsWith('docs/adr/'));
    const numbers = decisions.map(({ path }) => Number(/(\d{4})-/.exec(path)?.[1]));
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
    for (const { text } of decisions) {
      for (const part of ['## Context', '## Decision', '## Consequences']) {
        expect(text).toContain(part);
      }
    }
  });
});
