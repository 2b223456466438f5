/** Only the judge may say "safe to format": everybody else may ask whether it was said. */
import { describe, expect, test } from '@jest/globals';
import { type Node, nodesOf, type SourceFile, textOf, typescriptBelow } from './source-files.ts';

const VERDICT = 'safe-to-format';
const AUTHOR = 'src/core/verdict.ts';

/** Files in which the words are produced rather than compared with. */
function authors(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ text }) => text.includes(VERDICT))
    .filter(({ text }) => nodesOf(text).some(({ node, parent }) => produces(node, parent)))
    .map(({ path }) => path);
}

function produces(node: Node, parent: Node | undefined): boolean {
  if (node.type !== 'StringLiteral' && node.type !== 'TemplateLiteral') return false;
  if (textOf(node) !== VERDICT) return false;
  switch (parent?.type) {
    case 'BinaryExpression':
      return parent['operator'] !== '===' && parent['operator'] !== '!==';
    case 'SwitchCase':
    case 'TsLiteralType':
      return false;
    case 'KeyValueProperty':
      return parent['value'] === node;
    default:
      return true;
  }
}

describe('"safe-to-format"', () => {
  test('is said in one file only', () => {
    expect(authors(typescriptBelow('src'))).toEqual([AUTHOR]);
  });

  test.each([
    `export const v = { kind: 'safe-to-format' };`,
    `export const v = ok ? 'safe-to-format' : 'hold';`,
    'export const v = `safe-to-format`;',
    `say('safe-to-format');`,
    `export const all = ['safe-to-format'];`,
  ])('would be noticed elsewhere: %s', (text) => {
    expect(authors([{ path: 'src/planted.ts', text }])).toEqual(['src/planted.ts']);
  });

  test.each([
    `export const is = v.kind === 'safe-to-format';`,
    `switch (v.kind) { case 'safe-to-format': break; }`,
    `export const words = { 'safe-to-format': 'SAFE' };`,
    `export type Kind = 'safe-to-format' | 'hold';`,
  ])('may be asked for: %s', (text) => {
    expect(authors([{ path: 'src/planted.ts', text }])).toEqual([]);
  });
});
