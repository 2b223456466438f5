/** The folder remote on a plain folder: the contract, and what it refuses. */
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { asRemoteId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import type { Remote } from '../../src/ports/remote.ts';
import { makeFolderRemote } from '../../src/remotes/folder/folder-remote.ts';
import { MARKER_NAME, mountPointsOf } from '../../src/remotes/folder/folder-root.ts';
import { FOLDER_MARKER } from '../../src/witnesses/folder-witness.ts';
import {
  Control,
  codeOf,
  type Files,
  failureOf,
  makeFiles,
  remoteContract,
} from './remote-contract.ts';

interface Made {
  readonly path: string;
  readonly remote: Remote;
}

async function make(facts: { usedBefore?: boolean; mountTable?: string } = {}): Promise<Made> {
  const path = await mkdtemp(join(tmpdir(), 'safelight-nas-'));
  const { usedBefore = false, mountTable = '/nonexistent' } = facts;
  const deps = {
    hasher: await makeHasher(),
    clock: systemClock,
    usedBefore: async () => usedBefore,
  };
  return { path, remote: makeFolderRemote({ id: asRemoteId('nas'), path, mountTable }, deps) };
}

/** Every file below, relative, without what is ours. */
async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .filter((name) => name !== MARKER_NAME);
}

remoteContract('a folder', async () => {
  const { path, remote } = await make();
  return {
    remote,
    stored: (key) => readFile(join(path, key)).catch(() => undefined),
    async plant(key, bytes) {
      await mkdir(dirname(join(path, key)), { recursive: true });
      await writeFile(join(path, key), bytes);
    },
    keys: () => filesBelow(path),
    takeAway: () => rename(path, `${path}.away`),
    dispose: () => rm(`${path}.away`, { recursive: true, force: true }),
  };
});

describe('a folder remote', () => {
  let files: Files;
  let made: Made;

  beforeEach(async () => {
    files = await makeFiles();
    made = await make();
  });
  afterEach(async () => {
    await files.dispose();
    await rm(made.path, { recursive: true, force: true });
  });

  test('makes the folders of the card and keeps the time of the file', async () => {
    const object = await files.make('2026/A003/DCIM/IMG_1.JPG', 1_000);
    await made.remote.put(object, new Control());
    const { mtimeMs } = await stat(join(made.path, object.key));
    expect(mtimeMs).toBe(object.mtimeMs);
    expect(await filesBelow(made.path)).toEqual([object.key]);
  });

  test('never makes the folder itself', async () => {
    await rm(made.path, { recursive: true });
    const object = await files.make('A', 10);
    expect(await codeOf(made.remote.put(object, new Control()))).toBe('unreachable');
    await expect(stat(made.path)).rejects.toThrow('ENOENT');
  });

  test('marks the folder on first use', async () => {
    await made.remote.put(await files.make('A', 10), new Control());
    expect(await readFile(join(made.path, MARKER_NAME), 'utf8')).toMatch(/offsite place/);
    expect(MARKER_NAME).toBe(FOLDER_MARKER);
  });

  test('fills no folder that was used before and has lost its marker', async () => {
    const used = await make({ usedBefore: true });
    const error = await failureOf(used.remote.put(await files.make('A', 10), new Control()));
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain(MARKER_NAME);
    expect(await filesBelow(used.path)).toEqual([]);
    // The twin: with the marker it is the place it was.
    await writeFile(join(used.path, MARKER_NAME), '');
    await used.remote.put(await files.make('A', 10), new Control());
    expect(await filesBelow(used.path)).toEqual(['A']);
    await rm(used.path, { recursive: true });
  });

  test('fills no mount point that should have something mounted', async () => {
    const table = join(made.path, 'fstab');
    const unmounted = await make({ mountTable: table });
    await writeFile(table, `# nas\nnas:/photos ${unmounted.path} nfs defaults 0 0\n`);
    const error = await failureOf(unmounted.remote.put(await files.make('A', 10), new Control()));
    expect(error.message).toContain(`nothing is mounted at ${unmounted.path}`);
    expect(await readdir(unmounted.path)).toEqual([]);
    // The twin: the table speaks of another folder.
    await writeFile(table, 'nas:/photos /elsewhere nfs defaults 0 0\n');
    await unmounted.remote.put(await files.make('A', 10), new Control());
    expect(await filesBelow(unmounted.path)).toEqual(['A']);
    await rm(unmounted.path, { recursive: true });
  });

  test('stops before anything is visible when the place changes during the upload', async () => {
    const object = await files.make('ROLL/A', 10);
    const control = new Control();
    control.onCommit = async () => {
      await rename(made.path, `${made.path}.away`);
      await mkdir(made.path);
    };
    expect(await codeOf(made.remote.put(object, control))).toBe('unreachable');
    expect(await readdir(made.path)).toEqual([]);
    await rm(`${made.path}.away`, { recursive: true });
  });

  test.each(['../outside', 'a/../../outside', '/etc/outside', 'a//b', '.safelight-parts/x'])(
    'refuses the key %s',
    async (key) => {
      const object = await files.make(key, 10);
      expect(await codeOf(made.remote.put(object, new Control()))).toBe('refused');
      expect(await filesBelow(made.path)).toEqual([]);
    },
  );

  test('says that a file is in the way of a folder', async () => {
    await made.remote.put(await files.make('A', 10), new Control());
    const error = await failureOf(made.remote.put(await files.make('A/B', 10), new Control()));
    expect(error).toMatchObject({ code: 'refused', permanent: true });
  });

  test('leaves no half file behind when the source turns out wrong', async () => {
    const object = await files.make('A', 10);
    await files.spoil(object);
    expect(await codeOf(made.remote.put(object, new Control()))).toBe('source-differs');
    expect(await filesBelow(made.path)).toEqual([]);
  });

  test('sweeps what a crash left, but not what is being written', async () => {
    const parts = join(made.path, '.safelight-parts');
    await made.remote.put(await files.make('A', 10), new Control());
    await writeFile(join(parts, 'old.part'), 'x');
    await writeFile(join(parts, 'new.part'), 'x');
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    await utimes(join(parts, 'old.part'), longAgo, longAgo);
    const { signal } = new AbortController();
    expect(await made.remote.sweep([], 7 * 86_400_000, signal)).toBe(1);
    expect(await readdir(parts)).toEqual(['new.part']);
  });

  test('does not call the computer’s own disk an offsite place without saying so', async () => {
    await chmod(made.path, 0o755);
    const onSystemDisk = (await stat('/')).dev === (await stat(made.path)).dev;
    const { findings } = await made.remote.tryOut(new AbortController().signal);
    expect(findings.some((f) => f.sentence.includes('system disk'))).toBe(onSystemDisk);
  });
});

describe('mountPointsOf', () => {
  test('reads the second column and undoes octal escapes', () => {
    const table = [
      '# <file system> <mount point>',
      '',
      'UUID=1 / ext4 defaults 0 1',
      'nas:/a /mnt/my\\040nas/ nfs defaults 0 0',
      'UUID=2 none swap sw 0 0',
    ].join('\n');
    expect(mountPointsOf(table)).toEqual(['/', '/mnt/my nas']);
  });
});
