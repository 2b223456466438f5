/** The folder remote and its witness on real filesystems: mounts that go, drives that fill up, bits that change. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { asRemoteId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { makeFolderRemote } from '../../src/remotes/folder/folder-remote.ts';
import { makeFolderWitness } from '../../src/witnesses/folder-witness.ts';
import { Control, type Files, failureOf, makeFiles } from '../contracts/remote-contract.ts';
import { canMake, canMountLoops, type DriveKind, TestDrive } from './engine-drives.ts';

const hasher = await makeHasher();
const { signal } = new AbortController();
const id = asRemoteId('nas');

const remoteAt = (path: string, usedBefore = false) =>
  makeFolderRemote(
    { id, path, mountTable: '/nonexistent' },
    { hasher, clock: systemClock, usedBefore: async () => usedBefore },
  );
const witnessAt = (path: string) => makeFolderWitness({ id, path }, { hasher });

/** Those kinds of drives that can be made here; where none can, the whole suite is skipped. */
const here = (kinds: readonly DriveKind[]): readonly DriveKind[] => {
  const possible = kinds.filter((kind) => canMake(kind));
  return possible.length > 0 ? possible : kinds;
};
const suite = canMountLoops() ? describe : describe.skip;

suite('a folder on a real drive', () => {
  let files: Files;
  let drive: TestDrive;

  beforeEach(async () => {
    files = await makeFiles();
  });
  afterEach(async () => {
    drive.remove();
    await files.dispose();
  });

  test.each(here(['ext4', 'ext4-journal', 'ext4-journal-default', 'xfs', 'btrfs']))(
    'on %s a bit that changes on the medium under a warm cache is seen',
    async (kind) => {
      drive = new TestDrive(kind);
      const object = await files.make('ROLL/A.CR3', 100_000);
      await remoteAt(drive.mount).put(object, new Control());
      const request = { key: object.key, sizeBytes: object.sizeBytes, minimumGrade: "B'" } as const;
      const digest = { algorithm: 'xxh64', value: object.hash };
      const witness = witnessAt(drive.mount);
      expect(await witness.look(request, signal)).toMatchObject({ method: 'fetched', digest });

      const placed = join(drive.mount, object.key);
      const bytes = readFileSync(object.localPath);
      expect(readFileSync(placed).equals(bytes)).toBe(true);
      expect(drive.flipOnMedium(bytes.subarray(0, 64))).toBeGreaterThan(0);
      // Whoever asks the cache is told that all is well.
      expect(readFileSync(placed).equals(bytes)).toBe(true);
      // btrfs notices it itself and gives no bytes at all: unknown.
      const seen = await witness.look(request, signal).catch((error: unknown) => error);
      expect(seen).not.toMatchObject({ digest });
      expect(seen).toMatchObject(
        kind === 'btrfs' ? { code: 'unreachable' } : { method: 'fetched' },
      );
    },
  );

  test.each(here(['exfat-fuse']))(
    'on %s, in user space, it is seen by name and size only',
    async (kind) => {
      drive = new TestDrive(kind);
      const object = await files.make('ROLL/A.CR3', 100_000);
      await remoteAt(drive.mount).put(object, new Control());
      const request = { key: object.key, sizeBytes: object.sizeBytes, minimumGrade: 'A' } as const;
      expect(await witnessAt(drive.mount).look(request, signal)).toEqual({
        kind: 'seen',
        method: 'listed',
        sizeBytes: 100_000,
      });
      const report = await witnessAt(drive.mount).tryOut(signal);
      expect(report).toMatchObject({ ok: false, findings: [{ ok: false }] });
    },
  );

  test.each(here(['ext4-inline', 'btrfs']))(
    'on %s tiny files are kept where they can be read back',
    async (kind) => {
      drive = new TestDrive(kind);
      const object = await files.make('ROLL/TINY.XMP', 400);
      await remoteAt(drive.mount).put(object, new Control());
      const request = { sizeBytes: 400, minimumGrade: 'A' } as const;
      const witness = witnessAt(drive.mount);
      expect(await witness.look({ ...request, key: object.key }, signal)).toMatchObject({
        method: 'fetched',
        digest: { algorithm: 'xxh64', value: object.hash },
      });
      // The twin: written the usual way, the bytes live inside metadata and are not believed.
      writeFileSync(join(drive.mount, 'ROLL/USUAL.XMP'), readFileSync(object.localPath), {
        flush: true,
      });
      expect(await witness.look({ ...request, key: 'ROLL/USUAL.XMP' }, signal)).toMatchObject({
        method: 'listed',
      });
    },
  );

  test.each(here(['ext4']))('on %s: on an overlay a changed bit is seen too', async (kind) => {
    drive = new TestDrive(kind);
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => {
      const path = join(drive.mount, name);
      mkdirSync(path);
      return path;
    });
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged ?? '']);
    try {
      const object = await files.make('ROLL/A.CR3', 100_000);
      await remoteAt(merged ?? '').put(object, new Control());
      const request = { key: object.key, sizeBytes: 100_000, minimumGrade: 'A' } as const;
      const witness = witnessAt(merged ?? '');
      const digest = { algorithm: 'xxh64', value: object.hash };
      expect(await witness.look(request, signal)).toMatchObject({ method: 'fetched', digest });
      const bytes = readFileSync(object.localPath);
      expect(readFileSync(join(merged ?? '', object.key)).equals(bytes)).toBe(true);
      expect(drive.flipOnMedium(bytes.subarray(0, 64))).toBeGreaterThan(0);
      const seen = await witness.look(request, signal);
      expect(seen).toMatchObject({ method: 'fetched' });
      expect(seen).not.toMatchObject({ digest });
    } finally {
      execFileSync('umount', [merged ?? '']);
    }
  });

  test.each(here(['ext4']))(
    'on %s: an empty mount point is neither filled nor believed',
    async (kind) => {
      drive = new TestDrive(kind);
      const first = await files.make('ROLL/A.CR3', 1_000);
      await remoteAt(drive.mount).put(first, new Control());
      drive.unmountLazily();
      const second = await files.make('ROLL/B.CR3', 1_000);
      const put = await failureOf(remoteAt(drive.mount, true).put(second, new Control()));
      expect(put).toMatchObject({ code: 'unreachable' });
      expect(readdirSync(drive.mount)).toEqual([]);
      const request = { key: first.key, sizeBytes: 1_000, minimumGrade: 'A' } as const;
      const look = await failureOf(witnessAt(drive.mount).look(request, signal));
      expect(look).toMatchObject({ code: 'unreachable' });
    },
  );

  test.each(here(['ext4']))(
    'on %s: a mount that goes during the upload is not filled',
    async (kind) => {
      drive = new TestDrive(kind);
      const object = await files.make('ROLL/A.CR3', 1_000);
      const control = new Control();
      control.onCommit = async () => drive.unmountLazily();
      expect(await failureOf(remoteAt(drive.mount).put(object, control))).toMatchObject({
        code: 'unreachable',
      });
      expect(readdirSync(drive.mount)).toEqual([]);
    },
  );

  test.each(here(['ext4']))('on %s: a full drive says so and keeps nothing half', async (kind) => {
    drive = new TestDrive(kind, 16);
    const object = await files.make('ROLL/A.MOV', 20 * 1024 * 1024);
    const control = new Control();
    expect(await failureOf(remoteAt(drive.mount).put(object, control))).toMatchObject({
      code: 'quota',
      permanent: true,
    });
    expect(control.passes).toEqual([]);
    expect(readdirSync(join(drive.mount, '.safelight-parts'))).toEqual([]);
    expect(statSync(drive.mount).isDirectory()).toBe(true);
  });

  test.each(here(['ext4']))('on %s: a drive that is mounted read-only says so', async (kind) => {
    drive = new TestDrive(kind);
    await remoteAt(drive.mount).put(await files.make('ROLL/A.CR3', 10), new Control());
    drive.remount('ro');
    const object = await files.make('ROLL/B.CR3', 10);
    expect(await failureOf(remoteAt(drive.mount).put(object, new Control()))).toMatchObject({
      code: 'refused',
      permanent: true,
    });
  });
});
