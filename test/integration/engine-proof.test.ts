/** Read-backs on real filesystems: do they come from the medium, and do they see what changed on it? Needs root. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { makeCopier } from '../../src/offload/copier.ts';
import type { CopyStep } from '../../src/offload/copy-step.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { A, B, CopyStage, noise } from '../contracts/copier-stage.ts';
import { canMake, type DriveKind, TestDrive } from './engine-drives.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(120_000);

const hasher = await makeHasher();
const live = new AbortController().signal;

const KINDS: readonly DriveKind[] = [
  'ext4',
  'ext4-journal',
  'ext4-journal-default',
  'ext4-inline',
  'xfs',
  'btrfs',
  'btrfs-compress',
  'exfat-fuse',
];

/** One of each kind of length: inside metadata, one block, a tail, several buffers, several segments. */
const SIZES = [1, 400, 2000, 4096, 4097, 100_000, 9_000_001] as const;

describe.each(KINDS.filter((kind) => canMake(kind)))('on %s', (kind) => {
  let drive: TestDrive;
  let other: TestDrive;
  let stage: CopyStage;
  let onStep: (step: CopyStep) => void;
  const copier = makeCopier({ hasher, clock: systemClock, observe: (step) => onStep(step) });
  beforeEach(() => {
    drive = new TestDrive(kind);
    other = new TestDrive('ext4');
    stage = new CopyStage({ drives: [drive.mount, other.mount] });
    onStep = () => undefined;
  });
  afterEach(() => {
    stage.remove();
    drive.remove();
    other.remove();
  });

  test('every read-back is from the device, and the device has delivered as much', async () => {
    const tasks = SIZES.map((size) => stage.task(stage.shoot(`F${size}.DAT`, noise(size, size))));
    let whole = 0;
    for (const size of SIZES) whole += size;
    const before = drive.bytesDelivered();
    const outcome = await copier.copy(stage.job(tasks), stage.events, live);
    const delivered = drive.bytesDelivered() - before;
    expect(outcome.lostLegs).toEqual([]);
    const proofs = stage.drafts('copy-read-back').map(({ sizeBytes, proof }) => [sizeBytes, proof]);
    expect(proofs).toHaveLength(2 * SIZES.length);
    expect(proofs.filter(([, proof]) => proof !== 'device')).toEqual([]);
    expect(delivered).toBeGreaterThanOrEqual(whole);
    drive.afterFreshMount(() => {
      for (const size of SIZES) {
        const copy = readFileSync(join(drive.mount, `roll/F${size}.DAT`));
        expect(copy.equals(noise(size, size))).toBe(true);
      }
    });
  });

  test.each([2000, 4096, 100_000])(
    'a bit that changes on the medium under a warm cache is found: %d bytes',
    async (size) => {
      const bytes = noise(size, 7);
      const file = stage.shoot('A.CR3', bytes);
      let flips = 0;
      onStep = ({ step, destinationId, at }) => {
        if (step !== 'flushed' || destinationId !== A || flips > 0) return;
        // Warm: whoever asks the cache is told that all is well.
        expect(readFileSync(at).equals(bytes)).toBe(true);
        flips = drive.flipOnMedium(bytes.subarray(0, 64));
      };
      const outcome = await copier.copy(stage.job([stage.task(file)]), stage.events, live);
      expect(flips).toBeGreaterThan(0);
      // The drive gave other bytes, or noticed it itself (btrfs): thrown away, and the second try is good.
      expect(outcome.lostLegs).toEqual([]);
      expect(stage.drafts('copy-read-back').map(({ hash }) => hash)).toEqual([
        hasher.of(bytes),
        hasher.of(bytes),
      ]);
      expect(stage.onDrive(A)).toEqual(['A.CR3']);
      expect(stage.onDrive(B)).toEqual(['A.CR3']);
      drive.afterFreshMount(() => {
        expect(readFileSync(join(drive.mount, 'roll/A.CR3')).equals(bytes)).toBe(true);
      });
    },
  );

  test('a bit that changes on the medium later is found when the copy is looked at', async () => {
    const bytes = noise(100_000, 7);
    const file = stage.shoot('A.CR3', bytes);
    await copier.copy(stage.job([stage.task(file)]), stage.events, live);
    const path = join(drive.mount, 'roll/A.CR3');
    expect(readFileSync(path).equals(bytes)).toBe(true);
    const request = { file, destination: stage.destination(A), placedAt: 'roll/A.CR3' };
    const good = await copier.readBack(request, live);
    expect(good).toMatchObject({ hash: hasher.of(bytes), proof: 'device' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(drive.flipOnMedium(bytes.subarray(0, 64))).toBeGreaterThan(0);
    const bad = await copier.readBack(request, live);
    // Other bytes, or none: btrfs notices it itself.
    const seen = bad.kind === 'copy-read-back' ? bad.hash : bad.kind;
    expect(seen).not.toBe(hasher.of(bytes));
    expect(bad.kind).toBe(kind.startsWith('btrfs') ? 'copy-lost' : 'copy-read-back');
  });
});

(canMake('tmpfs') ? describe : describe.skip)('on tmpfs', () => {
  test('a read-back says that it may have come from memory', async () => {
    const drive = new TestDrive('tmpfs');
    const stage = new CopyStage({ drives: [drive.mount, drive.mount] });
    try {
      const copier = makeCopier({ hasher, clock: systemClock });
      const task = stage.task(stage.shoot('A.CR3', noise(50_000)), { to: [A] });
      await copier.copy(stage.job([task]), stage.events, live);
      expect(stage.drafts('copy-read-back').map(({ proof }) => proof)).toEqual(['cached']);
    } finally {
      stage.remove();
      drive.remove();
    }
  });
});
