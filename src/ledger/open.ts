/** Opening the ledger: for the service, which writes, and for faces, which cannot. */
import type { Logger } from '../platform/logger.ts';
import { backUp } from './backup.ts';
import {
  type Connection,
  connectionOf,
  type Db,
  openDatabase,
  openDatabaseReadOnly,
  readingBack,
} from './connection.ts';
import { ledgerFile, prepareLedgerFile, sizeOf } from './ledger-file.ts';
import { asLedgerError, corruptHint, LedgerError } from './ledger-error.ts';
import {
  loadMigrations,
  type Migration,
  migrate,
  newestVersion,
  refuseNewer,
  refuseOlder,
  schemaVersion,
} from './migrations.ts';
import { cannotMakeIndex, copyAside } from './read-aside.ts';
import {
  type SqliteLedger,
  type SqliteReader,
  sqliteLedger,
  sqliteReader,
} from './sqlite-ledger.ts';

export interface OpenOptions {
  readonly logger?: Logger;
  /** The schema's steps; those beside this module when not given. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the ledger of a state folder for writing, makes it when there is none, and brings its schema up to date
 * (keeping a copy of the old file beside it). Two may have it open; who may write is settled by the service's lock.
 * @throws LedgerError `newer-schema`, `corrupt`, `cannot-open`, `busy`, `disk-full`, `io`
 */
export async function openLedger(
  stateDir: string,
  options: OpenOptions = {},
): Promise<SqliteLedger> {
  const file = ledgerFile(stateDir);
  const migrations = options.migrations ?? (await loadMigrations());
  return translating(file, async () => {
    const isNew = await prepareLedgerFile(stateDir);
    if (isNew) options.logger?.info('a new ledger is begun', { file });
    const db = openDatabase(file);
    return orClose(db, async () => {
      await bringUpToDate(db, file, migrations, options.logger);
      return sqliteLedger(connectionOf(db, file));
    });
  });
}

/**
 * Opens the ledger of a state folder so that nothing can be written through it. Works while the service writes
 * and shows what it has committed, and after it was killed. Where this user may not write to the folder and no
 * service runs, it shows a copy of that moment.
 * @throws LedgerError `missing`, `older-schema`, `newer-schema`, `corrupt`, `cannot-open`, `io`
 */
export async function openLedgerReadOnly(
  stateDir: string,
  options: Pick<OpenOptions, 'migrations'> = {},
): Promise<SqliteReader> {
  const file = ledgerFile(stateDir);
  const known = newestVersion(options.migrations ?? (await loadMigrations()));
  return translating(file, async () => {
    if ((await sizeOf(file)) === 0) throw missing(file);
    return sqliteReader(await readOnlyConnection(file, known));
  });
}

async function bringUpToDate(
  db: Db,
  file: string,
  migrations: readonly Migration[],
  logger: Logger | undefined,
): Promise<void> {
  const version = versionOf(db, file);
  const known = newestVersion(migrations);
  refuseNewer(version, known);
  refuseDamage(db, file);
  if (db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw new LedgerError(
      'cannot-open',
      `The ledger ${file} lies on a disk that cannot keep it safely (no write-ahead log).`,
      'Put the state folder on a disk of this machine, not on a network share.',
    );
  }
  if (version === known) return;
  if (version > 0) {
    const copy = await backUp(db, file, version);
    logger?.info('the ledger is brought up to date', { from: version, to: known, copy });
  }
  migrate(db, file, migrations);
}

/** @throws LedgerError `corrupt` */
function refuseDamage(db: Db, file: string): void {
  const found: unknown = db.pragma('quick_check(1)', { simple: true });
  if (found === 'ok') return;
  throw new LedgerError(
    'corrupt',
    `The ledger ${file} is damaged (${String(found)}).`,
    corruptHint(file),
  );
}

/** How often a reader starts again because a service started or ended while it was looking. */
const MAX_LOOKS = 5;

async function readOnlyConnection(file: string, known: number): Promise<Connection> {
  for (let look = 1; ; look += 1) {
    try {
      return readable(file, file, known);
    } catch (error) {
      if (look === MAX_LOOKS || !cannotMakeIndex(error)) throw error;
    }
    const aside = await copyAside(file);
    if (aside !== undefined) {
      try {
        return readable(aside.file, file, known, aside.remove);
      } catch (error) {
        await aside.remove();
        throw error;
      }
    }
  }
}

/** Opens `path` and looks inside. `file` is its name for people. */
function readable(
  path: string,
  file: string,
  known: number,
  afterClose?: () => Promise<void>,
): Connection {
  const db = openDatabaseReadOnly(path);
  try {
    const version = versionOf(db, file);
    if (version === 0) throw missing(file);
    refuseNewer(version, known);
    refuseOlder(version, known);
    return connectionOf(db, file, afterClose);
  } catch (error) {
    db.close();
    throw error;
  }
}

function versionOf(db: Db, file: string): number {
  return readingBack(
    file,
    () => 'The schema version',
    () => schemaVersion(db, file),
  );
}

function missing(file: string): LedgerError {
  return new LedgerError(
    'missing',
    `There is no ledger at ${file}: nothing was ever recorded there.`,
    'Start the service once, or name its state folder with --state-dir.',
  );
}

async function translating<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asLedgerError(error, file);
  }
}

async function orClose<T>(db: Db, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    db.close();
    throw error;
  }
}
