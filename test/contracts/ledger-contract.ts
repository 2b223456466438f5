/** What every ledger must promise: cards, rolls, inventories, notes, and that all of it lasts. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cardKey } from '../../src/core/card.ts';
import { asCardId, asFileId, asInventoryId, asRemoteId, asRollId } from '../../src/core/ids.ts';
import type { Ledger, LedgerReader } from '../../src/ports/ledger.ts';
import { evidenceContract } from './ledger-evidence-contract.ts';
import {
  allOf,
  allRecords,
  AT,
  B2,
  cardNamed,
  cardWithFiles,
  cardWithRoll,
  copyReadBack,
  everything,
  manyFiles,
  newFile,
  scanOf,
  sighting,
  sourceRead,
} from './ledger-samples.ts';

/** One place where a ledger is kept. Opening it twice in a row gives the same ledger. */
export interface LedgerHouse {
  open(): Promise<Ledger>;
  openReader(): Promise<LedgerReader>;
  remove(): Promise<void>;
}

const folderFor = (n: number): string => `2026/A003_${n}`;

export function ledgerContract(name: string, newHouse: () => Promise<LedgerHouse>): void {
  describe(`${name}: cards, rolls, inventories, notes`, () => {
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

    describe('cards', () => {
      test('a new ledger knows none', async () => {
        expect(await ledger.cards()).toEqual([]);
        expect(await ledger.currentRoll(cardNamed('a').id)).toBeUndefined();
        expect(await ledger.rolls(cardNamed('a').id)).toEqual([]);
      });

      test('a later insertion changes label, place and last time, and nothing else', async () => {
        const card = cardNamed('a');
        await ledger.recordInsertion(card);
        const changed = { label: 'NEW', lastSeenAt: AT + 9, lastRoot: '/media/NEW' };
        await ledger.recordInsertion({ ...card, firstSeenAt: AT + 9, ...changed });
        const { key: _key, ...known } = card;
        expect(await ledger.cards()).toEqual([{ ...known, ...changed }]);
      });

      test('are told with their own serial where their key has one', async () => {
        const facts = {
          kind: 'volume',
          fsType: 'vfat',
          volumeSerial: 'A-1',
          sizeBytes: 9,
        } as const;
        const own = { ...cardNamed('a'), key: cardKey({ ...facts, hardwareSerial: 'cid:03' }) };
        await ledger.recordInsertion(own);
        await ledger.recordInsertion({ ...cardNamed('b'), key: cardKey(facts) });
        expect((await ledger.cards()).map(({ hardwareSerial }) => hardwareSerial)).toEqual([
          'cid:03',
          undefined,
        ]);
      });

      test('are told in the order in which they were first seen', async () => {
        for (const digit of ['c', 'a', 'b', 'a']) await ledger.recordInsertion(cardNamed(digit));
        const ids = (await ledger.cards()).map(({ id }) => id.charAt(0));
        expect(ids).toEqual(['c', 'a', 'b']);
      });

      test('two different cards never share an id', async () => {
        await ledger.recordInsertion(cardNamed('a'));
        const other = { ...cardNamed('a'), key: 'volume\0exfat\0other', label: 'OTHER' };
        await expect(ledger.recordInsertion(other)).rejects.toMatchObject({ code: 'invalid' });
        expect((await ledger.cards()).map(({ label }) => label)).toEqual(['CARD_a']);
      });
    });

    describe('rolls', () => {
      test('a folder that is taken, by whichever card, is not given again', async () => {
        for (const digit of ['a', 'b']) await ledger.recordInsertion(cardNamed(digit));
        const first = await ledger.startRoll(cardNamed('a').id, AT, folderFor);
        const second = await ledger.startRoll(cardNamed('b').id, AT + 1, folderFor);
        const third = await ledger.startRoll(cardNamed('a').id, AT + 2, folderFor);
        expect([first, second, third].map(({ folder }) => folder)).toEqual([
          '2026/A003_1',
          '2026/A003_2',
          '2026/A003_3',
        ]);
        expect(await ledger.rolls(cardNamed('a').id)).toEqual([first, third]);
        expect(await ledger.currentRoll(cardNamed('a').id)).toEqual(third);
        expect(await ledger.currentRoll(cardNamed('b').id)).toEqual(second);
      });

      test.each([
        ['case', 'Hochzeit/A', 'HOCHZEIT/a'],
        ['composition', 'Caf\u00e9', 'Cafe\u0301'],
      ])('folders that differ in %s only are one folder on many drives', async (_, one, other) => {
        await ledger.recordInsertion(cardNamed('a'));
        await ledger.startRoll(cardNamed('a').id, AT, () => one);
        const folders = [other, 'free'];
        const roll = await ledger.startRoll(cardNamed('a').id, AT, (n) => folders[n - 1] ?? '');
        expect(roll.folder).toBe('free');
      });

      test('a template that never gives a free folder is an error, not an endless search', async () => {
        await ledger.recordInsertion(cardNamed('a'));
        await ledger.startRoll(cardNamed('a').id, AT, () => 'always');
        const second = ledger.startRoll(cardNamed('a').id, AT, () => 'always');
        await expect(second).rejects.toMatchObject({ code: 'invalid' });
        expect(await ledger.rolls(cardNamed('a').id)).toHaveLength(1);
      });

      test('need a card that is known', async () => {
        const roll = ledger.startRoll(asCardId('9'.repeat(16)), AT, () => 'x');
        await expect(roll).rejects.toMatchObject({ code: 'unknown' });
      });
    });

    describe('inventories', () => {
      test('a scan is told as it was recorded', async () => {
        const roll = await cardWithRoll(ledger);
        const draft = scanOf(roll, {
          fresh: [newFile('b.MOV', 7), newFile('a.JPG', 5)],
          ignored: [{ path: '.Trashes', reason: 'system junk' }],
          problems: [
            { path: 'DCIM/101', reason: 'EIO' },
            { path: 'PRIVATE/M4ROOT/CLIP/C0002.MP4', reason: 'not there', missing: true },
          ],
        });
        const inventory = await ledger.recordInventory(draft);
        expect(inventory).toMatchObject({ fileCount: 2, totalBytes: 12, scannedAt: AT });
        expect(inventory.problems).toEqual(draft.problems);
        expect(await ledger.latestInventory(roll.id)).toEqual(inventory);
        expect(await ledger.ignored(inventory)).toEqual(draft.ignored);
        const files = await allOf(ledger.knownFiles(roll.id));
        expect(files.map(({ id: _id, ...file }) => file)).toEqual(draft.fresh);
        const records = await allRecords(ledger, inventory);
        expect(records).toEqual(files.map((file) => ({ file, evidence: [] })));
      });

      test('its files alone are those of its records, also where some in between are gone', async () => {
        const { roll, ids } = await cardWithFiles(ledger, 9);
        const known = ids.filter((_, i) => i % 3 !== 1);
        const inventory = await ledger.recordInventory(scanOf(roll, { known }));
        const files = (await allRecords(ledger, inventory)).map(({ file }) => file);
        expect(files).toHaveLength(6);
        expect(await allOf(ledger.files(inventory))).toEqual(files);
      });

      test('records of some files are those and no others, each once', async () => {
        const { inventory, ids } = await cardWithFiles(ledger, 9);
        await ledger.append(ids.map((id) => sourceRead(id)));
        const all = await allRecords(ledger, inventory);
        const wanted = [6, 1, 7, 6].flatMap((i) => ids[i] ?? []);
        const told = await allOf(ledger.recordsOf(wanted));
        expect(told).toEqual([1, 6, 7].map((i) => all[i]));
        expect(await allOf(ledger.recordsOf([]))).toEqual([]);
      });

      test('records of a file that is not there are an error, never an empty answer', async () => {
        const { ids } = await cardWithFiles(ledger, 2);
        const told = allOf(ledger.recordsOf([...ids, asFileId(77)]));
        await expect(told).rejects.toMatchObject({ name: 'LedgerError' });
      });

      test('a roll that was never listed has none', async () => {
        const roll = await cardWithRoll(ledger);
        expect(await ledger.latestInventory(roll.id)).toBeUndefined();
        expect(await allOf(ledger.knownFiles(roll.id))).toEqual([]);
      });

      test('an empty scan is an inventory too', async () => {
        const roll = await cardWithRoll(ledger);
        const inventory = await ledger.recordInventory(scanOf(roll));
        expect(inventory).toMatchObject({ fileCount: 0, totalBytes: 0 });
        expect(await allRecords(ledger, inventory)).toEqual([]);
      });

      test('the newest one counts; the files of earlier ones stay known', async () => {
        const { roll, ids } = await cardWithFiles(ledger, 3);
        const known = ids.slice(0, 2);
        const fresh = [newFile('DCIM/3.CR3', 99)];
        const later = scanOf(roll, { scannedAt: AT + 1, known, fresh });
        const inventory = await ledger.recordInventory(later);
        expect(inventory).toMatchObject({ fileCount: 3, totalBytes: 0 + 1 + 99 });
        expect(await ledger.latestInventory(roll.id)).toEqual(inventory);
        const all = await allOf(ledger.knownFiles(roll.id));
        expect(all.map(({ sizeBytes }) => sizeBytes)).toEqual([0, 1, 2, 99]);
        const records = await allRecords(ledger, inventory);
        expect(records.map(({ file }) => file.sizeBytes)).toEqual([0, 1, 99]);
      });

      test('an earlier one can still be asked for', async () => {
        const { roll, inventory, ids } = await cardWithFiles(ledger, 3);
        const ignored = [{ path: 'x', reason: 'junk' }];
        await ledger.recordInventory(scanOf(roll, { known: ids.slice(1), ignored }));
        expect(await allRecords(ledger, inventory)).toHaveLength(3);
        expect(await ledger.ignored(inventory)).toEqual([]);
      });

      test('each scan is an inventory of its own even when nothing changed', async () => {
        const { roll, inventory, ids } = await cardWithFiles(ledger, 3);
        const again = await ledger.recordInventory(
          scanOf(roll, { scannedAt: AT + 5, known: ids.toReversed() }),
        );
        expect(again.id).not.toBe(inventory.id);
        expect({ ...again, id: inventory.id, scannedAt: AT }).toEqual(inventory);
        expect(await allRecords(ledger, again)).toEqual(await allRecords(ledger, inventory));
      });

      test.each([
        ['a file that does not exist', 'unknown', [asFileId(1), asFileId(99)]],
        ['a file of another roll', 'unknown', [asFileId(1), asFileId(4)]],
        ['one file twice', 'invalid', [asFileId(1), asFileId(1)]],
      ])('%s in a scan is refused whole', async (_, code, known) => {
        const { roll, inventory } = await cardWithFiles(ledger, 3);
        await cardWithFiles(ledger, 2, 'b');
        const draft = scanOf(roll, { known, fresh: [newFile('new')] });
        await expect(ledger.recordInventory(draft)).rejects.toMatchObject({ code });
        expect(await ledger.latestInventory(roll.id)).toEqual(inventory);
        expect(await allOf(ledger.knownFiles(roll.id))).toHaveLength(3);
      });

      test('a roll or an inventory that is not there is an error, never an empty answer', async () => {
        const { roll, inventory } = await cardWithFiles(ledger, 1);
        const stray = scanOf({ ...roll, id: asRollId(77) });
        await expect(ledger.recordInventory(stray)).rejects.toMatchObject({ code: 'unknown' });
        const gone = { ...inventory, id: asInventoryId(77) };
        await expect(allRecords(ledger, gone)).rejects.toMatchObject({ code: 'unknown' });
        await expect(ledger.ignored(gone)).rejects.toMatchObject({ code: 'unknown' });
      });
    });

    describe('working notes', () => {
      const note = { key: 'A/1', uploadId: 'u1', partSizeBytes: 8_388_608, startedAt: AT };

      test('an upload begun is remembered per file and remote until dropped', async () => {
        const { ids } = await cardWithFiles(ledger, 2);
        const [one, two] = [ids[0] ?? asFileId(9), ids[1] ?? asFileId(9)];
        const nas = asRemoteId('nas');
        expect(await ledger.uploadNote(one, B2)).toBeUndefined();
        await ledger.saveUploadNote(two, B2, { ...note, key: 'A/2' });
        await ledger.saveUploadNote(one, B2, note);
        await ledger.saveUploadNote(one, nas, { ...note, uploadId: 'n' });
        await ledger.saveUploadNote(one, B2, { ...note, uploadId: 'u2' });
        expect(await ledger.uploadNote(one, B2)).toEqual({ ...note, uploadId: 'u2' });
        expect(await ledger.uploadNotes(B2)).toEqual([
          { ...note, uploadId: 'u2' },
          { ...note, key: 'A/2' },
        ]);
        await ledger.dropUploadNote(one, B2);
        await ledger.dropUploadNote(one, B2);
        expect(await ledger.uploadNote(one, B2)).toBeUndefined();
        expect(await ledger.uploadNotes(B2)).toEqual([{ ...note, key: 'A/2' }]);
        expect(await ledger.uploadNotes(nas)).toHaveLength(1);
      });

      test('an upload of a file that is not there is refused', async () => {
        const saved = ledger.saveUploadNote(asFileId(5), B2, note);
        await expect(saved).rejects.toMatchObject({ code: 'unknown' });
      });

      test('a place has one trouble at most', async () => {
        const trouble = { place: 'backup', sentence: 'It is full.', hint: 'Make room.' };
        await ledger.noteTrouble('backup', trouble, AT);
        await ledger.noteTrouble('b2', { ...trouble, place: 'b2' }, AT + 1);
        await ledger.noteTrouble('backup', { ...trouble, sentence: 'It is gone.' }, AT + 2);
        expect(await ledger.troubles()).toEqual([
          { ...trouble, place: 'b2', at: AT + 1 },
          { ...trouble, sentence: 'It is gone.', at: AT + 2 },
        ]);
        await ledger.noteTrouble('backup', undefined, AT + 3);
        await ledger.noteTrouble('never', undefined, AT + 3);
        expect((await ledger.troubles()).map(({ place }) => place)).toEqual(['b2']);
      });

      test('a remote that moves takes no proof along, one that stays keeps it', async () => {
        const { ids, inventory } = await cardWithFiles(ledger, 1);
        const record = sighting(ids[0] ?? asFileId(9));
        await ledger.append([record]);
        await ledger.noteRemotePlace(B2, 's3 here');
        await ledger.noteRemotePlace(B2, 's3 here');
        await ledger.append([record]);
        const [seen] = await allRecords(ledger, inventory);
        const stands = { remoteId: B2, place: 's3 here', sinceSeq: 0 };
        expect(await ledger.remotePlaces()).toEqual([stands]);
        await ledger.noteRemotePlace(B2, 's3 there');
        await ledger.append([record]);
        await ledger.noteRemotePlace(B2, 's3 there');
        await ledger.noteRemotePlace(asRemoteId('a'), 'folder /mnt/nas');
        expect(await ledger.remotePlaces()).toEqual([
          { remoteId: 'a', place: 'folder /mnt/nas', sinceSeq: 0 },
          { remoteId: B2, place: 's3 there', sinceSeq: seen?.evidence.at(-1)?.seq },
        ]);
      });

      test('a folder is offered once, with its latest label, until withdrawn', async () => {
        const offer = { path: '/srv/rescue', label: 'RESCUE', offeredAt: AT };
        await ledger.offerFolder({ path: '/srv/b', label: 'B', offeredAt: AT - 1 });
        await ledger.offerFolder(offer);
        await ledger.offerFolder({ ...offer, label: 'RESCUED', offeredAt: AT + 1 });
        const paths = (await ledger.offers()).map(({ path, label }) => `${path} ${label}`);
        expect(paths).toEqual(['/srv/b B', '/srv/rescue RESCUED']);
        await ledger.withdrawOffer('/srv/rescue');
        await ledger.withdrawOffer('/srv/rescue');
        expect(await ledger.offers()).toHaveLength(1);
      });
    });

    describe('lasting', () => {
      const cardIds = [cardNamed('a').id, cardNamed('b').id];

      test('what was recorded is there after closing and opening again', async () => {
        await fill(ledger);
        const before = await everything(ledger, cardIds);
        await ledger.close();
        ledger = await house.open();
        expect(await everything(ledger, cardIds)).toEqual(before);
      });

      test('the order of records goes on after opening again', async () => {
        const { ids, inventory } = await cardWithFiles(ledger, 1);
        await ledger.append(ids.map((id) => sourceRead(id)));
        await ledger.close();
        ledger = await house.open();
        await ledger.append(ids.map((id) => copyReadBack(id)));
        const [record] = await allRecords(ledger, inventory);
        expect(record?.evidence).toMatchObject([
          { kind: 'source-read' },
          { kind: 'copy-read-back' },
        ]);
      });

      test('a reader sees what is committed while the ledger is open for writing', async () => {
        await cardWithRoll(ledger);
        const reader = await house.openReader();
        await fill(ledger);
        expect(await everything(reader, cardIds)).toEqual(await everything(ledger, cardIds));
        await reader.close();
      });

      test('nothing works after closing', async () => {
        const { ids, inventory } = await cardWithFiles(ledger, 1);
        await ledger.close();
        await ledger.close();
        const closed = { code: 'closed' };
        await expect(ledger.cards()).rejects.toMatchObject(closed);
        await expect(allRecords(ledger, inventory)).rejects.toMatchObject(closed);
        const append = ledger.append(ids.map((id) => sourceRead(id)));
        await expect(append).rejects.toMatchObject(closed);
        ledger = await house.open();
        expect(await allRecords(ledger, inventory)).toMatchObject([{ evidence: [] }]);
      });
    });
  });

  evidenceContract(name, newHouse);
}

/** A little of everything. */
async function fill(ledger: Ledger): Promise<void> {
  const { roll, ids } = await cardWithFiles(ledger, 5);
  await cardWithFiles(ledger, 2, 'b');
  await ledger.append(ids.map((id) => sourceRead(id)));
  await ledger.append(ids.map((id) => sighting(id, AT + id)));
  const ignored = [{ path: '.Spotlight-V100', reason: 'system junk' }];
  await ledger.recordInventory(scanOf(roll, { known: ids, fresh: manyFiles(1), ignored }));
  await ledger.startRoll(roll.cardId, AT + 7, () => 'second roll');
  await ledger.noteTrouble('b2', { place: 'b2', sentence: 'No.', hint: 'Yes.' }, AT);
  await ledger.offerFolder({ path: '/srv/x', label: 'X', offeredAt: AT });
}
