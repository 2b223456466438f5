/** What no line of the service may do: end the process abruptly, or hand a string to a shell. */
import { describe, expect, test } from '@jest/globals';
import { type Node, nodesOf, type SourceFile, textOf, typescriptBelow } from './source-files.ts';

const SHELLS = new Set(['exec', 'execSync']);

function offences(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    nodesOf(text).flatMap(({ node, parent }) => {
      const offence = offenceOf(node, parent);
      return offence === undefined ? [] : [`${path}: ${offence}`];
    }),
  );
}

function offenceOf(node: Node, parent: Node | undefined): string | undefined {
  switch (node.type) {
    case 'MemberExpression': {
      const member = `${textOf(node['object']) ?? ''}.${textOf(node['property']) ?? ''}`;
      if (member === 'process.exit' || member === 'process.abort') return member;
      return /\.(execSync)$/.test(member) ? member : undefined;
    }
    case 'CallExpression': {
      const name = textOf(node['callee']);
      return name !== undefined && SHELLS.has(name) ? `${name}()` : undefined;
    }
    case 'ImportSpecifier': {
      const name = textOf(node['imported']) ?? textOf(node['local']) ?? '';
      const from = textOf(parent?.['source']) ?? '';
      return from.endsWith('child_process') && SHELLS.has(name) ? `import { ${name} }` : undefined;
    }
    case 'KeyValueProperty': {
      const value: unknown = node['value'];
      const off = typeof value === 'object' && value !== null && 'value' in value && !value.value;
      return textOf(node['key']) === 'shell' && !off ? 'shell option' : undefined;
    }
    default:
      return undefined;
  }
}

describe('forbidden calls', () => {
  test('there is none in src', () => {
    expect(offences(typescriptBelow('src'))).toEqual([]);
  });

  test.each([
    ['process.exit(1);', 'process.exit'],
    ['process.abort();', 'process.abort'],
    [`import { exec } from 'node:child_process';`, 'import { exec }'],
    [`import { exec as run } from 'node:child_process';`, 'import { exec }'],
    [`import { execSync } from 'child_process';`, 'import { execSync }'],
    [`cp.execSync('df -P');`, 'cp.execSync'],
    [`exec('df');`, 'exec()'],
    [`spawn('df', [], { shell: true });`, 'shell option'],
    [`spawn('df', [], { shell: '/bin/sh' });`, 'shell option'],
  ])('%s would be found', (text, offence) => {
    expect(offences([{ path: 'src/planted.ts', text }])).toEqual([`src/planted.ts: ${offence}`]);
  });

  test.each([
    `const m = /a/.exec('a');`,
    `db.exec('PRAGMA user_version');`,
    `import { execFile } from 'node:child_process';`,
    `spawn('df', [], { shell: false });`,
  ])('%s is allowed', (text) => {
    expect(offences([{ path: 'src/planted.ts', text }])).toEqual([]);
  });
});
