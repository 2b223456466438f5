/** The folder witness on a plain folder: the contract, and what it does not call absent. */
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { asRemoteId } from '../../src/core/ids.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { FOLDER_MARKER, makeFolderWitness } from '../../src/witnesses/folder-witness.ts';
import { failureOf } from './remote-contract.ts';
import { witnessContract } from './witness-contract.ts';

async function make() {
  const path = await mkdtemp(join(tmpdir(), 'safelight-nas-'));
  await writeFile(join(path, FOLDER_MARKER), 'marked');
  const deps = { hasher: await makeHasher() };
  return { path, witness: makeFolderWitness({ id: asRemoteId('nas'), path }, deps) };
}

witnessContract('a folder', { asking: 'A' }, async () => {
  const { path, witness } = await make();
  return {
    witness,
    async plant(key, bytes) {
      await mkdir(dirname(join(path, key)), { recursive: true });
      await writeFile(join(path, key), bytes);
    },
    remove: (key) => rm(join(path, key)),
    keys: async () => await readdir(path, { recursive: true }),
    takePlace: () => rm(join(path, FOLDER_MARKER)),
    takeAway: () => rename(path, `${path}.away`),
    dispose: () => rm(`${path}.away`, { recursive: true, force: true }),
  };
});

describe('a folder witness', () => {
  const { signal } = new AbortController();
  const request = { key: 'A', sizeBytes: 1, minimumGrade: "B'" } as const;

  test.each([
    ['a link', (at: string) => symlink('/etc/hostname', at)],
    ['a folder', (at: string) => mkdir(at)],
  ])('does not know what to say of %s', async (_what, plant) => {
    const { path, witness } = await make();
    await plant(join(path, 'A'));
    expect(await failureOf(witness.look(request, signal))).toMatchObject({ code: 'unknown' });
    await rm(path, { recursive: true });
  });
});
