/** Opening a ledger: new, old, newer, damaged, missing, and only for reading. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { connectionOf, openDatabaseReadOnly } from '../../src/ledger/connection.ts';
import { exportCard } from '../../src/ledger/export.ts';
import { loadMigrations, type Migration } from '../../src/ledger/migrations.ts';
import { openLedger, openLedgerReadOnly } from '../../src/ledger/open.ts';
import { sqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { MemoryLedger } from '../fakes/memory-ledger.ts';
import {
  allOf,
  allRecords,
  AT,
  cardNamed,
  cardWithFiles,
  newFile,
  scanOf,
  sighting,
  sourceRead,
  newHome,
} from './ledger-samples.ts';

let home: string;
let stateDir: string;
let file: string;

beforeEach(async () => {
  home = await newHome();
  stateDir = join(home, 'deep', 'state');
  file = join(stateDir, 'ledger.sqlite');
});

afterEach(() => rm(home, { recursive: true, force: true }));

/** A ledger with one card of so many files, closed. */
async function filledLedger(files = 3): Promise<void> {
  const ledger = await openLedger(stateDir);
  const { ids } = await cardWithFiles(ledger, files);
  await ledger.append(ids.map((id) => sourceRead(id)));
  await ledger.close();
}

/** What the service and a face are told when they open it: error codes. */
async function told(): Promise<readonly unknown[]> {
  const openings = [openLedger(stateDir), openLedgerReadOnly(stateDir)];
  const outcomes = await Promise.allSettled(openings);
  return outcomes.map((outcome): unknown =>
    outcome.status === 'rejected' ? outcome.reason.code : 'opened',
  );
}

