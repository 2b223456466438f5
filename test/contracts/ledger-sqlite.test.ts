/** What only the SQLite ledger must show: that its rows cannot be changed, are few, and are read with suspicion. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId, asMediumId, type FileId } from '../../src/core/ids.ts';
import { connectionOf, type Db, openDatabase } from '../../src/ledger/connection.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { sqliteLedger, sqliteReader } from '../../src/ledger/sqlite-ledger.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import {
  allOf,
  allRecords,
  AT,
  B2,
  cardNamed,
  cardWithFiles,
  cardWithRoll,
  copyReadBack,
  HASH,
  manyFiles,
  newFile,
  scanOf,
  sighting,
  sourceRead,
  newHome,
} from './ledger-samples.ts';

let stateDir: string;
let file: string;
let ledger: Ledger;
/** A connection of one's own, as a person with the sqlite3 shell would have. */
let raw: Db;

beforeEach(async () => {
  stateDir = await newHome();
  file = join(stateDir, 'ledger.sqlite');
  ledger = await openLedger(stateDir);
  raw = new Database(file);
});

afterEach(async () => {
  raw.close();
  await ledger.close();
  await rm(stateDir, { recursive: true, force: true });
});

function rowsIn(table: string): unknown {
  return raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
}

describe('what was observed', () => {
  const KEPT = [
    'card',
    'roll',
    'file',
    'listing',
    'listing_range',
    'scan_remark',
    'inventory',
    'evidence',
  ] as const;

  beforeEach(async () => {
    const { ids } = await cardWithFiles(ledger, 2);
    await ledger.append(ids.map((id) => sourceRead(id)));
  });

  test.each(KEPT)('cannot be removed from %s', (table) => {
    expect(() => raw.exec(`DELETE FROM ${table}`)).toThrow(/append-only|kept/);
    expect(rowsIn(table)).toBeGreaterThan(0);
  });

  test.each(KEPT.filter((table) => table !== 'card'))('cannot be changed in %s', (table) => {
    const columns = raw.prepare<[], { name: string }>(`PRAGMA table_info(${table})`).all();
    expect(columns.length).toBeGreaterThan(1);
    for (const { name } of columns) {
      const change = `UPDATE ${table} SET ${name} = ${name}`;
      expect(() => raw.exec(change)).toThrow('append-only');
    }
  });

  test.each(KEPT)('cannot be replaced in %s', (table) => {
    const replace = `INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`;
    expect(() => raw.exec(replace)).toThrow(/append-only|kept/);
  });

  test.each(['number', 'id', 'card_key', 'kind', 'first_seen_at_ms'])(
    "a card's %s is what it was",
    (column) => {
      expect(() => raw.exec(`UPDATE card SET ${column} = ${column}`)).toThrow('identity');
    },
  );

  test.each(['label', 'last_seen_at_ms', 'last_root'])("a card's %s may change", (column) => {
    expect(() => raw.exec(`UPDATE card SET ${column} = ${column}`)).not.toThrow();
  });

  test('new records may come in by hand; the triggers refuse only what destroys', () => {
    const add = `INSERT INTO evidence (file_id, kind, at_ms, hash, size_bytes)
      VALUES (1, 'source-read', 1, '${HASH}', 10)`;
    expect(() => raw.exec(add)).not.toThrow();
    expect(rowsIn('evidence')).toBe(3);
  });
});

describe('the schema', () => {
  test('all tables are strict', () => {
    const tables = raw
      .prepare<[], { name: string; strict: number }>(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'",
      )
      .all();
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
  });

  test('the connection commits to the disk, and again after opening an existing ledger', () => {
    const db = openDatabase(file);
    const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'fullfsync'].map((name) =>
      db.pragma(name, { simple: true }),
    );
    db.close();
    expect(settings).toEqual(['wal', 2, 1, 1]);
    // The twin: what this SQLite would do if nobody said so (NORMAL forgets after a power cut).
    expect(raw.pragma('synchronous', { simple: true })).toBe(1);
  });
});

