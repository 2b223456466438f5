/** One open SQLite database, and the one place where its errors become LedgerErrors. */
import Database from 'better-sqlite3';
import { asLedgerError, corruptHint, LedgerError, messageOf, REPORT_IT } from './ledger-error.ts';

export type Db = Database.Database;

/** How long a statement waits for another program's lock before it is `busy`. */
const LOCK_WAIT_MS = 5_000;
const MAX_IDLE_WAL_BYTES = 64 * 1024 * 1024;
/**
 * Pages kept in the process; the driver's own 16 MiB are no faster (100,000 files taken in, proven and read: level with
 * 4 and with 2 MiB), since the system keeps the file in its memory anyway.
 */
const CACHE_KIB = 4_096;

export interface Connection {
  readonly db: Db;
  readonly file: string;
  /** Runs the work and translates what it throws. @throws LedgerError */
  readonly run: <T>(work: () => T) => Promise<T>;
  /** Like `run`, in one transaction that takes the write lock at once; durable when it resolves, all or nothing. */
  readonly write: <T>(work: () => T) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** A connection over an open database; `afterClose` clears up what the opening left behind. */
export function connectionOf(
  db: Db,
  file: string,
  afterClose: () => Promise<void> = () => Promise.resolve(),
): Connection {
  const run = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      throw asLedgerError(error, file);
    }
  };
  return {
    db,
    file,
    run,
    write: (work) => run(() => db.transaction(work).immediate()),
    async close() {
      await run(() => db.close());
      await afterClose();
    },
  };
}

/** Opens for writing and sets what durability needs. The caller has made sure that the file exists. */
export function openDatabase(file: string): Db {
  const db = new Database(file, { fileMustExist: true, timeout: LOCK_WAIT_MS });
  db.pragma('foreign_keys = ON');
  keepCacheSmall(db);
  // Said explicitly: this SQLite is built with NORMAL as the default in WAL mode, which may forget after a power cut.
  db.pragma('synchronous = FULL');
  // macOS: fsync alone leaves the drive's own cache unwritten. Without effect elsewhere; not tried on a Mac.
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  db.pragma(`journal_size_limit = ${MAX_IDLE_WAL_BYTES}`);
  return db;
}

/** Opens so that no statement can write, whatever it says. */
export function openDatabaseReadOnly(file: string): Db {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
  try {
    keepCacheSmall(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function keepCacheSmall(db: Db): void {
  // Negative: KiB instead of pages (https://www.sqlite.org/pragma.html#pragma_cache_size).
  db.pragma(`cache_size = -${CACHE_KIB}`);
}

/** Reads stored values; a TypeError of a guard becomes a loud `corrupt` that names the record. */
export function readingBack<T>(file: string, record: () => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isTypeError(error)) throw error;
    const sentence = `${record()} in the ledger ${file} cannot be read: ${error.message}.`;
    throw new LedgerError('corrupt', sentence, corruptHint(file), { cause: error });
  }
}

/** Takes facts in from a caller; a TypeError of a guard becomes `invalid`. */
export function takingIn<T>(record: () => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isTypeError(error)) throw error;
    const sentence = `${record()} cannot be recorded: ${error.message}.`;
    throw new LedgerError('invalid', sentence, REPORT_IT, { cause: error });
  }
}

/** By name, since the driver's come from another realm. A closed database is a TypeError too, but no bad value. */
function isTypeError(error: unknown): error is TypeError {
  return (
    typeof error === 'object' &&
    error !== null &&
    'name' in error &&
    error.name === 'TypeError' &&
    !messageOf(error).startsWith('The database connection')
  );
}
