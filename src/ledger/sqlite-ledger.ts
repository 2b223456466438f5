/** The ledger in one SQLite file: evidence goes in, is never changed, and comes out with the files it is about. */
import { setImmediate } from 'node:timers/promises';
import type { FileId, RollId } from '../core/ids.ts';
import type { CardFile } from '../core/inventory.ts';
import type { FileRecord, Ledger, LedgerReader } from '../ports/ledger.ts';
import { cardReading, cardWriting } from './cards.ts';
import type { Connection } from './connection.ts';
import { evidenceReading, evidenceWriting } from './evidence-rows.ts';
import { fileReading } from './files.ts';
import { rangesOf } from './id-ranges.ts';
import { inventoryReading, inventoryWriting } from './inventories.ts';
import { noteReading, noteWriting } from './notes.ts';
import { BATCH_LIMITS, type BatchLimits, recordBatches } from './records.ts';

/** What the ledger can tell beyond its port, for people who want everything. */
export interface RollHistory {
  /** Every version of every file that the roll ever had, with its evidence; not only the newest inventory's. */
  everyRecord(rollId: RollId): AsyncIterable<readonly FileRecord[]>;
}

export type SqliteReader = LedgerReader & RollHistory;
export type SqliteLedger = Ledger & RollHistory;

/** Files read in one go, a millisecond; few enough that what is done with gives its memory back at once. */
const FILE_PAGE = 500;

/** The reading half. The connection may be one that cannot write. */
export function sqliteReader(
  connection: Connection,
  limits: BatchLimits = BATCH_LIMITS,
): SqliteReader {
  const { run } = connection;
  const cards = cardReading(connection);
  const inventories = inventoryReading(connection);
  const files = fileReading(connection);
  const evidence = evidenceReading(connection);
  const notes = noteReading(connection);
  const batches = recordBatches(connection);
  // In pages, so that a very large card does not hold up the rest of the service.
  const knownFiles = async function* (rollId: RollId): AsyncGenerator<readonly CardFile[]> {
    for (let after = 0; ; ) {
      const page = await run(() => files.ofRoll(rollId, after, FILE_PAGE));
      if (page.length > 0) yield page;
      if (page.length < FILE_PAGE) return;
      after = page.at(-1)?.id ?? after;
      await setImmediate();
    }
  };
  return {
    cards: () => run(() => cards.all()),
    currentRoll: (cardId) => run(() => cards.newestRoll(cardId)),
    rolls: (cardId) => run(() => cards.rolls(cardId)),
    latestInventory: (rollId) => run(() => inventories.newest(rollId)),
    knownFiles,
    async *files(inventory) {
      for (const range of await run(() => inventories.ranges(inventory))) {
        for (let { first } = range; first <= range.last; first += FILE_PAGE) {
          yield await run(() => files.inRange({ first, last: range.last }, FILE_PAGE));
          await setImmediate();
        }
      }
    },
    async *records(inventory) {
      yield* batches(await run(() => inventories.ranges(inventory)), limits);
    },
    async *recordsOf(fileIds) {
      yield* batches(rangesOf([...new Set(fileIds)]), limits);
    },
    async *everyRecord(rollId) {
      const ids: FileId[] = [];
      for await (const page of knownFiles(rollId)) for (const { id } of page) ids.push(id);
      yield* batches(rangesOf(ids), limits);
    },
    ignored: (inventory) => run(() => inventories.ignored(inventory)),
    troubles: () => run(() => notes.troubles()),
    offers: () => run(() => notes.offers()),
    remotePlaces: () => run(() => notes.places()),
    lastSightingAt: (remoteId) => run(() => evidence.lastSightingAt(remoteId)),
    close: connection.close,
  };
}

/** The whole ledger over a connection that may write. */
export function sqliteLedger(
  connection: Connection,
  limits: BatchLimits = BATCH_LIMITS,
): SqliteLedger {
  const { db, run, write } = connection;
  const cards = cardWriting(db);
  const record = inventoryWriting(connection);
  const append = evidenceWriting(db);
  const notes = noteReading(connection);
  const writing = noteWriting(db);
  return {
    ...sqliteReader(connection, limits),
    recordInsertion: (card) => write(() => cards.recordInsertion(card)),
    startRoll: (cardId, startedAt, folderFor) =>
      write(() => cards.startRoll(cardId, startedAt, folderFor)),
    recordInventory: (draft) => write(() => record(draft)),
    append: async (drafts) => {
      if (drafts.length > 0) await write(() => append(drafts));
    },

    uploadNote: (fileId, remoteId) => run(() => notes.upload(fileId, remoteId)),
    uploadNotes: (remoteId) => run(() => notes.uploads(remoteId)),
    saveUploadNote: (fileId, remoteId, note) =>
      write(() => writing.saveUpload(fileId, remoteId, note)),
    dropUploadNote: (fileId, remoteId) => write(() => writing.dropUpload(fileId, remoteId)),

    noteTrouble: (place, trouble, at) => write(() => writing.noteTrouble(place, trouble, at)),
    noteRemotePlace: (remoteId, place) => write(() => writing.notePlace(remoteId, place)),
    offerFolder: (offer) => write(() => writing.offer(offer)),
    withdrawOffer: (path) => write(() => writing.withdraw(path)),
  };
}
