/** What every copier must do, whatever the drives are. How it proves its read-backs is tried on real filesystems. */
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Copier } from '../../src/ports/copier.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { A, B, CopyStage, noise } from './copier-stage.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(60_000);

const hasher = await makeHasher();
const live = new AbortController().signal;

export function copierContract(name: string, make: () => Promise<Copier>): void {
  describe(`copier: ${name}`, () => {
    let copier: Copier;
    let stage: CopyStage;
    beforeEach(async () => {
      copier = await make();
      stage = new CopyStage();
    });
    afterEach(() => stage.remove());

    const bytesAt = (drive: typeof A, path: string): Buffer =>
      readFileSync(join(stage.drive(drive), path));

    test('places every file on every drive, byte for byte, and keeps the times', async () => {
      const contents = {
        'DCIM/100CANON/IMG_0001.CR3': noise(5_000_001, 1),
        'DCIM/100CANON/IMG_0001.JPG': noise(70_000, 2),
        'DCIM/101CANON/IMG_0001.JPG': noise(70_000, 3),
        'DCIM/EMPTY.DAT': new Uint8Array(0),
        'DCIM/ONE.DAT': noise(1, 4),
        'DCIM/BLOCK.DAT': noise(4096, 5),
        'DCIM/BLOCK1.DAT': noise(4097, 6),
        'ÄÖ ü "q" \'s\' ’.MOV': noise(9000, 7),
      };
      const tasks = Object.entries(contents).map(([path, bytes], i) =>
        stage.task(stage.shoot(path, bytes, 1_700_000_000 + 2 * i)),
      );
      const outcome = await copier.copy(stage.job(tasks), stage.events, live);
      expect(outcome).toMatchObject({ lostLegs: [], sourceGone: false });
      for (const [path, bytes] of Object.entries(contents)) {
        for (const drive of [A, B]) {
          expect(bytesAt(drive, `roll/${path}`).equals(bytes)).toBe(true);
          const copied = statSync(join(stage.drive(drive), 'roll', path)).mtimeMs;
          expect(copied).toBe(statSync(join(stage.card, path)).mtimeMs);
        }
      }
      expect(stage.onDrive(A)).toEqual(stage.onDrive(B));
      expect(stage.onDrive(A).filter((path) => !path.endsWith('/'))).toHaveLength(8);
    });

    test('commits one source read and one read-back per drive, all with the hash of the bytes', async () => {
      const bytes = noise(123_457);
      const file = stage.shoot('DCIM/A.CR3', bytes);
      await copier.copy(stage.job([stage.task(file)]), stage.events, live);
      const about = { fileId: file.id, hash: hasher.of(bytes), sizeBytes: bytes.length };
      expect(stage.committed).toHaveLength(3);
      expect(stage.committed[0]).toMatchObject({ kind: 'source-read', ...about });
      for (const id of [A, B]) {
        expect(stage.drafts('copy-read-back').find((d) => d.destinationId === id)).toMatchObject({
          ...about,
          mediumId: `disk-of-${id}`,
          placedAt: 'roll/DCIM/A.CR3',
        });
      }
    });

    test('a copy from a copy makes no source evidence', async () => {
      const file = stage.shoot('DCIM/A.CR3', noise(5000));
      const expected = hasher.of(noise(5000));
      const task = stage.task(file, { to: [B], expected });
      await copier.copy(stage.job([task], { from: 'copy' }), stage.events, live);
      expect(stage.committed.map(({ kind }) => kind)).toEqual(['copy-read-back']);
      expect(stage.onDrive(A)).not.toContain('DCIM/A.CR3');
      expect(stage.onDrive(B)).toContain('DCIM/A.CR3');
    });

    test('makes folders, empty ones too', async () => {
      const job = stage.job([], { folders: ['MISC', 'PRIVATE/AVCHD/BDMV'] });
      await copier.copy(job, stage.events, live);
      expect(stage.onDrive(A)).toEqual([
        'MISC/',
        'PRIVATE/',
        'PRIVATE/AVCHD/',
        'PRIVATE/AVCHD/BDMV/',
      ]);
      expect(stage.onDrive(B)).toEqual(stage.onDrive(A));
    });

    test('a second run adopts what stands there and writes nothing', async () => {
      const tasks = [
        stage.task(stage.shoot('DCIM/A.CR3', noise(50_000, 1))),
        stage.task(stage.shoot('DCIM/E.DAT', '')),
      ];
      await copier.copy(stage.job(tasks), stage.events, live);
      const before = [A, B].map((id) => statSync(join(stage.drive(id), 'roll/DCIM/A.CR3')).ino);
      const first = stage.committed.splice(0);
      await copier.copy(stage.job(tasks), stage.events, live);
      // Small files go side by side: which is done first is nobody's promise.
      expect(told(stage.committed)).toEqual(told(first));
      const after = [A, B].map((id) => statSync(join(stage.drive(id), 'roll/DCIM/A.CR3')).ino);
      expect(after).toEqual(before);
      expect(stage.onDrive(A)).toEqual(['DCIM/', 'DCIM/A.CR3', 'DCIM/E.DAT']);
    });

    test.each([
      ['of the same size', 50_000],
      ['of another size', 7],
    ])('what somebody else has put there %s is never replaced', async (_, size) => {
      const theirs = noise(size, 99);
      mkdirSync(join(stage.drive(A), 'roll/DCIM'), { recursive: true });
      writeFileSync(join(stage.drive(A), 'roll/DCIM/A.CR3'), theirs);
      writeFileSync(join(stage.drive(A), 'roll/DCIM/A_2.CR3'), theirs);
      const ours = noise(50_000, 1);
      const file = stage.shoot('DCIM/A.CR3', ours);
      await copier.copy(stage.job([stage.task(file)]), stage.events, live);
      expect(bytesAt(A, 'roll/DCIM/A.CR3').equals(theirs)).toBe(true);
      expect(bytesAt(A, 'roll/DCIM/A_2.CR3').equals(theirs)).toBe(true);
      expect(bytesAt(A, 'roll/DCIM/A_3.CR3').equals(ours)).toBe(true);
      expect(bytesAt(B, 'roll/DCIM/A.CR3').equals(ours)).toBe(true);
      const placed = stage.drafts('copy-read-back').map(({ placedAt }) => placedAt);
      expect(placed.toSorted()).toEqual(['roll/DCIM/A.CR3', 'roll/DCIM/A_3.CR3']);
    });

    test('neither a link nor a folder in the way is followed or replaced', async () => {
      mkdirSync(join(stage.drive(A), 'roll/B.CR3'), { recursive: true });
      symlinkSync('/dev/null', join(stage.drive(A), 'roll/A.CR3'));
      const tasks = ['A.CR3', 'B.CR3'].map((path) => stage.task(stage.shoot(path, noise(100))));
      await copier.copy(stage.job(tasks), stage.events, live);
      expect(stage.onDrive(A)).toEqual(['A.CR3', 'A_2.CR3', 'B.CR3/', 'B_2.CR3']);
      expect(lstatSync(join(stage.drive(A), 'roll/A.CR3')).isSymbolicLink()).toBe(true);
    });

    test('bytes that are not the expected ones are not placed', async () => {
      const file = stage.shoot('A.CR3', noise(5000, 1));
      const expected = hasher.of(noise(5000, 2));
      const fromCard = stage.job([stage.task(file, { expected })]);
      await copier.copy(fromCard, stage.events, live);
      expect(stage.committed.map(({ kind }) => kind)).toEqual(['source-read']);
      const fromCopy = stage.job([stage.task(file, { expected })], { from: 'copy' });
      const outcome = await copier.copy(fromCopy, stage.events, live);
      expect(stage.committed).toHaveLength(1);
      expect(outcome.badSources).toEqual([file.id]);
      expect(stage.onDrive(A)).toEqual([]);
      expect(stage.onDrive(B)).toEqual([]);
    });

    test('a file that is not there is evidence, and the others go on', async () => {
      const missing = stage.shoot('DCIM/1.CR3', noise(100));
      const good = stage.shoot('DCIM/2.CR3', noise(100));
      rmSync(join(stage.card, 'DCIM/1.CR3'));
      const tasks = [stage.task(missing), stage.task(good)];
      const outcome = await copier.copy(stage.job(tasks), stage.events, live);
      expect(outcome).toMatchObject({ sourceGone: false, lostLegs: [], badSources: [missing.id] });
      expect(stage.drafts('source-unreadable').map(({ fileId }) => fileId)).toEqual([missing.id]);
      expect(stage.onDrive(B)).toEqual(['DCIM/', 'DCIM/2.CR3']);
    });

    test.each([
      ['longer', noise(101)],
      ['shorter', noise(99)],
    ])('a file that is %s than listed is evidence, and nothing is placed', async (_, now) => {
      const file = stage.shoot('1.CR3', noise(100));
      writeFileSync(join(stage.card, '1.CR3'), now);
      await copier.copy(stage.job([stage.task(file)]), stage.events, live);
      expect(stage.committed.map(({ kind }) => kind)).toEqual(['source-unreadable']);
      expect(stage.onDrive(A)).toEqual([]);
    });

    test('a link on the card is not followed, whether it is a file or a folder', async () => {
      const file = stage.shoot('DCIM/1.CR3', noise(100));
      const inFolder = stage.shoot('REAL/1.CR3', noise(100));
      rmSync(join(stage.card, 'DCIM/1.CR3'));
      symlinkSync(join(stage.card, 'REAL/1.CR3'), join(stage.card, 'DCIM/1.CR3'));
      symlinkSync('REAL', join(stage.card, 'LINK'));
      const linked = { ...inFolder, path: 'LINK/1.CR3', placement: 'LINK/1.CR3' };
      await copier.copy(stage.job([stage.task(file), stage.task(linked)]), stage.events, live);
      expect(stage.committed.map(({ kind }) => kind)).toEqual([
        'source-unreadable',
        'source-unreadable',
      ]);
    });

    test('a card that is out gives no evidence at all', async () => {
      const file = stage.shoot('1.CR3', noise(100));
      stage.cardIn = false;
      rmSync(join(stage.card, '1.CR3'));
      const outcome = await copier.copy(stage.job([stage.task(file)]), stage.events, live);
      expect(outcome.sourceGone).toBe(true);
      expect(stage.committed).toEqual([]);
    });

    test('a card that was swapped while a file was read: what was read is thrown away', async () => {
      const file = stage.shoot('1.CR3', noise(100));
      const answers = [true, false];
      const source = { root: stage.card, stillIn: async () => answers.shift() ?? false };
      const job = stage.job([stage.task(file)], { source });
      const outcome = await copier.copy(job, stage.events, live);
      expect(outcome.sourceGone).toBe(true);
      expect(stage.committed).toEqual([]);
      expect(stage.onDrive(A)).toEqual([]);
      expect(stage.onDrive(B)).toEqual([]);
    });

    test('a drive that is not the one that was looked at is dropped, and the other goes on', async () => {
      const tasks = ['1.CR3', '2.CR3'].map((path) => stage.task(stage.shoot(path, noise(100))));
      const strange = stage.destination(B, { deviceNumber: 4_000_000 });
      const targets = [stage.destination(A), strange].map((destination) => ({
        destination,
        folder: 'roll',
      }));
      const outcome = await copier.copy(stage.job(tasks, { targets }), stage.events, live);
      expect(outcome.lostLegs).toEqual([
        expect.objectContaining({ destinationId: B, trouble: 'not-mounted' }),
      ]);
      expect(stage.onDrive(A)).toEqual(['1.CR3', '2.CR3']);
      expect(stage.onDrive(B)).toEqual([]);
      expect(stage.drafts('copy-read-back').map((d) => d.destinationId)).toEqual([A, A]);
      expect(stage.drafts('source-read')).toHaveLength(2);
    });

    test('a file too large for a filesystem is left out there and told; smaller ones go on', async () => {
      const tasks = [
        stage.task(stage.shoot('LARGE.MP4', noise(5000))),
        stage.task(stage.shoot('SMALL.MP4', noise(500))),
      ];
      const fat = stage.destination(B, { maxFileBytes: 4095 });
      const targets = [stage.destination(A), fat].map((destination) => ({
        destination,
        folder: 'roll',
      }));
      const outcome = await copier.copy(stage.job(tasks, { targets }), stage.events, live);
      expect(outcome.lostLegs).toEqual([
        expect.objectContaining({ destinationId: B, trouble: 'file-too-large' }),
      ]);
      expect(stage.onDrive(A)).toEqual(['LARGE.MP4', 'SMALL.MP4']);
      expect(stage.onDrive(B)).toEqual(['SMALL.MP4']);
    });

    test.each(['../x', '/etc/passwd', 'a/../../x', 'a//b', './a', 'a\0b', ''])(
      'the path %j is refused before anything is done',
      async (path) => {
        const file = stage.shoot('1.CR3', noise(100));
        const jobs = [
          stage.job([stage.task({ ...file, placement: path })]),
          stage.job([stage.task(file, { sourcePath: path })]),
          stage.job([], { folders: [path] }),
        ];
        for (const job of jobs) {
          await expect(copier.copy(job, stage.events, live)).rejects.toMatchObject({
            code: 'bad-job',
          });
        }
        expect(stage.onDrive(A)).toEqual([]);
      },
    );

    test('nothing counts as done before its evidence is committed', async () => {
      const tasks = ['1.CR3', '2.CR3', '3.CR3'].map((path, i) =>
        stage.task(stage.shoot(path, noise(1000, i + 1))),
      );
      let committed = 0;
      await copier.copy(
        stage.job(tasks),
        {
          commit: async (drafts) => {
            await new Promise((resolve) => setImmediate(resolve));
            committed += new Set(drafts.map(({ fileId }) => fileId)).size;
          },
          progress: ({ filesDone }) => expect(filesDone).toBeLessThanOrEqual(committed),
        },
        live,
      );
      expect(committed).toBe(3);
    });

    test('tells how far it has come, up to everything', async () => {
      const tasks = ['1.CR3', '2.CR3'].map((path, i) =>
        stage.task(stage.shoot(path, noise(1000, i + 1))),
      );
      await copier.copy(stage.job(tasks), stage.events, live);
      const last = stage.progress.at(-1);
      expect(last).toMatchObject({ filesDone: 2, bytesRead: 2000 });
      expect(last?.bytesReadBack).toEqual(
        new Map([
          [A, 2000],
          [B, 2000],
        ]),
      );
      const reads = stage.progress.map(({ bytesRead }) => bytesRead);
      expect(reads).toEqual(reads.toSorted((a, b) => a - b));
    });

    test('a commit that fails ends the job with its error', async () => {
      const tasks = ['1.CR3', '2.CR3'].map((path) => stage.task(stage.shoot(path, noise(100))));
      const events = {
        ...stage.events,
        commit: async () => Promise.reject(new Error('disk full')),
      };
      await expect(copier.copy(stage.job(tasks), events, live)).rejects.toThrow('disk full');
    });

    test('an abort ends the job with its reason, and no temporary file is left', async () => {
      const tasks = ['1.CR3', '2.CR3'].map((path) => stage.task(stage.shoot(path, noise(200_000))));
      const stop = new AbortController();
      const events = { ...stage.events, progress: () => stop.abort(new Error('enough')) };
      await expect(copier.copy(stage.job(tasks), events, stop.signal)).rejects.toThrow('enough');
      expect(stage.onDrive(A).filter((path) => path.startsWith('.'))).toEqual([]);
      await copier.copy(stage.job(tasks), stage.events, live);
      expect(stage.onDrive(A)).toEqual(['1.CR3', '2.CR3']);
    });
  });
}

function told(drafts: readonly { at: number }[]): readonly string[] {
  return drafts.map((draft) => JSON.stringify(withoutTime(draft))).toSorted();
}

/** All but the moment; hashes and places must be equal. */
function withoutTime<T extends { at: number }>(draft: T): T {
  return { ...draft, at: 0 };
}
