/** No file grows past what one person reads in one sitting. */
import { describe, expect, test } from '@jest/globals';
import { filesBelow, type SourceFile } from './source-files.ts';

const MAX_LINES = 400;

function tooLong(files: readonly SourceFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

/** Fixtures are recorded, not written; binary ones have no lines. */
const isCode = (path: string): boolean =>
  !path.includes('/fixtures/') && /(\.(ts|mjs|cjs|sh|sql)|\/[a-z-]+)$/.test(path);

describe('file length', () => {
  test.each(['src', 'test', 'scripts'])('no file of %s is longer than 400 lines', (folder) => {
    const files = filesBelow(folder, isCode);
    expect(files.length).toBeGreaterThan(0);
    expect(tooLong(files)).toEqual([]);
  });

  test('a longer file would be found', () => {
    expect(tooLong([{ path: 'src/long.ts', text: 'x\n'.repeat(401) }])).toEqual([
      'src/long.ts: 401 lines',
    ]);
  });
});
