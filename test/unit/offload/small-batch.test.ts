/** Many small files at once: the same promises as for one, in the face of the same faults. */
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CardFile } from '../../../src/core/inventory.ts';
import { makeCopier } from '../../../src/offload/copier.ts';
import type { CopyStep } from '../../../src/offload/copy-step.ts';
import { systemClock } from '../../../src/platform/system-clock.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';
import { A, B, CopyStage, noise } from '../../contracts/copier-stage.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(60_000);

const hasher = await makeHasher();
const live = new AbortController().signal;

const COUNT = 40;

const sizeOf = (i: number): number => (i === 0 ? 0 : (i * 7919) % 150_000);

describe('a batch of small files', () => {
  let stage: CopyStage;
  let files: CardFile[];
  let onStep: (step: CopyStep) => void;
  const copier = makeCopier({ hasher, clock: systemClock, observe: (step) => onStep(step) });
  beforeEach(() => {
    stage = new CopyStage();
    onStep = () => undefined;
    files = Array.from({ length: COUNT }, (_, i) => {
      const path = `DCIM/${100 + (i % 3)}MEDIA/F${i}.JPG`;
      return stage.shoot(path, noise(sizeOf(i), i + 1), 1_700_000_000 + 2 * i);
    });
  });
  afterEach(() => stage.remove());

  const copyAll = async (): ReturnType<typeof copier.copy> =>
    await copier.copy(stage.job(files.map((file) => stage.task(file))), stage.events, live);

  const isEqual = (drive: typeof A, i: number, path = files[i]?.path ?? ''): boolean =>
    readFileSync(join(stage.drive(drive), 'roll', path)).equals(noise(sizeOf(i), i + 1));

  const unequal = (drive: typeof A): number[] =>
    files.flatMap((_, i) => (isEqual(drive, i) ? [] : [i]));

  test('is copied byte for byte, with times, and committed together', async () => {
    const steps: string[] = [];
    onStep = ({ step, at }) =>
      steps.push(`${step} ${at.includes('.safelight-') ? 'temp' : 'final'}`);
    expect(await copyAll()).toMatchObject({ lostLegs: [], sourceGone: false });
    expect(unequal(A)).toEqual([]);
    expect(unequal(B)).toEqual([]);
    for (const { path, mtimeMs } of files) {
      expect(statSync(join(stage.drive(A), 'roll', path)).mtimeMs).toBe(mtimeMs);
    }
    expect(stage.commits).toHaveLength(1);
    expect(stage.drafts('source-read')).toHaveLength(COUNT);
    expect(stage.drafts('copy-read-back')).toHaveLength(2 * COUNT);
    expect(stage.onDrive(A).filter((path) => path.includes('.safelight-'))).toEqual([]);
    // Every file is flushed and read back under its temporary name before any has its final one.
    const firstNamed = steps.indexOf('placed final');
    expect(steps.slice(firstNamed).filter((step) => step.startsWith('written'))).toEqual([]);
    expect(new Set(steps)).toEqual(
      new Set(['written temp', 'flushed temp', 'read-back temp', 'placed final', 'durable final']),
    );
  });

  test('tells the hash of each file', async () => {
    await copyAll();
    for (const [i, file] of files.entries()) {
      const about = stage.committed.filter(({ fileId }) => fileId === file.id);
      const hash = hasher.of(noise(sizeOf(i), i + 1));
      expect(about.map((draft) => ('hash' in draft ? draft.hash : ''))).toEqual([hash, hash, hash]);
    }
  });

  test('counts every byte once', async () => {
    await copyAll();
    const all = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(stage.progress.at(-1)).toMatchObject({ filesDone: COUNT, bytesRead: all });
    expect(stage.progress.at(-1)?.bytesReadBack.get(B)).toBe(all);
  });

  test('leaves alone what stands in the way, and adopts what is equal', async () => {
    const [, one, two, three] = files;
    if (one === undefined || two === undefined || three === undefined) throw new Error();
    for (const n of ['100MEDIA', '101MEDIA', '102MEDIA']) {
      mkdirSync(join(stage.drive(A), 'roll/DCIM', n), { recursive: true });
    }
    const at = (file: CardFile): string => join(stage.drive(A), 'roll', file.path);
    writeFileSync(at(one), 'theirs');
    writeFileSync(at(two), noise(sizeOf(2), 3));
    symlinkSync('/dev/null', at(three));
    const before = statSync(at(two)).ino;
    await copyAll();
    expect(readFileSync(at(one), 'utf8')).toBe('theirs');
    expect(statSync(at(two)).ino).toBe(before);
    expect(isEqual(A, 1, one.path.replace('.JPG', '_2.JPG'))).toBe(true);
    expect(isEqual(A, 3, three.path.replace('.JPG', '_2.JPG'))).toBe(true);
    expect(unequal(B)).toEqual([]);
    expect(stage.drafts('copy-read-back')).toHaveLength(2 * COUNT);
  });

  test('goes on when some files are gone, changed or links', async () => {
    const at = (i: number): string => join(stage.card, files[i]?.path ?? '');
    rmSync(at(3));
    writeFileSync(at(4), 'another size');
    rmSync(at(5));
    symlinkSync(at(6), at(5));
    const outcome = await copyAll();
    expect(outcome.sourceGone).toBe(false);
    const bad = new Set([3, 4, 5].map((i) => files[i]?.id));
    expect(new Set(stage.drafts('source-unreadable').map(({ fileId }) => fileId))).toEqual(bad);
    expect(stage.drafts('source-read')).toHaveLength(COUNT - 3);
    expect(stage.onDrive(A).filter((path) => path.endsWith('.JPG'))).toHaveLength(COUNT - 3);
  });

  test('places nothing when the card was swapped while it was read', async () => {
    const answers = [true, false];
    const source = { root: stage.card, stillIn: async () => answers.shift() ?? false };
    const job = stage.job(
      files.map((file) => stage.task(file)),
      { source },
    );
    const outcome = await copier.copy(job, stage.events, live);
    expect(outcome.sourceGone).toBe(true);
    expect(stage.committed).toEqual([]);
    expect(stage.onDrive(A).filter((path) => path.includes('F'))).toEqual([]);
  });

  test('drops a drive that another one has taken the place of, and goes on with the other', async () => {
    const targets = [stage.destination(A), stage.destination(B, { deviceNumber: 4_000_000 })].map(
      (destination) => ({ destination, folder: 'roll' }),
    );
    const job = stage.job(
      files.map((file) => stage.task(file)),
      { targets },
    );
    const outcome = await copier.copy(job, stage.events, live);
    expect(outcome.lostLegs.map(({ destinationId }) => destinationId)).toEqual([B]);
    expect(stage.drafts('copy-read-back')).toHaveLength(COUNT);
    expect(unequal(A)).toEqual([]);
    expect(stage.onDrive(B)).toEqual([]);
  });

  test('a temporary file that changes after the flush gets no name; the second try is good', async () => {
    let changed = '';
    onStep = ({ step, at, path, destinationId }) => {
      if (step !== 'flushed' || destinationId !== A || changed !== '') return;
      if (path !== files[20]?.path) return;
      changed = at;
      writeFileSync(at, noise(sizeOf(20), 99));
    };
    const outcome = await copyAll();
    expect(changed).not.toBe('');
    expect(outcome.lostLegs).toEqual([]);
    expect(unequal(A)).toEqual([]);
    expect(stage.onDrive(A).filter((path) => path.includes('.safelight-'))).toEqual([]);
  });

  test('an abort leaves no temporary file', async () => {
    const stop = new AbortController();
    onStep = ({ step }) => {
      if (step === 'written') stop.abort(new Error('enough'));
    };
    const job = stage.job(files.map((file) => stage.task(file)));
    await expect(copier.copy(job, stage.events, stop.signal)).rejects.toThrow('enough');
    expect(stage.committed).toEqual([]);
    expect(stage.onDrive(A).filter((path) => path.includes('F'))).toEqual([]);
  });

  test('unexpected bytes are not placed', async () => {
    const expected = hasher.of(noise(5, 5));
    const tasks = files.map((file, i) => stage.task(file, i === 9 ? { expected } : {}));
    const outcome = await copier.copy(stage.job(tasks), stage.events, live);
    expect(outcome.badSources).toEqual([files[9]?.id]);
    expect(stage.drafts('copy-read-back')).toHaveLength(2 * (COUNT - 1));
    expect(stage.onDrive(A).filter((path) => path.endsWith('.JPG'))).toHaveLength(COUNT - 1);
  });

  test('leftovers of a crash are cleared away; what only looks like them stays', async () => {
    const folder = join(stage.drive(A), 'roll/DCIM/100MEDIA');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '.F0.JPG.safelight-0123456789ab'), 'half');
    writeFileSync(join(folder, '.F0.JPG.safelight-notes'), 'mine');
    writeFileSync(join(folder, 'F0.JPG.safelight-0123456789ab'), 'mine');
    await copyAll();
    expect(stage.onDrive(A).filter((path) => path.includes('.safelight-'))).toEqual([
      'DCIM/100MEDIA/.F0.JPG.safelight-notes',
      'DCIM/100MEDIA/F0.JPG.safelight-0123456789ab',
    ]);
  });
});
