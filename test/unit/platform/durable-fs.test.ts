import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  codeOf,
  fsyncFile,
  fsyncFolder,
  makeFolders,
  renameNoReplace,
} from '../../../src/platform/durable-fs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['with what the system offers', undefined],
  ['by a hard link', {}],
])('renameNoReplace %s', (_, calls) => {
  test('takes a free name', async () => {
    writeFileSync(join(folder, 'a'), 'A');
    expect(await renameNoReplace(join(folder, 'a'), join(folder, 'b'), calls)).toBe(true);
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('A');
    expect(lstatSync(join(folder, 'a'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('never takes a name that is in use', async () => {
    writeFileSync(join(folder, 'a'), 'A');
    writeFileSync(join(folder, 'b'), 'B');
    expect(await renameNoReplace(join(folder, 'a'), join(folder, 'b'), calls)).toBe(false);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('A');
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('B');
  });

  test('a link that leads nowhere is a name in use', async () => {
    writeFileSync(join(folder, 'a'), 'A');
    symlinkSync('/nowhere/at/all', join(folder, 'b'));
    expect(await renameNoReplace(join(folder, 'a'), join(folder, 'b'), calls)).toBe(false);
  });

  test('a missing file is an error', async () => {
    await expect(
      renameNoReplace(join(folder, 'a'), join(folder, 'b'), calls),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('makeFolders', () => {
  test('makes what is missing and says whether it made anything', async () => {
    expect(await makeFolders(folder, 'x/y/z')).toBe(true);
    expect(statSync(join(folder, 'x/y/z')).isDirectory()).toBe(true);
    expect(await makeFolders(folder, 'x/y/z')).toBe(false);
    expect(await makeFolders(folder, '')).toBe(false);
  });

  test('never makes the root itself', async () => {
    await expect(makeFolders(join(folder, 'unmounted'), 'x')).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(lstatSync(join(folder, 'unmounted'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('does not go through a link', async () => {
    symlinkSync(tmpdir(), join(folder, 'x'));
    await expect(makeFolders(folder, 'x/y')).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test('a file in the way is an error', async () => {
    writeFileSync(join(folder, 'x'), '');
    await expect(makeFolders(folder, 'x/y')).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

describe('fsync', () => {
  test('of files and folders works, of missing ones does not', async () => {
    writeFileSync(join(folder, 'a'), 'A');
    await fsyncFile(join(folder, 'a'));
    await fsyncFolder(folder);
    await expect(fsyncFile(join(folder, 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fsyncFolder(join(folder, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

test('codeOf reads only what is a code', () => {
  expect(codeOf(Object.assign(new Error('x'), { code: 'EIO' }))).toBe('EIO');
  expect(codeOf(new Error('x'))).toBeUndefined();
  expect(codeOf({ code: 5 })).toBeUndefined();
  expect(codeOf('EIO')).toBeUndefined();
});
