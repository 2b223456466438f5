/**
 * The engine killed after any step, with and without the power going at the same moment: what stands under a final
 * name is whole, what was committed is true, and the next run finishes. Needs root.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ContentHash } from '../../src/core/ids.ts';
import type { CardFile } from '../../src/core/inventory.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import type { CopyTask } from '../../src/ports/copier.ts';
import { A, B, CopyStage, noise } from '../contracts/copier-stage.ts';
import { canMountLoops, type DriveKind, TestDrive } from './engine-drives.ts';
import { committedIn, type EngineOrder, EngineProcess } from './engine-process.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(600_000);

const hasher = await makeHasher();

/** Two clips, one long enough for a read-back behind the writing, and a batch; six steps each on two drives. */
const STEPS = 2 * (2 * 6 + 12 * 5);

/** Moments spread over the whole job, others in every run. */
function someSteps(count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => 1 + Math.floor(((i + Math.random()) * STEPS) / count),
  );
}

(canMountLoops() ? describe : describe.skip)('killed at any moment', () => {
  let engine: EngineProcess;
  let stage: CopyStage;
  let files: CardFile[];
  let hashes: ReadonlyMap<number, ContentHash>;
  let drives: readonly [TestDrive, TestDrive];
  beforeAll(() => {
    engine = new EngineProcess();
  });
  afterAll(() => engine.remove());
  afterEach(() => {
    stage.remove();
    for (const drive of drives) drive.remove();
  });

  const begin = (kind: DriveKind): void => {
    drives = [new TestDrive(kind, 320), new TestDrive(kind, 320)];
    stage = new CopyStage({ drives: [drives[0].mount, drives[1].mount] });
    files = [
      stage.shoot('CLIP/C0.MP4', noise(36_000_001, 1)),
      stage.shoot('CLIP/C1.MP4', noise(5_000_000, 2)),
      ...Array.from({ length: 12 }, (_, i) =>
        stage.shoot(`DCIM/F${i}.JPG`, noise(9_000 * i, i + 9)),
      ),
    ];
    hashes = new Map(
      files.map(({ id, path }) => [id, hasher.of(readFileSync(join(stage.card, path)))]),
    );
  };

  /** What the plan would ask for: what the evidence does not already prove. */
  const missing = (ledger: string): CopyTask[] => {
    const have = committedIn(ledger).filter((draft) => draft.kind === 'copy-read-back');
    return files.flatMap((file) => {
      const to = [A, B].filter(
        (id) => !have.some((draft) => draft.fileId === file.id && draft.destinationId === id),
      );
      return to.length === 0 ? [] : [stage.task(file, { to })];
    });
  };

  const order = (more: Partial<EngineOrder>): EngineOrder => ({
    card: stage.card,
    drives: [
      [A, drives[0].mount],
      [B, drives[1].mount],
    ],
    tasks: [],
    ledger: join(stage.folder, 'ledger'),
    ...more,
  });

  /** Nothing wrong under a final name, and nothing committed that is not so. */
  const expectTruth = (ledger: string): void => {
    for (const drive of drives) {
      for (const { path, id } of files) {
        const copy = join(drive.mount, 'roll', path);
        const found = existsSync(copy) ? hasher.of(readFileSync(copy)) : hashes.get(id);
        expect([path, found]).toEqual([path, hashes.get(id)]);
      }
    }
    for (const draft of committedIn(ledger)) {
      if (draft.kind !== 'copy-read-back') continue;
      const drive = draft.destinationId === A ? drives[0] : drives[1];
      const bytes = readFileSync(join(drive.mount, draft.placedAt));
      expect([draft.placedAt, hasher.of(bytes)]).toEqual([
        draft.placedAt,
        hashes.get(draft.fileId),
      ]);
    }
  };

  const expectFinished = (ledger: string): void => {
    expect(missing(ledger)).toEqual([]);
    const wanted = ['CLIP/', 'DCIM/', ...files.map(({ path }) => path)].toSorted();
    expect(stage.onDrive(A)).toEqual(wanted);
    expect(stage.onDrive(B)).toEqual(wanted);
  };

  test('by SIGKILL: 10 moments', () => {
    begin('ext4');
    for (const killAfter of someSteps(10)) {
      const ledger = join(stage.folder, `ledger-${killAfter}`);
      const end = engine.run(order({ tasks: missing(ledger), ledger, killAfter }));
      expect([killAfter, end.signal]).toEqual([killAfter, 'SIGKILL']);
      expectTruth(ledger);
      expect(engine.run(order({ tasks: missing(ledger), ledger }))).toMatchObject({
        outcome: { lostLegs: [], sourceGone: false },
      });
      expectTruth(ledger);
      expectFinished(ledger);
      for (const drive of drives) rmSync(join(drive.mount, 'roll'), { recursive: true });
    }
  });

  test('by SIGKILL again and again in one job', () => {
    begin('xfs');
    const ledger = join(stage.folder, 'ledger');
    for (let n = 0; n < 12 && missing(ledger).length > 0; n += 1) {
      const [killAfter = 1] = someSteps(1).map((step) => 1 + (step % 40));
      engine.run(order({ tasks: missing(ledger), ledger, killAfter }));
      expectTruth(ledger);
    }
    expect(engine.run(order({ tasks: missing(ledger), ledger }))).toMatchObject({
      outcome: { lostLegs: [] },
    });
    expectTruth(ledger);
    expectFinished(ledger);
  });

  test.each(['ext4', 'xfs'] as const)('with the power, on %s: 5 moments', (kind) => {
    begin(kind);
    for (const killAfter of someSteps(5)) {
      const ledger = join(stage.folder, `ledger-${killAfter}`);
      const end = engine.run(order({ tasks: missing(ledger), ledger, killAfter, cutPower: true }));
      expect([killAfter, end.signal]).toEqual([killAfter, 'SIGKILL']);
      for (const drive of drives) drive.powerBack();
      expectTruth(ledger);
      expect(engine.run(order({ tasks: missing(ledger), ledger }))).toMatchObject({
        outcome: { lostLegs: [], sourceGone: false },
      });
      for (const drive of drives) drive.afterFreshMount(() => undefined);
      expectTruth(ledger);
      expectFinished(ledger);
      for (const drive of drives) rmSync(join(drive.mount, 'roll'), { recursive: true });
    }
  });
});
