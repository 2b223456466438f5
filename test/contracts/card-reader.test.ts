import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe } from '@jest/globals';
import { makeCardReader } from '../../src/volumes/card-walk.ts';
import { FakeCardReader } from '../fakes/fake-card-reader.ts';
import { cardReaderContract } from './card-reader-contract.ts';

describe('the fake card reader', () => {
  cardReaderContract(async () => {
    const reader = new FakeCardReader();
    return {
      reader,
      plant: async (files, folders) => {
        reader.set('/card', files, { folders });
        return '/card';
      },
    };
  });
});

describe('the card walk', () => {
  const roots: string[] = [];
  afterEach(async () => {
    for (const root of roots.splice(0)) await rm(root, { recursive: true });
  });
  cardReaderContract(async () => ({
    reader: makeCardReader({ junkReason: () => undefined, clock: { now: () => 7 } }),
    plant: async (files, folders) => {
      const root = await mkdtemp(join(tmpdir(), 'safelight-card-'));
      roots.push(root);
      for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
      for (const { path, sizeBytes, mtimeMs } of files) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), '');
        await truncate(join(root, path), sizeBytes);
        await utimes(join(root, path), mtimeMs / 1000, mtimeMs / 1000);
      }
      return root;
    },
  }));
});
