/**
 * The witness must not see with the uploader's eyes. dependency-cruiser forbids the direct import; this second
 * check follows every import, however many files lie between.
 */
import { describe, expect, test } from '@jest/globals';
import { importedFile, importsOf, type SourceFile, typescriptBelow } from './source-files.ts';

/** Each chain of imports that leads from a file in one room into another room. */
function ways(files: readonly SourceFile[], fromRoom: string, toRoom: string): string[] {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const found: string[] = [];
  const seen = new Set<string>();
  const follow = (path: string, chain: readonly string[]): void => {
    const text = texts.get(path);
    if (text === undefined || seen.has(path)) return;
    seen.add(path);
    for (const specifier of importsOf(text)) {
      const next = importedFile(path, specifier);
      if (next === undefined) continue;
      const longer = [...chain, next];
      if (next.startsWith(toRoom)) found.push(longer.join(' -> '));
      else follow(next, longer);
    }
  };
  for (const { path } of files) if (path.startsWith(fromRoom)) follow(path, [path]);
  return found;
}

const SRC = typescriptBelow('src');

describe('the witnesses', () => {
  test('are there to be watched', () => {
    expect(SRC.filter(({ path }) => path.startsWith('src/witnesses/'))).not.toHaveLength(0);
    expect(SRC.filter(({ path }) => path.startsWith('src/remotes/'))).not.toHaveLength(0);
  });

  test('reach no file of the remotes, by whatever way', () => {
    expect(ways(SRC, 'src/witnesses/', 'src/remotes/')).toEqual([]);
  });

  test('are reached by no file of the remotes either', () => {
    expect(ways(SRC, 'src/remotes/', 'src/witnesses/')).toEqual([]);
  });

  test.each([
    ['directly', `import { a } from '../remotes/s3/client.ts';`],
    ['for a type only', `import type { A } from '../remotes/s3/client.ts';`],
    ['dynamically', `const { a } = await import('../remotes/s3/client.ts');`],
    ['by a template', 'const { a } = await import(`../remotes/s3/client.ts`);'],
    ['by a worker', `new Worker(new URL('../remotes/s3/client.ts', import.meta.url));`],
    ['by re-export', `export { a } from '../remotes/s3/client.ts';`],
    ['through a third file', `import { b } from '../platform/between.ts';`],
  ])('would be caught importing them %s', (_way, text) => {
    const planted = [
      { path: 'src/witnesses/planted.ts', text },
      { path: 'src/platform/between.ts', text: `export * from '../remotes/s3/client.ts';` },
      { path: 'src/remotes/s3/client.ts', text: 'export const a = 1;' },
    ];
    expect(ways(planted, 'src/witnesses/', 'src/remotes/')).toHaveLength(1);
  });
});
