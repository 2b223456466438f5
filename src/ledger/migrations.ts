/** Numbered steps that bring a ledger's schema up to date, and the table that says which were taken and when. */
import { readdir, readFile } from 'node:fs/promises';
import { countOf, type Row } from './column.ts';
import type { Db } from './connection.ts';
import { corruptHint, LedgerError } from './ledger-error.ts';

export interface Migration {
  /** 1 and up, without gaps. */
  readonly version: number;
  /** File name without `.sql`. */
  readonly name: string;
  readonly sql: string;
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** Loads the steps that lie beside this module, in `src` as in `dist`. */
export async function loadMigrations(): Promise<readonly Migration[]> {
  const folder = new URL('./migrations/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).toSorted();
  return Promise.all(
    names.map(async (fileName, index) => {
      const version = Number(FILE_NAME.exec(fileName)?.[1]);
      if (version !== index + 1) throw new TypeError(`migration ${index + 1} is missing`);
      const sql = await readFile(new URL(fileName, folder), 'utf8');
      return { version, name: fileName.replace(/\.sql$/, ''), sql };
    }),
  );
}

/**
 * The schema's version, 0 for a database with nothing in it.
 * @throws LedgerError `corrupt` for a database that is not a ledger
 */
export function schemaVersion(db: Db, file: string): number {
  const tables = db
    .prepare<[], Row>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map((row) => row['name']);
  if (tables.includes('migration')) {
    const row = db.prepare<[], Row>('SELECT max(version) AS version FROM migration').get() ?? {};
    return countOf(row['version'], 'schema version');
  }
  if (tables.length === 0) return 0;
  const sentence = `The file ${file} is a database, but not a ledger of safelight.`;
  throw new LedgerError('corrupt', sentence, corruptHint(file));
}

/** The step that the newest of these leads to. */
export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** Takes the steps that are missing, each in a transaction of its own, so that a crash leaves a whole schema. */
export function migrate(db: Db, file: string, migrations: readonly Migration[]): void {
  for (const { version, name, sql } of migrations) {
    db.transaction(() => {
      // Asked under the write lock: another program may have taken the step a moment ago.
      if (schemaVersion(db, file) >= version) return;
      db.exec(`CREATE TABLE IF NOT EXISTS migration (
        version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_ms REAL NOT NULL
      ) STRICT`);
      db.exec(sql);
      db.prepare<[number, string, number]>(
        'INSERT INTO migration (version, name, applied_at_ms) VALUES (?, ?, ?)',
      ).run(version, name, Date.now());
    }).immediate();
  }
}

/** @throws LedgerError `newer-schema` */
export function refuseNewer(version: number, known: number): void {
  if (version <= known) return;
  throw new LedgerError(
    'newer-schema',
    `The ledger was written by a newer safelight (schema ${version}; this one knows ${known}).`,
    'Install the newer safelight again. The ledger was not touched.',
  );
}

/** @throws LedgerError `older-schema` */
export function refuseOlder(version: number, known: number): void {
  if (version >= known) return;
  throw new LedgerError(
    'older-schema',
    `The ledger was written by an older safelight (schema ${version}; this one needs ${known}).`,
    'Start the service once: it brings the ledger up to date and keeps a copy of the old one.',
  );
}
