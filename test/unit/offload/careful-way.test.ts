/** One file at a time, with the world changing between the steps. */
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { makeCopier } from '../../../src/offload/copier.ts';
import type { CopyStep } from '../../../src/offload/copy-step.ts';
import { systemClock } from '../../../src/platform/system-clock.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';
import { A, B, CopyStage, noise } from '../../contracts/copier-stage.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(60_000);

const hasher = await makeHasher();
const live = new AbortController().signal;
/** Below the size from which read-back begins before the file is written. */
const SIZE = 3_000_000;

function changeInPlace(path: string, bytes: Uint8Array): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, bytes, { flag: 'r+' });
  utimesSync(path, atime, mtime);
}

describe('the careful way', () => {
  let stage: CopyStage;
  let onStep: (step: CopyStep) => void;
  const copier = makeCopier({ hasher, clock: systemClock, observe: (step) => onStep(step) });
  beforeEach(() => {
    stage = new CopyStage();
    onStep = () => undefined;
  });
  afterEach(() => stage.remove());

  test('goes through its steps in the promised order, and commits after the last', async () => {
    const file = stage.shoot('DCIM/A.CR3', noise(SIZE));
    const steps: string[] = [];
    onStep = ({ step, destinationId, at }) => {
      if (destinationId === A)
        steps.push(`${step} ${at.includes('.safelight-') ? 'temp' : 'final'}`);
      expect(stage.committed).toEqual([]);
    };
    await copier.copy(stage.job([stage.task(file)]), stage.events, live);
    expect(steps).toEqual([
      'opened temp',
      'written temp',
      'flushed temp',
      'read-back temp',
      'placed final',
      'durable final',
    ]);
    expect(stage.commits).toHaveLength(1);
  });

  test('a file that is written to while it is read is not placed', async () => {
    const file = stage.shoot('A.CR3', noise(SIZE));
    let changed = false;
    const events = {
      ...stage.events,
      progress: () => {
        if (changed) return;
        changed = true;
        writeFileSync(join(stage.card, 'A.CR3'), noise(SIZE, 5));
      },
    };
    await copier.copy(stage.job([stage.task(file)]), events, live);
    expect(stage.drafts('source-read')).toEqual([]);
    expect(stage.drafts('source-unreadable')).toHaveLength(1);
    expect(stage.onDrive(A)).toEqual([]);
  });

  test('other bytes than were written: thrown away, written again, then believed', async () => {
    const file = stage.shoot('A.CR3', noise(SIZE));
    const temps: string[] = [];
    onStep = ({ step, destinationId, at }) => {
      if (step !== 'flushed' || destinationId !== A) return;
      temps.push(at);
      if (temps.length === 1) writeFileSync(at, 'x', { flag: 'r+' });
    };
    const outcome = await copier.copy(stage.job([stage.task(file)]), stage.events, live);
    expect(outcome.lostLegs).toEqual([]);
    expect(new Set(temps).size).toBe(2);
    expect(readFileSync(join(stage.drive(A), 'roll/A.CR3')).equals(noise(SIZE))).toBe(true);
    expect(stage.onDrive(A)).toEqual(['A.CR3']);
    // The source was read a second time for it, and said the same.
    expect(stage.committed.map(({ kind }) => kind)).toEqual([
      'source-read',
      'source-read',
      'copy-read-back',
      'copy-read-back',
    ]);
  });

  test('a drive that does that twice is called lying and dropped; nothing of it is placed', async () => {
    const file = stage.shoot('A.CR3', noise(SIZE));
    onStep = ({ step, destinationId, at }) => {
      if (step === 'flushed' && destinationId === A) writeFileSync(at, 'x', { flag: 'r+' });
    };
    const outcome = await copier.copy(stage.job([stage.task(file)]), stage.events, live);
    expect(outcome.lostLegs).toEqual([
      expect.objectContaining({
        destinationId: A,
        trouble: 'unknown',
        sentence: expect.stringContaining('lying'),
      }),
    ]);
    expect(stage.onDrive(A)).toEqual([]);
    expect(stage.drafts('copy-read-back').map(({ destinationId }) => destinationId)).toEqual([B]);
  });

  test('a source that says something else the second time: both are told, nothing more is placed', async () => {
    const file = stage.shoot('A.CR3', noise(SIZE));
    let flipped = false;
    onStep = ({ step, destinationId, at }) => {
      if (step !== 'flushed' || destinationId !== A || flipped) return;
      flipped = true;
      writeFileSync(at, 'x', { flag: 'r+' });
      changeInPlace(join(stage.card, 'A.CR3'), noise(SIZE, 2));
    };
    const outcome = await copier.copy(stage.job([stage.task(file)]), stage.events, live);
    expect(outcome.badSources).toEqual([file.id]);
    expect(stage.drafts('source-read').map(({ hash }) => hash)).toEqual([
      hasher.of(noise(SIZE)),
      hasher.of(noise(SIZE, 2)),
    ]);
    expect(stage.onDrive(A)).toEqual([]);
    expect(stage.drafts('copy-read-back').map(({ destinationId }) => destinationId)).toEqual([B]);
  });

  test.each([
    ['something else', 'theirs', 'roll/A_2.CR3', ['A.CR3', 'A_2.CR3']],
    ['the same bytes', noise(SIZE), 'roll/A.CR3', ['A.CR3']],
  ])('%s takes the name at the last moment', async (_, theirs, placedAt, expected) => {
    const file = stage.shoot('A.CR3', noise(SIZE));
    onStep = ({ step, destinationId }) => {
      if (step === 'read-back' && destinationId === A) {
        writeFileSync(join(stage.drive(A), 'roll/A.CR3'), theirs);
      }
    };
    await copier.copy(stage.job([stage.task(file)]), stage.events, live);
    expect(stage.onDrive(A)).toEqual(expected);
    expect(readFileSync(join(stage.drive(A), 'roll/A.CR3')).equals(Buffer.from(theirs))).toBe(true);
    expect(stage.drafts('copy-read-back').map((d) => d.placedAt)).toContain(placedAt);
  });

  test('a file that could not be read at first and can at the end has that on record before its read', async () => {
    const bad = stage.shoot('1.CR3', noise(SIZE));
    const good = stage.shoot('2.CR3', noise(SIZE, 2));
    const path = join(stage.card, '1.CR3');
    renameSync(path, `${path}.away`);
    let back = false;
    const stillIn = async (): Promise<boolean> => {
      // Back again once the other one is done.
      if (!back && stage.committed.length > 0) {
        back = true;
        renameSync(`${path}.away`, path);
      }
      return true;
    };
    const source = { root: stage.card, stillIn };
    const job = stage.job([stage.task(bad), stage.task(good)], { source });
    const outcome = await copier.copy(job, stage.events, live);
    expect(outcome.badSources).toEqual([]);
    const about = stage.committed.filter(({ fileId }) => fileId === bad.id);
    expect(about.map(({ kind }) => kind)).toEqual([
      'source-unreadable',
      'source-read',
      'copy-read-back',
      'copy-read-back',
    ]);
  });

  test('leftovers of a crash are cleared away, but not those of a job that is under way', async () => {
    mkdirSync(join(stage.drive(A), 'roll'), { recursive: true });
    writeFileSync(join(stage.drive(A), 'roll/.OLD.CR3.safelight-0123456789ab'), 'half');
    const one = stage.shoot('1.CR3', noise(SIZE, 1));
    const two = stage.shoot('2.CR3', noise(SIZE, 2));
    await Promise.all(
      [one, two].map((file) => copier.copy(stage.job([stage.task(file)]), stage.events, live)),
    );
    expect(stage.onDrive(A)).toEqual(['1.CR3', '2.CR3']);
    expect(stage.drafts('copy-read-back')).toHaveLength(4);
  });
});
