/**
 * Sees to it that only one service works on a state folder.
 *
 * The lock is an exclusive SQLite transaction on a file of its own. The kernel lets go of it when the process ends,
 * however it ends, so there is nothing stale to find out about: a pid file alone cannot tell a killed service from a
 * new process with its number, a socket cannot be taken over without a race, and flock(2) is not in Node. SQLite is
 * there anyway and locks the same on Linux and macOS. The pid beside it is only for the message.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { RoomError } from '../core/room-error.ts';

export type ProcessLockErrorCode = 'already-running' | 'lock-failed';

export class ProcessLockError extends RoomError<ProcessLockErrorCode> {
  /** Of the service that holds the lock, where it is known. */
  readonly pid: number | undefined;

  constructor(
    code: ProcessLockErrorCode,
    words: { readonly message: string; readonly hint: string },
    pid?: number,
    options?: ErrorOptions,
  ) {
    super(code, words.message, words.hint, options);
    this.name = 'ProcessLockError';
    this.pid = pid;
  }
}

export interface ProcessLock {
  /** Lets go; may be called again. The lock also goes when the process does. */
  release(): void;
}

const LOCK_FILE = 'service.lock';
const PID_FILE = 'service.pid';

/**
 * Takes the lock of a state folder, which is made if missing.
 * @throws ProcessLockError `already-running`, or `lock-failed` when the folder cannot be written
 */
export function takeProcessLock(stateFolder: string): ProcessLock {
  const pidFile = join(stateFolder, PID_FILE);
  let db: Database.Database | undefined;
  try {
    makeFolder(stateFolder);
    db = new Database(join(stateFolder, LOCK_FILE), { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(`${pidFile}.new`, `${process.pid}\n`);
    renameSync(`${pidFile}.new`, pidFile);
  } catch (cause) {
    db?.close();
    throw isBusy(cause) ? alreadyRunning(stateFolder, pidFile) : lockFailed(stateFolder, cause);
  }
  return releaseOf(db, pidFile);
}

/** Node's own `recursive` tries for ever where no folder can be made (below /proc the kernel says ENOENT). */
function makeFolder(path: string): void {
  if (isMade(path)) return;
  makeFolder(dirname(path));
  if (!isMade(path)) mkdirSync(path, { mode: 0o700 });
}

/** False when the folder above is missing. @throws the system's own error when it cannot be made */
function isMade(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    if (errorCode(error) === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw error;
  }
}

function releaseOf(db: Database.Database, pidFile: string): ProcessLock {
  return {
    release() {
      if (!db.open) return;
      // Before letting go: afterwards it may be the next service's.
      rmSync(pidFile, { force: true });
      db.close();
    },
  };
}

function alreadyRunning(stateFolder: string, pidFile: string): ProcessLockError {
  const pid = readPid(pidFile);
  const who = pid === undefined ? '' : ` (pid ${pid})`;
  const message = `Another safelight service${who} already works on ${stateFolder}.`;
  const hint =
    'Use "safelight status" to see it, or stop it first; two at once would copy everything twice.';
  return new ProcessLockError('already-running', { message, hint }, pid);
}

function lockFailed(stateFolder: string, cause: unknown): ProcessLockError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `The state folder ${stateFolder} cannot be locked: ${why}.`;
  const hint = 'See that the folder can be written by the service and that its drive is not full.';
  return new ProcessLockError('lock-failed', { message, hint }, undefined, { cause });
}

function isBusy(error: unknown): boolean {
  // By its code: the addon's errors come from wherever it was loaded first, and are no Errors of another realm.
  return errorCode(error) === 'SQLITE_BUSY';
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // Only for the message; between two services it may be missing for a moment.
    return undefined;
  }
}
