/** What every ledger must promise about evidence: exact, in order, all or nothing, with the file it is about. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Evidence, EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId, asRemoteId } from '../../src/core/ids.ts';
import type { Inventory } from '../../src/core/inventory.ts';
import type { FileRecord, Ledger } from '../../src/ports/ledger.ts';
import { anyCopied, anyEvidence, evidenceOfKind, KINDS } from './ledger-arbitraries.ts';
import type { LedgerHouse } from './ledger-contract.ts';
import {
  allRecords,
  AT,
  B2,
  cardWithFiles,
  copyReadBack,
  newFile,
  scanOf,
  sighting,
  sourceRead,
} from './ledger-samples.ts';

export function evidenceContract(name: string, newHouse: () => Promise<LedgerHouse>): void {
  describe(`${name}: evidence`, () => {
    let house: LedgerHouse;
    let ledger: Ledger;
    beforeEach(async () => {
      house = await newHouse();
      ledger = await house.open();
    });
    afterEach(async () => {
      await ledger.close();
      await house.remove();
    });

    test.each(KINDS)('%s comes back exactly as it went in', async (kind) => {
      const { ids, inventory } = await cardWithFiles(ledger, 2);
      await fc.assert(
        fc.asyncProperty(evidenceOfKind(kind, ids), async (draft) => {
          await ledger.append([draft]);
          const about = (await allRecords(ledger, inventory)).find(
            (r) => r.file.id === draft.fileId,
          );
          const seq = about?.evidence.at(-1)?.seq;
          expect(seq).toEqual(expect.any(Number));
          expect(about?.evidence.at(-1)).toStrictEqual({ ...draft, seq });
        }),
        { numRuns: 25 },
      );
    });

    test('records get rising numbers in the order given', async () => {
      const { ids, inventory } = await cardWithFiles(ledger, 3);
      const drafts = ids.toReversed().flatMap((id) => [copyReadBack(id), sourceRead(id)]);
      await ledger.append(drafts);
      await ledger.append(drafts);
      const kept = await evidenceOf(ledger, inventory);
      expect(kept.map(withoutSeq)).toEqual([...drafts, ...drafts]);
      expect(new Set(kept.map(({ seq }) => seq)).size).toBe(12);
    });

    test.each([19, 20, 21, 40, 47])(
      '%i records at once keep each its own number',
      async (count) => {
        const { ids, inventory } = await cardWithFiles(ledger, count);
        const drafts = ids.toReversed().map((id) => sourceRead(id));
        await ledger.append(drafts);
        const kept = await evidenceOf(ledger, inventory);
        expect(kept.map(withoutSeq)).toEqual(drafts);
        expect(new Set(kept.map(({ seq }) => seq)).size).toBe(count);
      },
    );

    test.each([0, 19, 20, 29, 46])(
      'of 47 records with one bad (number %i) none is stored',
      async (bad) => {
        const { ids, inventory } = await cardWithFiles(ledger, 47);
        const drafts = ids.map((id, i) => sourceRead(i === bad ? asFileId(4_711) : id));
        await expect(ledger.append(drafts)).rejects.toMatchObject({ code: 'unknown' });
        expect(await evidenceOf(ledger, inventory)).toEqual([]);
      },
    );

    test('repeating a record adds a record', async () => {
      const { ids, inventory } = await cardWithFiles(ledger, 1);
      for (let i = 0; i < 3; i += 1) await ledger.append(ids.map((id) => sourceRead(id)));
      expect((await allRecords(ledger, inventory))[0]?.evidence).toHaveLength(3);
    });

    test('nothing to append is nothing', async () => {
      const { inventory } = await cardWithFiles(ledger, 1);
      await ledger.append([]);
      expect(await evidenceOf(ledger, inventory)).toEqual([]);
    });

    test.each([0, 1, 2])('with one bad record (number %i) none is stored', async (bad) => {
      const { ids, inventory } = await cardWithFiles(ledger, 3);
      const drafts = ids.map((id, i) => sourceRead(i === bad ? asFileId(4_711) : id));
      await expect(ledger.append(drafts)).rejects.toMatchObject({ code: 'unknown' });
      expect(await evidenceOf(ledger, inventory)).toEqual([]);
      await ledger.append(ids.map((id) => sourceRead(id)));
      expect((await allRecords(ledger, inventory)).every((r) => r.evidence.length === 1)).toBe(
        true,
      );
    });

    test('what is told cannot be used to change what is stored', async () => {
      const { ids, inventory } = await cardWithFiles(ledger, 1);
      const digests = [{ algorithm: 'md5' as const, value: 'aa' }];
      const object = { remoteId: B2, key: 'k', sizeBytes: 1 };
      const read = sourceRead(ids[0] ?? asFileId(1));
      if (read.kind !== 'source-read') throw new TypeError('wrong sample');
      await ledger.append([{ ...read, kind: 'upload-pass', ...object, digests }]);
      digests.push({ algorithm: 'md5', value: 'bb' });
      const [record] = await allRecords(ledger, inventory);
      expect(record?.evidence).toMatchObject([{ digests: [{ value: 'aa' }] }]);
    });

    test('an inventory is told with all evidence about its files and no other', async () => {
      const { roll, ids } = await cardWithFiles(ledger, 4);
      const other = await cardWithFiles(ledger, 2, 'b');
      await ledger.append([...other.ids, ...ids].map((id) => sourceRead(id)));
      await ledger.append([...ids, ...other.ids].map((id) => sighting(id)));
      const kept = ids.filter((_, i) => i !== 1);
      const draft = scanOf(roll, { known: kept, fresh: [newFile('later')] });
      const inventory = await ledger.recordInventory(draft);
      const records = await allRecords(ledger, inventory);
      expect(records.map(({ evidence }) => evidence.map(({ kind }) => kind))).toEqual([
        ['source-read', 'offsite-sighting'],
        ['source-read', 'offsite-sighting'],
        ['source-read', 'offsite-sighting'],
        [],
      ]);
      expect(records.every((r) => r.evidence.every((item) => item.fileId === r.file.id))).toBe(
        true,
      );
    });

    test('batches hold each file once, in one order, whatever was appended in between', async () => {
      const { ids, inventory } = await cardWithFiles(ledger, 1_234);
      await ledger.append(ids.filter((id) => id % 3 > 0).map((id) => sourceRead(id)));
      const seen: FileRecord[] = [];
      for await (const batch of ledger.records(inventory)) {
        expect(batch.length).toBeGreaterThan(0);
        seen.push(...batch);
        await ledger.append(ids.slice(-1).map((id) => copyReadBack(id)));
      }
      expect(seen.map(({ file }) => file.id)).toEqual(ids);
      expect((await allRecords(ledger, inventory)).map(({ file }) => file.id)).toEqual(ids);
    });

    test('any appends are told back in order', async () => {
      const { ids, inventory } = await cardWithFiles(ledger, 5);
      const given: EvidenceDraft[] = [];
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvidence(ids), { maxLength: 8 }), async (drafts) => {
          await ledger.append(drafts);
          given.push(...drafts);
          const told = await evidenceOf(ledger, inventory);
          expect(told.map(withoutSeq)).toStrictEqual(given);
        }),
        { numRuns: 20 },
      );
    });

    test('files that were read and copied are told record by record, whatever they have in common', async () => {
      const { ids, inventory } = await cardWithFiles(ledger, 3);
      const given: EvidenceDraft[] = [];
      const some = fc.array(
        fc.oneof(
          anyCopied(ids),
          anyEvidence(ids).map((draft) => [draft]),
        ),
      );
      await fc.assert(
        fc.asyncProperty(some, async (parts) => {
          const drafts = parts.flat();
          await ledger.append(drafts);
          given.push(...drafts);
          const told = await evidenceOf(ledger, inventory);
          expect(told.map(withoutSeq)).toStrictEqual(given);
          expect(new Set(told.map(({ seq }) => seq)).size).toBe(given.length);
        }),
        { numRuns: 40 },
      );
    });

    test('a remote was last seen when any witness last had an answer, good or bad', async () => {
      const { ids } = await cardWithFiles(ledger, 1);
      const [id = asFileId(1)] = ids;
      expect(await ledger.lastSightingAt(B2)).toBeUndefined();
      await ledger.append([sourceRead(id, AT + 50), copyReadBack(id)]);
      expect(await ledger.lastSightingAt(B2)).toBeUndefined();
      await ledger.append([sighting(id, AT + 20)]);
      expect(await ledger.lastSightingAt(B2)).toBe(AT + 20);
      // The clock was set back: the later answer is the later record, not the later date.
      await ledger.append([
        { kind: 'offsite-absent', fileId: id, at: AT + 10, remoteId: B2, key: 'k' },
      ]);
      expect(await ledger.lastSightingAt(B2)).toBe(AT + 10);
      expect(await ledger.lastSightingAt(asRemoteId('nas'))).toBeUndefined();
    });
  });
}

/** All evidence about the files of an inventory, in the order of seq. */
async function evidenceOf(ledger: Ledger, inventory: Inventory): Promise<readonly Evidence[]> {
  const records = await allRecords(ledger, inventory);
  return records.flatMap(({ evidence }) => evidence).toSorted((a, b) => a.seq - b.seq);
}

function withoutSeq({ seq: _seq, ...draft }: Evidence): EvidenceDraft {
  return draft;
}
