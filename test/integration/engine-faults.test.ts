/** Drives and cards that fail while they are used: whatever happens to one, the others lose nothing. Needs root. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CardFile } from '../../src/core/inventory.ts';
import { makeCopier } from '../../src/offload/copier.ts';
import type { CopyStep } from '../../src/offload/copy-step.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { A, B, CopyStage, noise } from '../contracts/copier-stage.ts';
import { canMountLoops, TestDrive } from './engine-drives.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(120_000);

const hasher = await makeHasher();
const live = new AbortController().signal;
const LARGE = 6_000_001;

(canMountLoops() ? describe : describe.skip)('a failing drive', () => {
  let a: TestDrive;
  let b: TestDrive;
  let stage: CopyStage;
  let onStep: (step: CopyStep) => void;
  const copier = makeCopier({ hasher, clock: systemClock, observe: (step) => onStep(step) });
  beforeEach(() => {
    a = new TestDrive('ext4');
    b = new TestDrive('ext4');
    stage = new CopyStage({ drives: [a.mount, b.mount] });
    onStep = () => undefined;
  });
  afterEach(() => {
    stage.remove();
    a.remove();
    b.remove();
  });

  /** Large ones go one by one, small ones in a batch: both ways must hold. */
  const shootMix = (): CardFile[] => [
    ...Array.from({ length: 3 }, (_, i) => stage.shoot(`CLIP/C${i}.MP4`, noise(LARGE, i + 1))),
    ...Array.from({ length: 20 }, (_, i) => stage.shoot(`DCIM/F${i}.JPG`, noise(30_000, i + 50))),
  ];

  const copyMix = async (files: readonly CardFile[]): ReturnType<typeof copier.copy> =>
    await copier.copy(stage.job(files.map((file) => stage.task(file))), stage.events, live);

  /** Drive B holds every file whole, and each has its evidence. */
  const expectAllOn = (files: readonly CardFile[], id: typeof B): void => {
    const whole = files.filter(({ path }) =>
      readFileSync(join(stage.drive(id), 'roll', path)).equals(
        readFileSync(join(stage.card, path)),
      ),
    );
    expect(whole.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
    const seen = stage.drafts('copy-read-back').filter(({ destinationId }) => destinationId === id);
    expect(seen.every(({ proof }) => proof === 'device')).toBe(true);
    expect(new Set(seen.map(({ fileId }) => fileId))).toEqual(
      new Set(files.map(({ id: of }) => of)),
    );
  };

  /** What stands under a final name is whole, whatever happened. */
  const expectNothingWrongOn = (files: readonly CardFile[], mount: string): void => {
    for (const { path } of files) {
      const copy = join(mount, 'roll', path);
      let bytes: Buffer;
      try {
        bytes = readFileSync(copy);
      } catch {
        continue;
      }
      expect(bytes.equals(readFileSync(join(stage.card, path)))).toBe(true);
    }
  };

  test('too small for the job: told before the first byte', async () => {
    const files = shootMix();
    const { bavail, bsize } = statfsSync(a.mount);
    writeFileSync(join(a.mount, 'filler'), noise(bavail * bsize - 5_000_000));
    const outcome = await copyMix(files);
    expect(outcome.lostLegs).toEqual([
      expect.objectContaining({
        destinationId: A,
        trouble: 'too-little-space',
        sentence: expect.stringMatching(/^Drive "working" has \d+ MB free; \d+ MB are needed\.$/),
      }),
    ]);
    expect(stage.onDrive(A)).toEqual([]);
    expectAllOn(files, B);
  });

  test('two jobs at once are not both told that they fit', async () => {
    const one = [stage.shoot('ONE.MP4', noise(LARGE, 1))];
    const two = [stage.shoot('TWO.MP4', noise(LARGE, 2))];
    const { bavail, bsize } = statfsSync(a.mount);
    writeFileSync(join(a.mount, 'filler'), noise(bavail * bsize - LARGE - 3_000_000));
    const outcomes = await Promise.all([copyMix(one), copyMix(two)]);
    const lost = outcomes.flatMap(({ lostLegs }) => lostLegs);
    expect(lost).toEqual([
      expect.objectContaining({ destinationId: A, trouble: 'too-little-space' }),
    ]);
    expect(stage.onDrive(A)).toHaveLength(1);
    expectAllOn([...one, ...two], B);
  });

  test('filled up by somebody else in the middle of a file', async () => {
    const files = shootMix();
    onStep = ({ step, destinationId, path }) => {
      if (step !== 'opened' || destinationId !== A || path !== files[1]?.path) return;
      const { bavail, bsize } = statfsSync(a.mount);
      execFileSync('fallocate', [
        '-l',
        String(bavail * bsize - 1_000_000),
        join(a.mount, 'filler'),
      ]);
    };
    const outcome = await copyMix(files);
    expect(outcome.lostLegs).toEqual([
      expect.objectContaining({ destinationId: A, trouble: 'too-little-space' }),
    ]);
    expectAllOn(files, B);
    expectNothingWrongOn(files, a.mount);
    expect(stage.onDrive(A).filter((path) => path.includes('.safelight-'))).toEqual([]);
  });

  test.each(['opened', 'written', 'flushed', 'read-back', 'placed'] as const)(
    'unmounted under us after "%s": nothing lands on the disk below',
    async (when) => {
      const files = shootMix();
      let done = false;
      onStep = ({ step, destinationId }) => {
        if (done || step !== when || destinationId !== A) return;
        done = true;
        a.unmountLazily();
      };
      const outcome = await copyMix(files);
      expect(done).toBe(true);
      expect(outcome.lostLegs).toEqual([
        expect.objectContaining({ destinationId: A, trouble: 'not-mounted' }),
      ]);
      // The path now leads to the folder that the drive was mounted on.
      expect(stage.onDrive(A)).toEqual([]);
      expectAllOn(files, B);
    },
  );

  test('turned read-only by its filesystem', async () => {
    execFileSync('mount', ['-o', 'remount,errors=remount-ro', a.mount]);
    const files = shootMix();
    let done = false;
    onStep = ({ step, destinationId }) => {
      if (done || step !== 'written' || destinationId !== A) return;
      done = true;
      writeFileSync(`/sys/fs/ext4/${basename(a.loop)}/trigger_fs_error`, '1');
    };
    const outcome = await copyMix(files);
    // The first call after the error fails with EIO or EROFS, as it happens.
    expect(outcome.lostLegs).toEqual([
      expect.objectContaining({
        destinationId: A,
        trouble: expect.stringMatching(/^(read-only|unknown)$/),
      }),
    ]);
    expectAllOn(files, B);
    expectNothingWrongOn(files, a.mount);
  });

  test.each(['opened', 'written', 'flushed'] as const)(
    'whose medium ends after "%s"',
    async (when) => {
      const files = shootMix();
      let done = false;
      onStep = ({ step, destinationId }) => {
        if (done || step !== when || destinationId !== A) return;
        done = true;
        a.cutOff(2 << 20);
      };
      const outcome = await copyMix(files);
      expect(outcome.lostLegs.map(({ destinationId }) => destinationId)).toEqual([A]);
      expectAllOn(files, B);
    },
  );

  test('both at once: the job ends, says so, and nothing is claimed', async () => {
    const files = shootMix();
    onStep = ({ step }) => {
      if (step !== 'opened') return;
      a.cutOff(2 << 20);
      b.cutOff(2 << 20);
    };
    const outcome = await copyMix(files);
    expect(outcome.lostLegs).toHaveLength(2);
    expect(outcome.sourceGone).toBe(false);
    expect(stage.drafts('copy-read-back')).toEqual([]);
  });
});

