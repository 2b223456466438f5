/** Inventories: what one scan saw. Scans that saw the same share their listing and their remarks. */
import { asCardId, asInventoryId, asRollId, type RollId } from '../core/ids.ts';
import type { IgnoredFile, Inventory, ScanProblem } from '../core/inventory.ts';
import type { InventoryDraft } from '../ports/ledger.ts';
import { countOf, type Row, rowsOf, textOf, timeOf } from './column.ts';
import { type Connection, readingBack, takingIn } from './connection.ts';
import { fileReading, fileWriting } from './files.ts';
import { type IdRange, rangesOf, sameRanges, sizeOfRange } from './id-ranges.ts';
import { LedgerError, REPORT_IT } from './ledger-error.ts';

export interface InventoryReading {
  newest(rollId: RollId): Inventory | undefined;
  /** The file numbers of the inventory's listing, ascending. @throws LedgerError `unknown`, `corrupt` */
  ranges(inventory: Inventory): readonly IdRange[];
  ignored(inventory: Inventory): readonly IgnoredFile[];
}

export function inventoryReading({ db, file }: Connection): InventoryReading {
  const newest = db.prepare<[number], Row>(
    `SELECT i.id, r.card_id, i.roll_id, i.scanned_at_ms, l.file_count, l.total_bytes, s.problems
     FROM inventory i
     JOIN roll r ON r.id = i.roll_id
     JOIN listing l ON l.id = i.listing_id
     JOIN scan_remark s ON s.id = i.remark_id
     WHERE i.roll_id = ? ORDER BY i.id DESC LIMIT 1`,
  );
  const listed = db.prepare<[number], Row>(
    `SELECT l.id, l.file_count, s.ignored
     FROM inventory i
     JOIN listing l ON l.id = i.listing_id
     JOIN scan_remark s ON s.id = i.remark_id
     WHERE i.id = ?`,
  );
  const ranges = rangeReading(db);
  const find = (inventory: Inventory): Row => {
    const row = listed.get(inventory.id);
    if (row === undefined) throw unknown('inventory', inventory.id);
    return row;
  };
  const reading = <T>(id: unknown, work: () => T): T =>
    readingBack(file, () => `Inventory ${String(id)}`, work);
  return {
    newest(rollId) {
      const row = newest.get(rollId);
      return row === undefined ? undefined : reading(row['id'], () => decodeInventory(row));
    },
    ranges(inventory) {
      const row = find(inventory);
      return reading(inventory.id, () => {
        const found = ranges(countOf(row['id'], 'listing'));
        const files = found.reduce((sum, range) => sum + sizeOfRange(range), 0);
        if (files !== row['file_count']) throw new TypeError('its listing is not whole');
        return found;
      });
    },
    ignored(inventory) {
      const row = find(inventory);
      return reading(inventory.id, () => remarksOf(row['ignored'], 'ignored files'));
    },
  };
}

/** Records scans. To be run inside a transaction. */
export function inventoryWriting(connection: Connection): (draft: InventoryDraft) => Inventory {
  const { db } = connection;
  const cardOf = db.prepare<[number], Row>('SELECT card_id FROM roll WHERE id = ?');
  const newest = db.prepare<[number], Row>(
    'SELECT listing_id, remark_id FROM inventory WHERE roll_id = ? ORDER BY id DESC LIMIT 1',
  );
  const insert = db.prepare<[number, number, number, number]>(
    'INSERT INTO inventory (roll_id, listing_id, remark_id, scanned_at_ms) VALUES (?, ?, ?, ?)',
  );
  const addFiles = fileWriting(db);
  const sums = knownSums(connection);
  const listings = listingWriting(connection);
  const remarks = remarkWriting(connection);
  return (draft) => {
    const { rollId, scannedAt, problems } = draft;
    const card = cardOf.get(rollId);
    if (card === undefined) throw unknown('roll', rollId);
    const knownRanges = takingIn(
      () => 'A scan',
      () => rangesOf(draft.known),
    );
    const known = sums(knownRanges, rollId);
    const fresh = addFiles(rollId, draft.fresh);
    const ranges = fresh.length === 0 ? knownRanges : rangesOf([...draft.known, ...fresh]);
    const fileCount = draft.known.length + fresh.length;
    const totalBytes = draft.fresh.reduce((sum, file) => sum + file.sizeBytes, known);

    const before = newest.get(rollId);
    const listing = { rollId, fileCount, totalBytes };
    const listingId = listings(before?.['listing_id'], ranges, listing);
    const remarkId = remarks(before?.['remark_id'], draft);
    const { lastInsertRowid } = insert.run(rollId, listingId, remarkId, scannedAt);
    const id = asInventoryId(Number(lastInsertRowid));
    const cardId = asCardId(textOf(card['card_id'], 'card'));
    return { id, cardId, rollId, scannedAt, fileCount, totalBytes, problems };
  };
}

