/** The packages that the product was asked to stand on are really in use, and the lock file names no host. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importedPackage, importsOf, ROOT, typescriptBelow } from './source-files.ts';

function packagesIn(folder: string): ReadonlySet<string> {
  const names = typescriptBelow(folder)
    .flatMap(({ text }) => importsOf(text))
    .map((specifier) => importedPackage(specifier));
  return new Set(names.filter((name) => name !== undefined));
}

/** Entries of a lock file that say where to download from. */
function hostsIn(lock: unknown): string[] {
  const hosts: string[] = [];
  const visit = (value: unknown, at: string): void => {
    if (typeof value === 'string' && /^(git\+)?(https?|ssh):\/\//.test(value)) {
      // What a package says about its funding is not a place to download from.
      if (!at.includes('.funding')) hosts.push(`${at}: ${value}`);
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) visit(child, `${at}.${key}`);
  };
  visit(lock, 'lock');
  return hosts;
}

describe('packages', () => {
  const used = packagesIn('src');

  test.each([
    'usb-detection',
    'node-disk-info',
    'xxhash-wasm',
    'p-queue',
    'sharp',
    'winston',
    'better-sqlite3',
    '@aws-sdk/client-s3',
  ])('%s is imported by the product', (name) => {
    expect(used).toContain(name);
  });

  test.each([
    `import x from 'pkg';`,
    `import type { X } from 'pkg/part';`,
    `export { x } from 'pkg';`,
    `const x = await import('pkg');`,
    `const x = require('pkg');`,
    `const x = createRequire(import.meta.url)('pkg');`,
    `const x = createRequire(import.meta.url).resolve('pkg');`,
  ])('are seen however they are loaded: %s', (text) => {
    expect(importsOf(text).map((specifier) => importedPackage(specifier))).toEqual(['pkg']);
  });

  test('jest runs the tests', () => {
    expect(packagesIn('test')).toContain('@jest/globals');
  });

  test('the lock file names no download host', () => {
    const lock: unknown = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    expect(hostsIn(lock)).toEqual([]);
  });

  test('a download host would be found', () => {
    const lock = { packages: { 'node_modules/a': { resolved: 'https://mirror.example/a.tgz' } } };
    expect(hostsIn(lock)).toHaveLength(1);
  });
});