describe('a new ledger', () => {
  test('is private: folder 0700, file 0600', async () => {
    await (await openLedger(stateDir)).close();
    expect(((await stat(stateDir)).mode & 0o777).toString(8)).toBe('700');
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
  });

  test('its log and index are private too', async () => {
    const ledger = await openLedger(stateDir);
    const modes = await Promise.all(
      (await readdir(stateDir)).map(
        async (name) => (await stat(join(stateDir, name))).mode & 0o777,
      ),
    );
    await ledger.close();
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  test('the mode of a folder that was there already is left as it is', async () => {
    await mkdir(stateDir, { recursive: true, mode: 0o750 });
    await (await openLedger(stateDir)).close();
    expect(((await stat(stateDir)).mode & 0o777).toString(8)).toBe('750');
  });

  test('notes its schema and when it was made, and is told in the log', async () => {
    const logged: string[] = [];
    const log = (message: string): number => logged.push(message);
    const logger = { error: log, warn: log, info: log, debug: log };
    await (await openLedger(stateDir, { logger })).close();
    await (await openLedger(stateDir, { logger })).close();
    expect(logged).toEqual(['a new ledger is begun']);
    const db = new Database(file);
    const applied = db.prepare('SELECT version, name, applied_at_ms FROM migration').all();
    db.close();
    expect(applied).toEqual([
      { version: 1, name: '0001-evidence-ledger', applied_at_ms: expect.any(Number) },
      { version: 2, name: '0002-copied-rows', applied_at_ms: expect.any(Number) },
    ]);
  });

  test('a start that was cut off before the first table is begun again', async () => {
    await mkdir(stateDir, { recursive: true });
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.close();
    await filledLedger();
    const reader = await openLedgerReadOnly(stateDir);
    expect(await reader.cards()).toHaveLength(1);
    await reader.close();
  });
});

describe('reading', () => {
  test('a ledger that is not there is missing, and is not made', async () => {
    await expect(openLedgerReadOnly(stateDir)).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringContaining(file),
      hint: expect.stringContaining('Start the service once'),
    });
    await expect(stat(stateDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a ledger without tables is missing', async () => {
    await mkdir(stateDir, { recursive: true });
    await writeFile(file, '');
    await expect(openLedgerReadOnly(stateDir)).rejects.toMatchObject({ code: 'missing' });
    new Database(file).pragma('journal_mode = WAL');
    await expect(openLedgerReadOnly(stateDir)).rejects.toMatchObject({ code: 'missing' });
  });

  test('there is nothing to write with', async () => {
    await filledLedger();
    const reader = await openLedgerReadOnly(stateDir);
    const ledger = await openLedger(stateDir);
    const writing = Object.keys(ledger).filter((name) => !(name in reader));
    expect(writing.toSorted()).toEqual([
      'append',
      'dropUploadNote',
      'noteRemotePlace',
      'noteTrouble',
      'offerFolder',
      'recordInsertion',
      'recordInventory',
      'saveUploadNote',
      'startRoll',
      'uploadNote',
      'uploadNotes',
      'withdrawOffer',
    ]);
    await ledger.close();
    await reader.close();
  });

  test('its connection refuses to write, whoever asks', async () => {
    await filledLedger();
    const forced = sqliteLedger(connectionOf(openDatabaseReadOnly(file), file));
    const offer = { path: '/x', label: 'X', offeredAt: AT };
    await expect(forced.offerFolder(offer)).rejects.toMatchObject({ code: 'cannot-open' });
    await forced.close();
    const ledger = await openLedger(stateDir);
    expect(await ledger.offers()).toEqual([]);
    await ledger.close();
  });

  test('leaves the file as it is', async () => {
    await filledLedger();
    const before = await readFile(file);
    const reader = await openLedgerReadOnly(stateDir);
    const roll = await reader.currentRoll(cardNamed('a').id);
    expect(await allOf(reader.knownFiles(roll?.id ?? (0 as never)))).toHaveLength(3);
    await reader.close();
    expect((await readFile(file)).equals(before)).toBe(true);
  });
});

describe('a ledger of another version', () => {
  let ours: readonly Migration[];
  const next: Migration = {
    version: 3,
    name: '0003-lens',
    sql: 'ALTER TABLE card ADD COLUMN lens TEXT',
  };
  beforeEach(async () => {
    ours = await loadMigrations();
  });

  test('a newer one is refused in one sentence, by both, and left alone', async () => {
    await (await openLedger(stateDir, { migrations: [...ours, next] })).close();
    const before = await readFile(file);
    expect(await told()).toEqual(['newer-schema', 'newer-schema']);
    const error: unknown = await openLedger(stateDir).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: 'The ledger was written by a newer safelight (schema 3; this one knows 2).',
      hint: expect.stringContaining('newer safelight'),
    });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test('an older one is for the service to bring up to date, not for a reader', async () => {
    await filledLedger();
    const migrations = [...ours, next];
    const reader = openLedgerReadOnly(stateDir, { migrations });
    await expect(reader).rejects.toMatchObject({ code: 'older-schema' });
    await (await openLedger(stateDir, { migrations })).close();
    await (await openLedgerReadOnly(stateDir, { migrations })).close();
  });

  test('a whole copy of the old file is kept, private, before the schema changes', async () => {
    await filledLedger();
    await (await openLedger(stateDir, { migrations: [...ours, next] })).close();
    const copy = `${file}.schema-2`;
    expect(((await stat(copy)).mode & 0o777).toString(8)).toBe('600');
    await rm(file);
    await rename(copy, file);
    const old = await openLedger(stateDir);
    const roll = await old.currentRoll(cardNamed('a').id);
    expect(await allOf(old.knownFiles(roll?.id ?? (0 as never)))).toHaveLength(3);
    await old.close();
  });

  test('a new ledger and one that is up to date need no copy', async () => {
    await (await openLedger(stateDir, { migrations: [...ours, next] })).close();
    await (await openLedger(stateDir, { migrations: [...ours, next] })).close();
    expect(await readdir(stateDir)).toEqual(['ledger.sqlite']);
  });

  test('a step that fails changes nothing, and no earlier copy is replaced', async () => {
    await filledLedger();
    const broken = {
      ...next,
      sql: 'CREATE TABLE lens (id INTEGER) STRICT; CREATE TABLE card (x)',
    };
    for (let i = 0; i < 2; i += 1) {
      const open = openLedger(stateDir, { migrations: [...ours, broken] });
      await expect(open).rejects.toMatchObject({ code: 'unexpected' });
    }
    expect((await readdir(stateDir)).toSorted()).toEqual([
      'ledger.sqlite',
      'ledger.sqlite.schema-2',
      'ledger.sqlite.schema-2.2',
    ]);
    const ledger = await openLedger(stateDir);
    expect(await ledger.cards()).toHaveLength(1);
    await ledger.close();
  });
});

describe('a damaged ledger', () => {
  test.each([
    ['garbage', Buffer.alloc(8_192, 7)],
    ['a torn header', Buffer.from('SQLite format 3\0')],
    ['text', Buffer.from('{"not":"a ledger"}')],
  ])('%s is corrupt, is told how to go on, and is kept', async (_, bytes) => {
    await mkdir(stateDir, { recursive: true });
    await writeFile(file, bytes);
    expect(await told()).toEqual(['corrupt', 'corrupt']);
    const error: unknown = await openLedger(stateDir).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ hint: expect.stringMatching(/is lost.*move .*keep them/) });
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test('a torn page within is found when the service opens it', async () => {
    await filledLedger(2_000);
    const bytes = await readFile(file);
    // A whole page of a table's tree, away from the header.
    const torn = Buffer.concat([bytes.subarray(0, 20 * 4_096), Buffer.alloc(4_096, 0xa5)]);
    await writeFile(file, Buffer.concat([torn, bytes.subarray(21 * 4_096)]));
    await expect(openLedger(stateDir)).rejects.toMatchObject({ code: 'corrupt' });
    await writeFile(file, bytes);
    await (await openLedger(stateDir)).close();
  });

  test('a file cut short is corrupt', async () => {
    await filledLedger(2_000);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, 10 * 4_096));
    await expect(openLedger(stateDir)).rejects.toMatchObject({ code: 'corrupt' });
  });

  test("another program's database is not taken over", async () => {
    await mkdir(stateDir, { recursive: true });
    const db = new Database(file);
    db.exec('CREATE TABLE songs (id INTEGER)');
    db.close();
    expect(await told()).toEqual(['corrupt', 'corrupt']);
  });

  test('a ledger that forgot its own schema is corrupt', async () => {
    await filledLedger();
    const db = new Database(file);
    db.exec('DELETE FROM migration');
    db.close();
    expect(await told()).toEqual(['corrupt', 'corrupt']);
  });

  test('a log without its ledger is not thrown away', async () => {
    await filledLedger();
    const ledger = await openLedger(stateDir);
    await ledger.offerFolder({ path: '/x', label: 'X', offeredAt: AT });
    const log = await readFile(`${file}-wal`);
    expect(log.length).toBeGreaterThan(0);
    await ledger.close();
    await rm(file);
    await writeFile(`${file}-wal`, log);
    await expect(openLedger(stateDir)).rejects.toMatchObject({ code: 'corrupt' });
    expect((await readFile(`${file}-wal`)).equals(log)).toBe(true);
    // The twin: with the log moved aside as the hint says, a new ledger is begun.
    await rename(`${file}-wal`, join(home, 'kept-wal'));
    await (await openLedger(stateDir)).close();
  });

  test('a state folder that cannot be made is told', async () => {
    await writeFile(join(home, 'deep'), 'a file where a folder should be');
    await expect(openLedger(stateDir)).rejects.toMatchObject({ code: 'cannot-open' });
  });
});