/** The bytes of files already known. Refuses numbers that are not files of the roll. */
function knownSums(connection: Connection): (ranges: readonly IdRange[], rollId: RollId) => number {
  const files = fileReading(connection);
  return (ranges, rollId) => {
    let bytes = 0;
    for (const range of ranges) {
      const found = files.sumsOf(range, rollId);
      if (found.count !== sizeOfRange(range)) throw unknown('file of this roll', range.first);
      bytes += found.bytes;
    }
    return bytes;
  };
}

interface Listing {
  readonly rollId: RollId;
  readonly fileCount: number;
  readonly totalBytes: number;
}

type ListingWriting = (before: unknown, ranges: readonly IdRange[], listing: Listing) => number;

/** The number of a listing with these files: the one before, if it has the same. */
function listingWriting({ db }: Connection): ListingWriting {
  const rangesIn = rangeReading(db);
  const insert = db.prepare<[number, number, number]>(
    'INSERT INTO listing (roll_id, file_count, total_bytes) VALUES (?, ?, ?)',
  );
  const insertRange = db.prepare<[number, number, number]>(
    'INSERT INTO listing_range (listing_id, first_file_id, last_file_id) VALUES (?, ?, ?)',
  );
  return (before, ranges, { rollId, fileCount, totalBytes }) => {
    if (typeof before === 'number' && sameRanges(rangesIn(before), ranges)) return before;
    const id = Number(insert.run(rollId, fileCount, totalBytes).lastInsertRowid);
    for (const { first, last } of ranges) insertRange.run(id, first, last);
    return id;
  };
}

/** The number of remarks that say the same: the ones before, if they do. */
function remarkWriting({
  db,
}: Connection): (before: unknown, draft: Pick<InventoryDraft, 'ignored' | 'problems'>) => number {
  const find = db.prepare<[number], Row>('SELECT ignored, problems FROM scan_remark WHERE id = ?');
  const insert = db.prepare<[string, string]>(
    'INSERT INTO scan_remark (ignored, problems) VALUES (?, ?)',
  );
  return (before, draft) => {
    const ignored = remarkText(draft.ignored);
    const problems = problemText(draft.problems);
    if (typeof before === 'number') {
      const row = find.get(before);
      if (row?.['ignored'] === ignored && row['problems'] === problems) return before;
    }
    return Number(insert.run(ignored, problems).lastInsertRowid);
  };
}

function rangeReading(db: Connection['db']): (listingId: number) => readonly IdRange[] {
  const find = db.prepare<[number], Row>(
    `SELECT first_file_id, last_file_id FROM listing_range
     WHERE listing_id = ? ORDER BY first_file_id`,
  );
  return (listingId) =>
    find.all(listingId).map((row) => ({
      first: countOf(row['first_file_id'], 'first file'),
      last: countOf(row['last_file_id'], 'last file'),
    }));
}

function remarkText(remarks: readonly IgnoredFile[]): string {
  return JSON.stringify(remarks.map(({ path, reason }) => ({ path, reason })));
}

function problemText(problems: readonly ScanProblem[]): string {
  return JSON.stringify(
    problems.map(({ path, reason, missing }) => ({
      path,
      reason,
      ...(missing === undefined ? {} : { missing }),
    })),
  );
}

function problemsOf(value: unknown): readonly ScanProblem[] {
  return rowsOf(value, 'problems').map((row) => ({
    path: textOf(row['path'], 'path'),
    reason: textOf(row['reason'], 'reason'),
    ...(row['missing'] === true ? { missing: true as const } : {}),
  }));
}

function remarksOf(value: unknown, what: string): readonly IgnoredFile[] {
  return rowsOf(value, what).map((row) => ({
    path: textOf(row['path'], 'path'),
    reason: textOf(row['reason'], 'reason'),
  }));
}

function decodeInventory(row: Row): Inventory {
  return {
    id: asInventoryId(countOf(row['id'], 'number')),
    cardId: asCardId(textOf(row['card_id'], 'card')),
    rollId: asRollId(countOf(row['roll_id'], 'roll')),
    scannedAt: timeOf(row['scanned_at_ms'], 'time'),
    fileCount: countOf(row['file_count'], 'number of files'),
    totalBytes: countOf(row['total_bytes'], 'bytes'),
    problems: problemsOf(row['problems']),
  };
}

function unknown(what: string, number: number): LedgerError {
  return new LedgerError('unknown', `The ledger has no ${what} ${number}.`, REPORT_IT);
}
