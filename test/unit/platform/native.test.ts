import {
  closeSync,
  fsyncSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadNative, type Native } from '../../../src/platform/native.ts';

const PAGES = 700;
const SIZE = PAGES * 4096;
/** linux/magic.h and linux/fs.h */
const EXT4 = 0xef53;
const FS_EXTENT_FL = 0x80000;

let folder: string;
let fd: number;
let native: Native;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'native-'));
  writeFileSync(join(folder, 'file'), Buffer.alloc(SIZE, 1));
  fd = openSync(join(folder, 'file'), 'r+');
  fsyncSync(fd);
  native = await loadNative();
});
afterAll(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true, force: true });
});

/** Optional calls are tried where they exist; on Linux with koffi, that is all of them. */
describe('native calls', () => {
  test('say the time to the nanosecond', () => {
    if (native.setModified === undefined) return;
    for (const time of [1_700_000_000_123_456_789n, 0n, -5n]) {
      native.setModified(fd, time);
      expect(fstatSync(fd, { bigint: true }).mtimeNs).toBe(time);
    }
  });

  test('tell what is in memory, by range, and make it forgotten', () => {
    if (native.residentPages === undefined || native.evict === undefined) return;
    const everything = Buffer.alloc(SIZE);
    readSync(fd, everything, 0, SIZE, 0);
    expect(native.residentPages(fd, 0, SIZE)).toBeGreaterThan(0);
    const before = native.residentPages(fd, 0, SIZE);
    native.evict(fd, 0, 0);
    const after = native.residentPages(fd, 0, SIZE);
    expect(after).toBeLessThanOrEqual(before);
    expect(native.residentPages(fd, 0, 4096)).toBeLessThanOrEqual(after);
  });

  test('tell the flags of a file: on ext4 each of a usual kind has extents', () => {
    if (native.inodeFlags === undefined || statfsSync(folder).type !== EXT4) return;
    expect(native.inodeFlags(fd) & FS_EXTENT_FL).toBe(FS_EXTENT_FL);
  });

  test('never replace a name', () => {
    if (native.renameNoReplace === undefined) return;
    const { renameNoReplace } = native;
    const path = join(folder, 'file');
    expect(() => renameNoReplace(path, path)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  test('flush a filesystem, and fail on what is none', async () => {
    if (native.syncFilesystem === undefined) return;
    await native.syncFilesystem(fd);
    await expect(native.syncFilesystem(9999)).rejects.toMatchObject({ code: 'EIO' });
  });
});