(canMountLoops() ? describe : describe.skip)('a failing card', () => {
  let card: TestDrive;
  let stage: CopyStage;
  const copier = makeCopier({ hasher, clock: systemClock });
  beforeEach(() => {
    card = new TestDrive('ext4');
    stage = new CopyStage({ card: card.mount });
  });
  afterEach(() => {
    stage.remove();
    card.remove();
  });

  const cold = (): void => {
    execFileSync('sync');
    card.afterFreshMount(() => undefined);
  };

  test.each([
    ['large', LARGE],
    ['small', 200_000],
  ])('a bad place in a %s file: it is named, all others are copied', async (_, size) => {
    const files = Array.from({ length: 12 }, (_unused, i) =>
      stage.shoot(`F${i}.CR3`, noise(i === 5 ? size : 150_000, i + 1)),
    );
    cold();
    const extents = files.map(({ path }) => card.extentOf(join(card.mount, path)));
    const end = Math.max(...extents.map(({ to }) => to));
    const bad = files[extents.findIndex(({ to }) => to === end)];
    // The medium gives errors where only the last file has blocks.
    const others = extents.filter(({ to }) => to !== end).map(({ to }) => to);
    card.cutOff(Math.max(...others, end - size + 65_536));
    const outcome = await copier.copy(
      stage.job(files.map((file) => stage.task(file))),
      stage.events,
      live,
    );
    expect(outcome).toMatchObject({ sourceGone: false, lostLegs: [], badSources: [bad?.id] });
    expect(stage.drafts('source-unreadable')).toEqual([
      expect.objectContaining({
        fileId: bad?.id,
        reason: expect.stringMatching(/^input\/output error at byte \d+$/),
      }),
    ]);
    expect(stage.onDrive(A)).toEqual(stage.onDrive(B));
    expect(stage.onDrive(A)).toHaveLength(11);
    expect(stage.onDrive(A)).not.toContain(bad?.path);
  });

  test('a card that still lists but gives no bytes any more is gone, and no file is called unreadable', async () => {
    const files = Array.from({ length: 12 }, (_, i) =>
      stage.shoot(`F${i}.CR3`, noise(i % 2 === 0 ? 150_000 : 2_000_000, i + 1)),
    );
    cold();
    const listed = stage.listed('F0.CR3');
    card.cutOff(0);
    expect(listed.sizeBytes).toBe(150_000);
    const outcome = await copier.copy(
      stage.job(files.map((file) => stage.task(file))),
      stage.events,
      live,
    );
    expect(outcome.sourceGone).toBe(true);
    expect(stage.drafts('source-unreadable')).toEqual([]);
    expect(stage.drafts('copy-read-back')).toEqual([]);
  });
});
