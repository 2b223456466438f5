/** Files that were read and copied: one row in the database each, and only where the records say the same. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asContentHash, asDestinationId, asFileId, asMediumId } from '../../src/core/ids.ts';
import { loadMigrations } from '../../src/ledger/migrations.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import {
  allRecords,
  AT,
  cardWithFiles,
  copyReadBack,
  HASH,
  newHome,
  sourceRead,
  WORKING,
} from './ledger-samples.ts';

let stateDir: string;
let ledger: Ledger;
/** A connection of one's own, as a person with the sqlite3 shell would have. */
let raw: Database.Database;

beforeEach(async () => {
  stateDir = await newHome();
  ledger = await openLedger(stateDir);
  raw = new Database(join(stateDir, 'ledger.sqlite'));
});

afterEach(async () => {
  raw.close();
  await ledger.close();
  await rm(stateDir, { recursive: true, force: true });
});

const ONE = asFileId(1);
const read = sourceRead(ONE);
const working = copyReadBack(ONE);
const backup: EvidenceDraft = {
  ...working,
  destinationId: asDestinationId('backup'),
  mediumId: asMediumId('disk-2'),
  proof: 'remounted',
} as EvidenceDraft;

function kinds(): readonly unknown[] {
  return raw.prepare('SELECT kind FROM evidence ORDER BY seq').pluck().all();
}

/** What a row says of its drives, as SQL. */
function drives(change: object): string {
  const whole = { places: ['a', 'b'], media: ['m', 'n'], proofs: ['device', 'device'] };
  return `'${JSON.stringify({ ...whole, ...change })}'`;
}

describe('rows', () => {
  test('a file on two drives is one, and tells three records', async () => {
    const { inventory } = await cardWithFiles(ledger, 1);
    await ledger.append([read, working, backup]);
    expect(kinds()).toEqual(['copied']);
    const [record] = await allRecords(ledger, inventory);
    expect(record?.evidence).toStrictEqual([
      { ...read, seq: 1 },
      { ...working, seq: 2 },
      { ...backup, seq: 3 },
    ]);
  });

  const other = asContentHash('f'.repeat(16));
  test.each<[string, readonly EvidenceDraft[], readonly string[]]>([
    ['only read', [read], ['source-read']],
    ['only copied', [working, backup], ['copy-read-back', 'copy-read-back']],
    ['copied before it was read', [working, read], ['copy-read-back', 'source-read']],
    ['read twice', [read, read, working], ['source-read', 'copied']],
    [
      'of another hash',
      [read, { ...working, hash: other } as EvidenceDraft],
      ['source-read', 'copy-read-back'],
    ],
    [
      'of another size',
      [read, { ...working, sizeBytes: 9 } as EvidenceDraft],
      ['source-read', 'copy-read-back'],
    ],
    ['seen later', [read, { ...working, at: AT + 1 }], ['source-read', 'copy-read-back']],
    [
      'another file',
      [read, { ...working, fileId: asFileId(2) }],
      ['source-read', 'copy-read-back'],
    ],
    [
      'elsewhere on the second drive',
      [read, working, { ...backup, placedAt: 'B/1.CR3' } as EvidenceDraft],
      ['copied', 'copy-read-back'],
    ],
  ])('%s', async (_, drafts, rows) => {
    const { inventory } = await cardWithFiles(ledger, 2);
    await ledger.append(drafts);
    expect(kinds()).toEqual(rows);
    const told = (await allRecords(ledger, inventory)).flatMap(({ evidence }) => evidence);
    expect(told.toSorted((a, b) => a.seq - b.seq)).toStrictEqual(
      drafts.map((draft, i) => ({ ...draft, seq: i + 1 })),
    );
  });

  test('files on the same drives and on others by turns keep their own', async () => {
    const { inventory, ids } = await cardWithFiles(ledger, 50);
    const turns = [[working], [working, backup], [backup]];
    const drafts = ids.flatMap((fileId, i) =>
      [read, ...(turns[i % 3] ?? [])].map((draft) => ({ ...draft, fileId })),
    );
    await ledger.append(drafts);
    const told = (await allRecords(ledger, inventory)).flatMap(({ evidence }) => evidence);
    expect(told).toStrictEqual(drafts.map((draft, i) => ({ ...draft, seq: i + 1 })));
    expect(kinds()).toHaveLength(50);
  });

  test('what a version wrote that gave each record a row of its own is read as it was', async () => {
    await ledger.close();
    raw.close();
    await rm(stateDir, { recursive: true });
    const [first] = await loadMigrations();
    await (await openLedger(stateDir, { migrations: first === undefined ? [] : [first] })).close();
    raw = new Database(join(stateDir, 'ledger.sqlite'));
    expect(raw.prepare('SELECT max(version) FROM migration').pluck().get()).toBe(1);
    ledger = await openLedger(stateDir);
    const { ids, inventory } = await cardWithFiles(ledger, 2);
    const insert = raw.prepare(
      `INSERT INTO evidence (file_id, kind, at_ms, place, medium, location, hash, size_bytes, proof)
       VALUES (?, ?, ${AT}, ?, 'disk-1', 'A/1.CR3', '${HASH}', 10, ?)`,
    );
    for (const id of ids) {
      insert.run(id, 'source-read', null, null);
      insert.run(id, 'copy-read-back', WORKING, 'device');
    }
    const drafts = ids.map((id) => [sourceRead(id), copyReadBack(id)]);
    await ledger.append(drafts.flat());
    const told = (await allRecords(ledger, inventory)).map(({ evidence }) => evidence);
    expect(told).toEqual(
      drafts.map(([fromCard, copy], i) => [
        { ...fromCard, seq: 2 * i + 1 },
        { ...copy, seq: 2 * i + 2 },
        { ...fromCard, seq: 2 * i + 5 },
        { ...copy, seq: 2 * i + 6 },
      ]),
    );
  });
});