describe('the cost of a scan', () => {
  const TABLES = ['file', 'listing', 'listing_range', 'scan_remark'] as const;
  const cost = (): readonly unknown[] => TABLES.map((table) => rowsIn(table));

  test('a scan that saw the same costs one row, however often', async () => {
    const { roll, ids } = await cardWithFiles(ledger, 500);
    const before = cost();
    expect(before).toEqual([500, 1, 1, 1]);
    for (let i = 1; i <= 5; i += 1) {
      await ledger.recordInventory(scanOf(roll, { known: ids.toReversed(), scannedAt: AT + i }));
    }
    expect(cost()).toEqual(before);
    expect(rowsIn('inventory')).toBe(6);
  });

  test('one more file costs one file and one run, not the whole listing', async () => {
    const { roll, ids } = await cardWithFiles(ledger, 500);
    await ledger.recordInventory(scanOf(roll, { known: ids, fresh: [newFile('x')] }));
    expect(cost()).toEqual([501, 2, 2, 1]);
  });

  test('one file fewer costs a listing, and no file', async () => {
    const { roll, ids } = await cardWithFiles(ledger, 500);
    await ledger.recordInventory(scanOf(roll, { known: ids.slice(1) }));
    expect(cost()).toEqual([500, 2, 2, 1]);
  });

  test('other remarks cost remarks, and no listing', async () => {
    const { roll, ids } = await cardWithFiles(ledger, 500);
    const ignored = [{ path: '.Trashes', reason: 'system junk' }];
    await ledger.recordInventory(scanOf(roll, { known: ids, ignored }));
    await ledger.recordInventory(scanOf(roll, { known: ids, ignored }));
    expect(cost()).toEqual([500, 1, 1, 2]);
  });

  test.each([500, 501])('all of %d known files are told, page by page', async (count) => {
    const { roll, inventory } = await cardWithFiles(ledger, count);
    const pages: number[] = [];
    for await (const page of ledger.knownFiles(roll.id)) pages.push(page.length);
    expect(pages).toEqual(count === 500 ? [500] : [500, 1]);
    expect(await allOf(ledger.knownFiles(roll.id))).toEqual(await allOf(ledger.files(inventory)));
  });

  test('two cards of one file each, file after file in turn, are told apart', async () => {
    const rolls = [await cardWithRoll(ledger, 'a'), await cardWithRoll(ledger, 'b')];
    for (let i = 0; i < 20; i += 1) {
      for (const roll of rolls) {
        const known = (await allOf(ledger.knownFiles(roll.id))).map(({ id }) => id);
        const fresh = [newFile(`${roll.cardId.charAt(0)}${i}`)];
        const inventory = await ledger.recordInventory(scanOf(roll, { known, fresh }));
        const paths = (await allRecords(ledger, inventory)).map((record) => record.file.path);
        const wanted = Array.from({ length: i + 1 }, (_, n) => `${roll.cardId.charAt(0)}${n}`);
        expect(paths).toEqual(wanted);
      }
    }
  });
});

describe('batches', () => {
  test('are never larger than asked for, and lose nothing, whatever the numbers', async () => {
    const { roll, ids } = await cardWithFiles(ledger, 40);
    const counts = ids.map((_, i) => [0, 1, 5, 2, 30][i % 5] ?? 0);
    const about = (id: FileId, count = 0): readonly EvidenceDraft[] =>
      // Three records in one row, where there are so many.
      count < 3
        ? Array(count).fill(sourceRead(id))
        : [sourceRead(id), ...Array(2).fill(copyReadBack(id)), ...about(id, count - 3)];
    await ledger.append(ids.flatMap((id, i) => about(id, counts[i])));
    // Holes: every seventh file is gone from the card.
    const known = ids.filter((_, i) => i % 7 !== 3);
    const inventory = await ledger.recordInventory(scanOf(roll, { known }));
    const limits = fc.record({
      files: fc.integer({ min: 1, max: 60 }),
      evidence: fc.integer({ min: 1, max: 80 }),
    });
    await fc.assert(
      fc.asyncProperty(limits, async (limit) => {
        const told: [number, number][] = [];
        const reader = sqliteReader(connectionOf(raw, file), limit);
        for await (const batch of reader.records(inventory)) {
          const records = batch.reduce((sum, record) => sum + record.evidence.length, 0);
          expect(batch.length).toBeLessThanOrEqual(limit.files);
          // Only a file that does not fit in at all comes alone, with all it has.
          expect(batch.length === 1 || records <= limit.evidence).toBe(true);
          told.push(...batch.map((r): [number, number] => [r.file.id, r.evidence.length]));
        }
        expect(told).toEqual(known.map((id) => [id, counts[ids.indexOf(id)]]));
      }),
      { numRuns: 60, examples: [[{ files: 1, evidence: 1 }], [{ files: 2, evidence: 30 }]] },
    );
  });

  test('let others have their turn in between', async () => {
    const { inventory } = await cardWithFiles(ledger, 50);
    let turns = 0;
    const takeTurn = (): void => {
      turns += 1;
      next = setImmediate(takeTurn);
    };
    let next = setImmediate(takeTurn);
    const reader = sqliteReader(connectionOf(raw, file), { files: 1, evidence: 1 });
    expect(await allRecords(reader, inventory)).toHaveLength(50);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(49);
  });
});

