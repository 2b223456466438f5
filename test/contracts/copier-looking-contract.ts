/** What every copier must do when it looks at what is there already: a placed copy, or the card a second time. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Copier } from '../../src/ports/copier.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { A, CopyStage, noise } from './copier-stage.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(60_000);

const hasher = await makeHasher();
const live = new AbortController().signal;

export function copierLookingContract(name: string, make: () => Promise<Copier>): void {
  describe(`copier looking: ${name}`, () => {
    let copier: Copier;
    let stage: CopyStage;
    beforeEach(async () => {
      copier = await make();
      stage = new CopyStage();
    });
    afterEach(() => stage.remove());

    const look = async (): ReturnType<Copier['readBack']> => {
      const file = stage.listed('A.CR3');
      const request = { file, destination: stage.destination(A), placedAt: 'roll/A.CR3' };
      return await copier.readBack(request, live);
    };

    describe('looking at a placed copy', () => {
      const bytes = noise(70_001);
      beforeEach(async () => {
        const task = stage.task(stage.shoot('A.CR3', bytes));
        await copier.copy(stage.job([task]), stage.events, live);
      });

      test('tells the hash of what stands there', async () => {
        expect(await look()).toMatchObject({
          kind: 'copy-read-back',
          destinationId: A,
          placedAt: 'roll/A.CR3',
          hash: hasher.of(bytes),
          sizeBytes: bytes.length,
        });
      });

      test('also when it is something else', async () => {
        const other = noise(70_001, 9);
        writeFileSync(join(stage.drive(A), 'roll/A.CR3'), other);
        expect(await look()).toMatchObject({ kind: 'copy-read-back', hash: hasher.of(other) });
      });

      test('that has another size', async () => {
        writeFileSync(join(stage.drive(A), 'roll/A.CR3'), 'x');
        expect(await look()).toMatchObject({ kind: 'copy-lost', reason: 'wrong-size' });
      });

      test('that is missing', async () => {
        rmSync(join(stage.drive(A), 'roll'), { recursive: true });
        expect(await look()).toMatchObject({ kind: 'copy-lost', reason: 'missing' });
      });

      test('on a drive that is gone is no news about the copy', async () => {
        const file = stage.listed('A.CR3');
        const destination = stage.destination(A, { deviceNumber: 4_000_000 });
        const request = { file, destination, placedAt: 'roll/A.CR3' };
        await expect(copier.readBack(request, live)).rejects.toMatchObject({
          code: 'drive-changed',
        });
      });
    });

    describe('reading the card again', () => {
      const bytes = noise(3_500_001);

      test('whole: another source read', async () => {
        const file = stage.shoot('A.CR3', bytes);
        expect(await copier.reread(stage.source, file, { kind: 'full' }, live)).toEqual([
          expect.objectContaining({
            kind: 'source-read',
            fileId: file.id,
            hash: hasher.of(bytes),
            sizeBytes: bytes.length,
          }),
        ]);
      });

      test('in samples: equal to a good copy, or not', async () => {
        const file = stage.shoot('A.CR3', bytes);
        const goodCopy = join(stage.drive(A), 'good');
        writeFileSync(goodCopy, bytes);
        const same = await copier.reread(stage.source, file, { kind: 'sample', goodCopy }, live);
        expect(same).toEqual([expect.objectContaining({ kind: 'source-sample', fileId: file.id })]);
        const [sample] = same;
        if (sample?.kind !== 'source-sample') throw new Error('no sample');
        expect(sample.secondHash).toBe(sample.firstHash);
        expect(sample.sampledBytes).toBeGreaterThanOrEqual(2 << 20);

        const other = Uint8Array.from(bytes);
        other[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        writeFileSync(goodCopy, other);
        const [differs] = await copier.reread(
          stage.source,
          file,
          { kind: 'sample', goodCopy },
          live,
        );
        if (differs?.kind !== 'source-sample') throw new Error('no sample');
        expect(differs.secondHash).toBe(sample.secondHash);
        expect(differs.firstHash).not.toBe(sample.firstHash);
      });

      test('a file that is not there is evidence', async () => {
        const file = stage.shoot('A.CR3', bytes);
        rmSync(join(stage.card, 'A.CR3'));
        expect(await copier.reread(stage.source, file, { kind: 'full' }, live)).toEqual([
          expect.objectContaining({ kind: 'source-unreadable', fileId: file.id }),
        ]);
      });

      test('a card that is out says nothing', async () => {
        const file = stage.shoot('A.CR3', bytes);
        stage.cardIn = false;
        expect(await copier.reread(stage.source, file, { kind: 'full' }, live)).toEqual([]);
      });
    });
  });
}