describe('the export', () => {
  test.each(['sqlite', 'memory'])('tells all of one card as JSON lines (%s)', async (kind) => {
    const ledger = kind === 'sqlite' ? await openLedger(stateDir) : new MemoryLedger();
    const { roll, ids } = await cardWithFiles(ledger, 2);
    await cardWithFiles(ledger, 2, 'b');
    await ledger.append(ids.flatMap((id) => [sourceRead(id), sighting(id, 9e15)]));
    // One file is replaced on the card, and later the card is formatted: all of it stays told.
    await ledger.recordInventory(scanOf(roll, { known: ids.slice(1), fresh: [newFile('new')] }));
    await ledger.startRoll(roll.cardId, AT, () => 'second');

    const texts: string[] = [];
    for await (const text of exportCard(ledger, roll.cardId)) texts.push(text);
    const whole = texts.join('');
    expect(whole.endsWith('\n')).toBe(true);
    const lines = whole
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    expect(lines.map(({ line }) => line)).toEqual([
      'card',
      'roll',
      'inventory',
      'file',
      'evidence',
      'evidence',
      'file',
      'evidence',
      'evidence',
      'file',
      'roll',
    ]);
    expect(lines[0]).toMatchObject({ version: 1, id: roll.cardId });
    expect(lines[4]).toMatchObject({
      kind: 'source-read',
      at: AT,
      time: '2026-11-24T06:00:00.000Z',
    });
    expect(lines[5]).toMatchObject({ kind: 'offsite-sighting', at: 9e15, time: null });
    await ledger.close();
  });

  test('an unknown card gives nothing', async () => {
    const ledger = new MemoryLedger();
    const lines = exportCard(ledger, cardNamed('a').id);
    expect(await lines.next()).toEqual({ done: true, value: undefined });
  });
});

test('records are read lazily: a reader that stops early keeps no lock', async () => {
  await filledLedger(3_000);
  const reader = await openLedgerReadOnly(stateDir);
  const ledger = await openLedger(stateDir);
  const roll = await ledger.currentRoll(cardNamed('a').id);
  const inventory = roll && (await reader.latestInventory(roll.id));
  if (inventory === undefined) throw new TypeError('no inventory');
  for await (const batch of reader.records(inventory)) {
    expect(batch.length).toBeLessThan(3_000);
    break;
  }
  await ledger.append([
    sourceRead((await allRecords(reader, inventory))[0]?.file.id ?? (0 as never)),
  ]);
  expect((await allRecords(reader, inventory))[0]?.evidence).toHaveLength(2);
  await ledger.close();
  await reader.close();
});