describe('a row that is not what we wrote is loud', () => {
  test.each([
    ['hash', 'NULL'],
    ['size_bytes', 'NULL'],
    ['at_ms', '9e999'],
    ['location', 'NULL'],
    ['details', 'NULL'],
    ['details', "'{'"],
    ['details', "'[]'"],
    ['details', drives({ places: [], media: [], proofs: [] })],
    ['details', drives({ places: ['a'] })],
    ['details', drives({ media: ['m'] })],
    ['details', drives({ proofs: ['device', 'device', 'device'] })],
    ['details', drives({ places: ['a', 5] })],
    ['details', drives({ media: ['m', ' '] })],
    ['details', drives({ proofs: ['device', 'believed'] })],
    // More records than there are numbers for: seven, and eight.
    [
      'details',
      drives({
        places: 'abcdef'.split(''),
        media: 'abcdef'.split(''),
        proofs: Array(6).fill('device'),
      }),
    ],
    [
      'details',
      drives({
        places: 'abcdefg'.split(''),
        media: 'abcdefg'.split(''),
        proofs: Array(7).fill('device'),
      }),
    ],
  ])('%s = %s', async (column, value) => {
    const { inventory } = await cardWithFiles(ledger, 1);
    await ledger.append([read, working, backup]);
    await ledger.append([read, working, backup]);
    expect(await allRecords(ledger, inventory)).toHaveLength(1);
    raw.exec(
      `DROP TRIGGER evidence_unchanged; UPDATE evidence SET ${column} = ${value} WHERE seq = 6`,
    );
    await expect(allRecords(ledger, inventory)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('Record 6 '),
    });
  });

  test('the twin: other drives, said as we say it, are read', async () => {
    const { inventory } = await cardWithFiles(ledger, 1);
    await ledger.append([read, working, backup]);
    raw.exec(`DROP TRIGGER evidence_unchanged; UPDATE evidence SET details = ${drives({})}`);
    const [record] = await allRecords(ledger, inventory);
    expect(record?.evidence).toMatchObject([{}, { destinationId: 'a' }, { destinationId: 'b' }]);
  });
});

describe('drafts that types forbid', () => {
  test.each([
    ['none at all', [undefined]],
    ['none after a read one', [read, undefined]],
    ['a hole', Object.assign(Array(2), { 1: read })],
  ])('%s is refused, and nothing is stored', async (_, drafts) => {
    const { inventory } = await cardWithFiles(ledger, 1);
    await expect(ledger.append(drafts as never)).rejects.toMatchObject({ code: 'unexpected' });
    expect(await allRecords(ledger, inventory)).toMatchObject([{ evidence: [] }]);
  });

  test('a medium that is no text is refused', async () => {
    const { inventory } = await cardWithFiles(ledger, 1);
    const append = ledger.append([read, { ...backup, mediumId: new Date(0) as never } as never]);
    await expect(append).rejects.toMatchObject({ code: 'invalid' });
    expect(await allRecords(ledger, inventory)).toMatchObject([{ evidence: [] }]);
  });
});

test('a row changed by hand, once read, does not change what is taken in', async () => {
  const { inventory } = await cardWithFiles(ledger, 1);
  const odd = { ...working, mediumId: asMediumId('m\ud800') } as EvidenceDraft;
  const add = (): Promise<void> => ledger.append([read, odd]);
  await expect(add()).rejects.toMatchObject({ code: 'invalid' });
  await ledger.append([read, working]);
  const details = `'${JSON.stringify({ places: ['working'], media: ['m\ud800'], proofs: ['device'] })}'`;
  raw.exec(`DROP TRIGGER evidence_unchanged; UPDATE evidence SET details = ${details}`);
  expect(await allRecords(ledger, inventory)).toMatchObject([
    { evidence: [{}, { mediumId: 'm\ud800' }] },
  ]);
  await expect(add()).rejects.toMatchObject({ code: 'invalid' });
});

describe('texts that SQLite would not give back', () => {
  test.each([
    ['placedAt', { placedAt: '\ud800' }],
    ['medium', { mediumId: 'disk\ud800' }],
  ])('half a character in %s is refused, whole or not', async (_, change) => {
    const { inventory } = await cardWithFiles(ledger, 1);
    for (const before of [[], [read], [read, working]]) {
      const append = ledger.append([...before, { ...backup, ...change } as EvidenceDraft]);
      await expect(append).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await allRecords(ledger, inventory)).toMatchObject([{ evidence: [] }]);
  });
});
