import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WatchFolders } from '../../../src/volumes/watch-folders.ts';
import { StillClock } from '../../fakes/still-clock.ts';

const never = new AbortController().signal;
const SETTLE_MS = 30_000;

const names = async (folders: WatchFolders): Promise<readonly string[]> =>
  (await folders.list(never)).folders.map((folder) => folder.name);

describe('watched folders', () => {
  let root = '';
  let clock = new StillClock();
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'safelight-watch-'));
    clock = new StillClock();
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const watching = (settleMs = SETTLE_MS): WatchFolders =>
    new WatchFolders({ roots: [root], settleMs, clock });
  const put = (path: string, text = 'x'): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('takes a sub-folder in when it has stood unchanged long enough, not before', async () => {
    const folders = watching();
    put('A003/DCIM/1.JPG');
    expect(await folders.list(never)).toEqual({ folders: [], troubles: [], nextInMs: SETTLE_MS });
    clock.move(SETTLE_MS - 1);
    expect(await folders.list(never)).toMatchObject({ folders: [], nextInMs: 1 });
    clock.move(1);
    expect(await names(folders)).toEqual(['A003']);
  });

  it.each([
    ['a file grew', () => appendFileSync(join(root, 'A003/DCIM/1.JPG'), 'y')],
    ['a file came', () => put('A003/DCIM/2.JPG')],
    ['an empty folder came', () => mkdirSync(join(root, 'A003/MISC'))],
    ['a name changed', () => renameSync(join(root, 'A003/DCIM/1.JPG'), join(root, 'A003/2.JPG'))],
    ['a time changed', () => utimesSync(join(root, 'A003/DCIM/1.JPG'), 1, 1)],
  ])('waits anew when %s', async (_what, change) => {
    const folders = watching();
    put('A003/DCIM/1.JPG');
    await folders.list(never);
    clock.move(SETTLE_MS - 1);
    change();
    expect(await names(folders)).toEqual([]);
    clock.move(SETTLE_MS - 1);
    expect(await names(folders)).toEqual([]);
    clock.move(1);
    expect(await names(folders)).toEqual(['A003']);
  });

  it.each([-3_600_000, 3_600_000])('waits as long when the clock is set by %i ms', async (ms) => {
    const folders = watching();
    put('A003/1.JPG');
    await folders.list(never);
    clock.set(ms);
    expect(await names(folders)).toEqual([]);
    clock.move(SETTLE_MS - 1);
    expect(await names(folders)).toEqual([]);
    clock.move(1);
    expect(await names(folders)).toEqual(['A003']);
  });

  it('keeps it in when more comes later: that is a change of the card', async () => {
    const folders = watching();
    put('A003/1.JPG');
    await folders.list(never);
    clock.move(SETTLE_MS);
    await folders.list(never);
    put('A003/2.JPG');
    expect(await names(folders)).toEqual(['A003']);
  });

  it('waits again for a folder that was taken away and put there anew', async () => {
    const folders = watching();
    put('A003/1.JPG');
    await folders.list(never);
    clock.move(SETTLE_MS);
    expect(await names(folders)).toEqual(['A003']);
    // Kept under another name, so that the new one cannot get its inode.
    renameSync(join(root, 'A003'), join(root, '.kept'));
    put('A003/2.JPG');
    expect(await names(folders)).toEqual([]);
    clock.move(SETTLE_MS);
    expect(await names(folders)).toEqual(['A003']);
  });

  it('takes it in at once when no settling is wanted', async () => {
    const folders = watching(0);
    put('A003/1.JPG');
    expect(await folders.list(never)).toMatchObject({ folders: [{ name: 'A003' }] });
  });

  it('passes over files, links, hidden folders and what a NAS keeps for itself', async () => {
    put('stray.jpg');
    for (const name of ['.Trash-1000', '@eaDir', '#recycle', 'lost+found', 'A003']) {
      put(`${name}/1.JPG`);
    }
    symlinkSync('/etc', join(root, 'etc'));
    expect(await names(watching(0))).toEqual(['A003']);
  });

  it('names a sub-folder whose name it cannot keep', async () => {
    mkdirSync(Buffer.concat([Buffer.from(`${root}/B`), Buffer.from([0xff])]));
    const listing = await watching(0).list(never);
    expect(listing.folders).toEqual([]);
    expect(listing.troubles).toMatchObject([
      { sentence: expect.stringContaining('not valid UTF-8') },
    ]);
  });

  it('keeps what was in when the watched folder cannot be listed, and says so', async () => {
    const folders = watching(0);
    put('A003/1.JPG');
    const before = await folders.list(never);
    renameSync(root, `${root}-away`);
    const listing = await folders.list(never);
    renameSync(`${root}-away`, root);
    expect(listing.folders).toEqual(before.folders);
    expect(listing.troubles).toMatchObject([{ sentence: expect.stringContaining(root) }]);
    expect((await folders.list(never)).troubles).toEqual([]);
  });
});