describe('what could not be read back is refused before it is stored', () => {
  const half = '\ud800';

  test.each([
    ['half a character', { ...copyReadBack(asFileId(1)), placedAt: half }],
    ['a hash that is none', { ...sourceRead(asFileId(1)), hash: 'abc' }],
    ['a hash with capitals', { ...sourceRead(asFileId(1)), hash: HASH.toUpperCase() }],
    ['a size with a fraction', { ...sourceRead(asFileId(1)), sizeBytes: 1.5 }],
    ['a negative size', { ...sourceRead(asFileId(1)), sizeBytes: -1 }],
    ['a time that is none', { ...sourceRead(asFileId(1)), at: Number.NaN }],
    ['an unknown kind of proof', { ...copyReadBack(asFileId(1)), proof: 'believed' }],
    ['a medium without a name', { ...copyReadBack(asFileId(1)), mediumId: ' ' }],
    ['an unknown method', { ...sighting(asFileId(1)), method: 'guessed' }],
    [
      'a digest of no known kind',
      { ...sighting(asFileId(1)), digest: { algorithm: 'x', value: '' } },
    ],
    ['a place without a name', { ...copyReadBack(asFileId(1)), destinationId: '' }],
  ])('evidence with %s', async (_, draft) => {
    const { ids, inventory } = await cardWithFiles(ledger, 1);
    const good = ids.map((id) => sourceRead(id));
    for (const drafts of [[draft], [...good, draft], [draft, ...good]]) {
      const append = ledger.append(drafts as never);
      await expect(append).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await allRecords(ledger, inventory)).toMatchObject([{ evidence: [] }]);
  });

  test.each([
    ['half a character', { path: half }],
    ['an unknown role', { role: 'precious' }],
    ['a size with a fraction', { sizeBytes: 0.5 }],
    ['a time that is none', { mtimeMs: Number.POSITIVE_INFINITY }],
  ])('a file with %s', async (_, change) => {
    const roll = await cardWithRoll(ledger);
    const fresh = [newFile('good'), { ...newFile('bad'), ...change } as never];
    const recorded = ledger.recordInventory(scanOf(roll, { fresh }));
    await expect(recorded).rejects.toMatchObject({ code: 'invalid' });
    expect(await allOf(ledger.knownFiles(roll.id))).toEqual([]);
  });

  test('a card or a folder with half a character', async () => {
    const insertion = ledger.recordInsertion({ ...cardNamed('a'), label: half });
    await expect(insertion).rejects.toMatchObject({ code: 'invalid' });
    await ledger.recordInsertion(cardNamed('a'));
    const roll = ledger.startRoll(cardNamed('a').id, AT, () => half);
    await expect(roll).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a record that is not what we wrote is loud', () => {
  const medium = asMediumId('disk-1');

  test.each([
    ['hash', "'zzzzzzzzzzzzzzzz'"],
    ['hash', 'NULL'],
    ['kind', "'copy-believed'"],
    ['proof', "'trusted'"],
    ['place', 'NULL'],
    ['medium', "''"],
    ['size_bytes', 'NULL'],
    ['at_ms', '9e999'],
    ['location', 'NULL'],
  ])('%s = %s', async (column, value) => {
    const { ids, inventory } = await cardWithFiles(ledger, 3);
    await ledger.append(ids.map((id) => ({ ...copyReadBack(id), mediumId: medium })));
    expect(await allRecords(ledger, inventory)).toHaveLength(3);
    raw.exec(
      `DROP TRIGGER evidence_unchanged; UPDATE evidence SET ${column} = ${value} WHERE seq = 2`,
    );
    await expect(allRecords(ledger, inventory)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('Record 2 '),
      hint: expect.stringContaining('Nothing on your cards, drives or offsite is lost'),
    });
  });

  test.each(['NULL', "'{'", "'[]'", '\'{"digest":5}\'', '\'{"digest":{"algorithm":"md5"}}\''])(
    'details = %s',
    async (value) => {
      const { ids, inventory } = await cardWithFiles(ledger, 1);
      await ledger.append(ids.map((id) => sighting(id)));
      raw.exec(`DROP TRIGGER evidence_unchanged; UPDATE evidence SET details = ${value}`);
      await expect(allRecords(ledger, inventory)).rejects.toMatchObject({ code: 'corrupt' });
    },
  );

  test.each([
    ['a run that is gone', 'DELETE FROM listing_range WHERE first_file_id = 1'],
    ['a longer run', 'UPDATE listing_range SET last_file_id = 4 WHERE first_file_id = 1'],
  ])('a listing with %s', async (_, damage) => {
    const { roll, ids } = await cardWithFiles(ledger, 5);
    const known = ids.filter((id) => id !== 4);
    const inventory = await ledger.recordInventory(scanOf(roll, { known }));
    expect(await allRecords(ledger, inventory)).toHaveLength(4);
    raw.exec(`DROP TRIGGER listing_range_kept; DROP TRIGGER listing_range_unchanged; ${damage}`);
    await expect(allRecords(ledger, inventory)).rejects.toMatchObject({ code: 'corrupt' });
  });

  test('a file that is gone', async () => {
    const { inventory } = await cardWithFiles(ledger, 5);
    raw.pragma('foreign_keys = OFF');
    raw.exec('DROP TRIGGER file_kept; DELETE FROM file WHERE id = 3');
    await expect(allRecords(ledger, inventory)).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('when the system does not let us', () => {
  test('a full disk is told as such, stores nothing by halves, and passes', async () => {
    const db = openDatabase(file);
    const small = sqliteLedger(connectionOf(db, file));
    const { ids, inventory } = await cardWithFiles(small, 2_000);
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 3}`);
    const drafts = ids.map((id) => copyReadBack(id));
    await expect(small.append(drafts)).rejects.toMatchObject({ code: 'disk-full' });
    expect((await allRecords(small, inventory)).flatMap((r) => r.evidence)).toEqual([]);
    db.pragma('max_page_count = 1000000');
    await small.append(drafts);
    expect((await allRecords(small, inventory)).flatMap((r) => r.evidence)).toHaveLength(2_000);
    await small.close();
  });

  test('a ledger locked by another program is busy, not broken', async () => {
    const db = openDatabase(file);
    db.pragma('busy_timeout = 0');
    const other = sqliteLedger(connectionOf(db, file));
    raw.exec('BEGIN IMMEDIATE');
    const offer = { path: '/x', label: 'X', offeredAt: AT };
    await expect(other.offerFolder(offer)).rejects.toMatchObject({ code: 'busy' });
    expect(await other.offers()).toEqual([]);
    raw.exec('COMMIT');
    await other.offerFolder(offer);
    expect(await other.offers()).toEqual([offer]);
    await other.close();
  });

  test('thousands of records go in as one transaction', async () => {
    const roll = await cardWithRoll(ledger);
    await ledger.recordInventory(scanOf(roll, { fresh: manyFiles(3_000) }));
    const ids = (await allOf(ledger.knownFiles(roll.id))).map(({ id }) => id);
    await ledger.append(ids.flatMap((id) => [copyReadBack(id), sourceRead(id)]));
    expect(rowsIn('evidence')).toBe(6_000);
    expect(await ledger.lastSightingAt(B2)).toBeUndefined();
  });
});
