/** Work on drives, where a drive or a copy is not what it was. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadyDestination } from '../../../src/core/destination.ts';
import type { EvidenceDraft } from '../../../src/core/evidence.ts';
import {
  asCardId,
  asDestinationId,
  asFileId,
  asMediumId,
  asRollId,
} from '../../../src/core/ids.ts';
import type { CardFile } from '../../../src/core/inventory.ts';
import { sampleStep } from '../../../src/core/plan.ts';
import { doDriveWork, type DriveResult, type DriveWork } from '../../../src/daemon/drive-work.ts';
import type { DriveStep } from '../../../src/daemon/survey.ts';
import { systemClock } from '../../../src/platform/system-clock.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';
import { FakeCopier } from '../../fakes/fake-copier.ts';

const hasher = await makeHasher();
const A = asDestinationId('working');
const B = asDestinationId('backup');
const RIGHT = Buffer.from('what the camera wrote');
const EXPECTED = hasher.of(RIGHT);

const file = (n: number): CardFile => ({
  id: asFileId(n),
  path: `F${n}.CR3`,
  placement: `F${n}.CR3`,
  sizeBytes: RIGHT.length,
  mtimeMs: 0,
  role: 'media',
});

const put = (drive: ReadyDestination, n: number, bytes: Buffer): void => {
  mkdirSync(join(drive.path, 'roll'), { recursive: true });
  writeFileSync(join(drive.path, 'roll', `F${n}.CR3`), bytes);
};

const catchUp = (n: number): DriveStep => ({
  kind: 'catch-up',
  file: file(n),
  from: A,
  fromPlacedAt: `roll/F${n}.CR3`,
  to: [B],
  expected: EXPECTED,
});

describe('work on drives', () => {
  let folder: string;
  let recorded: EvidenceDraft[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drive-work-'));
    recorded = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const ready = (id: typeof A, deviceNumber?: number): ReadyDestination => {
    const path = join(folder, id);
    mkdirSync(path, { recursive: true });
    return {
      state: 'ready',
      id,
      path,
      mountPoint: path,
      mediumId: asMediumId(`disk-of-${id}`),
      fsType: 'ext4',
      deviceNumber: deviceNumber ?? statSync(path).dev,
      freeBytes: 1e12,
      maxFileBytes: Number.POSITIVE_INFINITY,
    };
  };

  const work = (
    drives: readonly ReadyDestination[],
    steps: readonly DriveStep[],
    more: Partial<DriveWork> = {},
  ) =>
    doDriveWork(
      {
        copier: new FakeCopier(hasher, systemClock),
        ledger: {
          append: async (drafts) => {
            recorded.push(...drafts);
          },
        },
      },
      {
        roll: {
          id: asRollId(1),
          cardId: asCardId('0123456789abcdef'),
          folder: 'roll',
          startedAt: 0,
        },
        survey: { driveSteps: steps, sampled: new Map() },
        ready: drives,
        folders: [],
        onProgress: () => undefined,
        ...more,
      },
      new AbortController().signal,
    ) satisfies Promise<DriveResult>;

  test('a copy that turns out to have other bytes is on record with them, and counts no more', async () => {
    const drives = [ready(A), ready(B)] as const;
    put(drives[0], 1, RIGHT);
    put(drives[0], 2, Buffer.from('what the drive made of'));
    await work(drives, [catchUp(1), { ...catchUp(2), file: { ...file(2), sizeBytes: 22 } }]);
    const [one, two] = [1, 2].map((n) => recorded.filter(({ fileId }) => fileId === n));
    expect(one).toMatchObject([{ kind: 'copy-read-back', destinationId: B, hash: EXPECTED }]);
    expect(two).toMatchObject([
      {
        kind: 'copy-read-back',
        destinationId: A,
        placedAt: 'roll/F2.CR3',
        hash: hasher.of(Buffer.from('what the drive made of')),
      },
    ]);
  });

  test('a copy that is gone when it is copied from is on record as lost', async () => {
    await work([ready(A), ready(B)], [catchUp(1)]);
    expect(recorded).toMatchObject([{ kind: 'copy-lost', destinationId: A, reason: 'missing' }]);
  });

  test('a drive that goes away during read-backs is a lost leg; the other is looked at all the same', async () => {
    const drives = [ready(A, 1), ready(B)] as const;
    for (const drive of drives) put(drive, 1, RIGHT);
    const steps = drives.map(({ id }): DriveStep => {
      return { kind: 'read-back', file: file(1), destinationId: id, placedAt: 'roll/F1.CR3' };
    });
    const { lostLegs, sourceGone } = await work(drives, steps);
    expect(lostLegs).toMatchObject([{ destinationId: A, trouble: 'gone' }]);
    expect(sourceGone).toBe(false);
    expect(recorded).toMatchObject([{ kind: 'copy-read-back', destinationId: B }]);
  });

  test('a sample that differs is on record before the next one is read', async () => {
    const drive = ready(A);
    const root = join(folder, 'card');
    mkdirSync(root);
    for (const n of [1, 2, 3]) {
      put(drive, n, RIGHT);
      writeFileSync(
        join(root, `F${n}.CR3`),
        n === 2 ? Buffer.from('what the camera wreck') : RIGHT,
      );
    }
    const recordedAfter: number[] = [];
    const driveSteps = [1, 2, 3].map((n) => sampleStep(file(n)));
    const sampled = new Map(
      [1, 2, 3].map((n) => [file(n).id, { destinationId: A, placedAt: `roll/F${n}.CR3` }]),
    );
    await work([drive], driveSteps, {
      card: { root, stillIn: async () => true },
      survey: { driveSteps, sampled },
      onProgress: () => void recordedAfter.push(recorded.length),
    });
    expect(recordedAfter).toEqual([0, 2, 2]);
    expect(recorded.map(({ fileId }) => fileId)).toEqual([1, 2, 3]);
  });
});
