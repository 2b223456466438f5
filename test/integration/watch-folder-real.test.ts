/** Watched folders with the real filesystem's hints. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { EventEmitter, once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../src/platform/system-clock.ts';
import type { VolumeSource } from '../../src/ports/volume-source.ts';
import { makeVolumeSource } from '../../src/volumes/volume-source.ts';
import { volumeSourceContract } from '../contracts/volume-source-contract.ts';

jest.setTimeout(60_000);
const never = new AbortController().signal;

function sourceOn(root: string, watchSettleMs: number): VolumeSource {
  return makeVolumeSource({
    clock: systemClock,
    loopDevices: false,
    watchFolders: [root],
    watchSettleMs,
    destinationPaths: [],
    ownFolders: [],
    offers: async () => [],
  });
}

const newRoot = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'safelight-ftp-')));

describe('the volume source keeps its contract on a watched folder', () => {
  volumeSourceContract(async () => {
    const root = newRoot();
    const put = async () => {
      mkdirSync(join(root, 'A003/DCIM'), { recursive: true });
      return join(root, 'A003');
    };
    let kept = 0;
    return {
      source: sourceOn(root, 0),
      insert: put,
      pull: async () => {
        kept += 1;
        // Kept elsewhere, so that the next folder cannot get its inode.
        mkdirSync(join(root, '.kept'), { recursive: true });
        renameSync(join(root, 'A003'), join(root, `.kept/${kept}`));
      },
      insertOther: async () => {
        await put();
      },
      close: async () => rmSync(root, { recursive: true }),
    };
  });
});

describe('a watched folder', () => {
  let root = '';
  const stop = new AbortController();
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => {
    stop.abort();
    rmSync(root, { recursive: true });
  });

  it('wakes when a sub-folder comes, and again when it may have settled', async () => {
    const source = sourceOn(root, 50);
    const seen = new EventEmitter();
    const settled = once(seen, 'A003');
    // What the service does: it lists whenever it is woken.
    const look = async (): Promise<void> => {
      const found = await source.list(never);
      if (found.state === 'known') for (const { label } of found.insertions) seen.emit(label);
    };
    const looks: Promise<void>[] = [];
    const running = source.watch(() => void looks.push(look()), stop.signal);
    mkdirSync(join(root, 'A003'));
    writeFileSync(join(root, 'A003/1.JPG'), 'x');
    expect(await settled).toEqual([]);
    stop.abort();
    await running;
    await Promise.all(looks);
  });
});
