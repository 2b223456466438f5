/**
 * System calls of the built engine that fail or lie, one at a time (strace). Whatever fails: it comes to an end,
 * nothing wrong stands under a final name, nothing untrue is committed, and the drive that did not fail has it all.
 * Needs root and strace.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import type { ContentHash } from '../../src/core/ids.ts';
import type { CardFile } from '../../src/core/inventory.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { A, B, CopyStage, noise } from '../contracts/copier-stage.ts';
import { canMountLoops, TestDrive } from './engine-drives.ts';
import { committedIn, type EngineEnd, EngineProcess, hasStrace } from './engine-process.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(120_000);

const hasher = await makeHasher();

const lostIn = (end: EngineEnd): number => end.outcome?.lostLegs.length ?? -1;

const CAN = canMountLoops() && hasStrace();

(CAN ? describe : describe.skip)('when a system call fails', () => {
  let engine: EngineProcess;
  let stage: CopyStage;
  let files: CardFile[];
  let hashes: ReadonlyMap<number, ContentHash>;
  let drives: readonly TestDrive[];
  beforeAll(() => {
    engine = new EngineProcess();
    drives = [new TestDrive('ext4'), new TestDrive('ext4')];
  });
  afterAll(() => {
    engine.remove();
    for (const drive of drives) drive.remove();
  });
  beforeEach(() => {
    const [a = '', b = ''] = drives.map(({ mount }) => mount);
    stage = new CopyStage({ drives: [a, b] });
  });
  afterEach(() => {
    for (const { mount } of drives) rmSync(join(mount, 'roll'), { recursive: true, force: true });
    stage.remove();
  });

  const shoot = (sizes: readonly number[]): void => {
    files = sizes.map((size, i) => stage.shoot(`DCIM/F${i}.CR3`, noise(size, i + 1)));
    hashes = new Map(
      files.map(({ id, path }) => [id, hasher.of(readFileSync(join(stage.card, path)))]),
    );
  };

  const runWith = (fault: string): EngineEnd => {
    const trace = join(stage.folder, 'trace');
    const [call = ''] = fault.split(':');
    const end = engine.run(
      {
        card: stage.card,
        drives: [...stage.drives],
        tasks: files.map((file) => stage.task(file)),
        ledger: join(stage.folder, 'ledger'),
        endHard: true,
      },
      ['strace', '-f', '-qq', '-o', trace, '-e', `trace=${call}`, '-e', `inject=${fault}`],
    );
    // A fault that never came would make every test here pass.
    expect([fault, readFileSync(trace, 'utf8').includes('(INJECTED)')]).toEqual([fault, true]);
    return end;
  };

  const committed = (): ReturnType<typeof committedIn> => committedIn(join(stage.folder, 'ledger'));

  const expectHonest = (fault: string, end: EngineEnd): void => {
    const { signal, stderr, error } = end;
    const told = { fault, signal, stderr, error, sourceGone: end.outcome?.sourceGone };
    expect(told).toMatchObject({ error: undefined, sourceGone: false });
    for (const id of [A, B]) {
      for (const file of files) {
        const copy = join(stage.drive(id), 'roll', file.path);
        const found = existsSync(copy) ? hasher.of(readFileSync(copy)) : hashes.get(file.id);
        expect([fault, file.path, found]).toEqual([fault, file.path, hashes.get(file.id)]);
      }
    }
    for (const draft of committed()) {
      if (draft.kind === 'copy-read-back') {
        const bytes = readFileSync(join(stage.drive(draft.destinationId), draft.placedAt));
        expect([fault, hasher.of(bytes)]).toEqual([fault, hashes.get(draft.fileId)]);
      }
      if (draft.kind === 'source-read') expect(draft.hash).toBe(hashes.get(draft.fileId));
    }
  };

  /** Every file that the card could give is on each drive that was not lost. */
  const expectComplete = (fault: string, end: EngineEnd): void => {
    const lost = new Set(end.outcome?.lostLegs.map(({ destinationId }) => destinationId));
    const bad = new Set(end.outcome?.badSources);
    for (const id of [A, B].filter((one) => !lost.has(one))) {
      const have = committed().flatMap((draft) =>
        draft.kind === 'copy-read-back' && draft.destinationId === id ? [draft.fileId] : [],
      );
      const lacking = files.filter((file) => !bad.has(file.id) && !have.includes(file.id));
      expect([fault, id, lacking.map(({ path }) => path)]).toEqual([fault, id, []]);
    }
  };

  describe('in the careful way', () => {
    beforeEach(() => shoot([36_000_001, 5000, 0]));

    /** Once: the drive that met it is dropped, and the other is complete. */
    test.each([
      'fsync:error=EIO:when=4',
      'fsync:error=EIO:when=6',
      'fsync:error=EIO:when=9',
      'fdatasync:error=EIO:when=1',
      'fdatasync:error=EIO:when=2',
      'pwrite64:error=EIO:when=3',
      'pwrite64:error=ENOSPC:when=5',
      'pwrite64:error=EROFS:when=1',
      'pwrite64:retval=0:when=4',
      'renameat2:error=EIO:when=1',
      'ftruncate:error=EIO:when=2',
      'mkdir:error=EROFS:when=1',
    ])('%s', (fault) => {
      const end = runWith(fault);
      expectHonest(fault, end);
      expectComplete(fault, end);
      expect(lostIn(end)).toBe(1);
    });

    /** Either it is the card's or a drive's; both get another try, and all is well. */
    test.each([
      'pread64:error=EIO:when=13',
      'pread64:error=EIO:when=24',
      'pread64:retval=0:when=14',
      'pread64:retval=0:when=25',
      'pread64:retval=4096:when=15',
      'pread64:retval=100:when=16',
      'pread64:retval=100:when=23',
      'pwrite64:retval=4096:when=3',
    ])('%s: tried again', (fault) => {
      const end = runWith(fault);
      expectHonest(fault, end);
      expectComplete(fault, end);
      expect(lostIn(end)).toBe(0);
    });
  });

  describe('in a long file of the card', () => {
    // As with a card that is pulled: reads that are under way at the same time fail together, in whatever order.
    test.each([0, 20, 50, 50, 200, 200])('all of its reads fail, after %d ms', (ms) => {
      shoot([36 << 20, 1 << 20]);
      const [bad, good] = files;
      const path = join(stage.card, bad?.path ?? '');
      const fault = [
        '-e',
        'trace=pread64',
        '-e',
        `inject=pread64:error=EIO:delay_enter=${ms * 1_000}`,
      ];
      const end = engine.run(
        {
          card: stage.card,
          drives: [...stage.drives],
          tasks: files.map((file) => stage.task(file)),
          ledger: join(stage.folder, 'ledger'),
          endHard: true,
        },
        [
          'env',
          'UV_THREADPOOL_SIZE=4',
          'strace',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-P',
          path,
          ...fault,
        ],
      );
      expectHonest(`after ${ms} ms`, end);
      expect(end.outcome?.badSources).toEqual([bad?.id]);
      expect(committed().filter((draft) => draft.kind === 'source-read')).toMatchObject([
        { fileId: good?.id },
      ]);
    });
  });

  describe('in the careful way, with whole buffers only', () => {
    // No system ever claims to have written more than it was given; Node ends the process when one does.
    beforeEach(() => shoot([36 << 20]));

    test.each(['pwrite64:retval=4194304:when=2', 'pwrite64:retval=4194304:when=7'])(
      '%s, a lie: tried again',
      (fault) => {
        const end = runWith(fault);
        expectHonest(fault, end);
        expectComplete(fault, end);
        expect(lostIn(end)).toBe(0);
      },
    );

    test('a drive that always lies about writing is named, and nothing of it is believed', () => {
      const fault = 'pwrite64:retval=4194304:when=2+2';
      const end = runWith(fault);
      expectHonest(fault, end);
      expect(lostIn(end)).toBeGreaterThanOrEqual(1);
    });
  });

  describe('in the careful way, every time', () => {
    beforeEach(() => shoot([36_000_001, 5000, 0]));

    test.each(['fsync', 'pwrite64', 'renameat2'])('%s fails every time: both are lost', (call) => {
      const fault = `${call}:error=EIO:when=1+`;
      const end = runWith(fault);
      expectHonest(fault, end);
      expect(lostIn(end)).toBe(2);
      expect(committed().filter(({ kind }) => kind === 'copy-read-back')).toEqual([]);
    });
  });

  describe('in a batch', () => {
    beforeEach(() => shoot(Array.from({ length: 16 }, (_, i) => 1 + i * 4000)));

    test.each([
      'syncfs:error=EIO:when=1',
      'syncfs:error=EIO:when=2',
      'pwrite64:error=EIO:when=3',
      'pwrite64:error=ENOSPC:when=20',
      'fsync:error=EIO:when=5',
    ])('%s', (fault) => {
      const end = runWith(fault);
      expectHonest(fault, end);
      expectComplete(fault, end);
      expect(lostIn(end)).toBe(1);
    });

    test('renameat2:error=EROFS:when=4: one drive, or both when both threads meet it', () => {
      const fault = 'renameat2:error=EROFS:when=4';
      const end = runWith(fault);
      expectHonest(fault, end);
      expectComplete(fault, end);
      expect([1, 2]).toContain(lostIn(end));
    });

    test.each([
      'pread64:error=EIO:when=13',
      'pread64:retval=0:when=14',
      'pread64:retval=100:when=15',
      'pread64:error=EIO:when=20',
      'pwrite64:retval=4001:when=3',
      'renameat2:error=EINVAL:when=2',
    ])('%s: tried again', (fault) => {
      const end = runWith(fault);
      expectHonest(fault, end);
      expectComplete(fault, end);
      expect(lostIn(end)).toBe(0);
    });
  });
});
