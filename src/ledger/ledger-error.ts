/** What can go wrong with the ledger, and the translation of SQLite's own words into ours. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `missing`: there is no ledger to read
 * - `older-schema` / `newer-schema`: another version of safelight has to look at it
 * - `corrupt`: the file, or a record in it, is not what we wrote
 * - `cannot-open`, `busy`, `disk-full`, `io`: the system does not let us
 * - `unknown`: a card, roll, file or inventory that the ledger does not have
 * - `invalid`: the caller's facts contradict each other or could not be read back exactly
 * - `closed`: used after `close`
 * - `unexpected`: a fault of safelight itself
 */
export type LedgerErrorCode =
  | 'missing'
  | 'older-schema'
  | 'newer-schema'
  | 'corrupt'
  | 'cannot-open'
  | 'busy'
  | 'disk-full'
  | 'io'
  | 'unknown'
  | 'invalid'
  | 'closed'
  | 'unexpected';

export class LedgerError extends RoomError<LedgerErrorCode> {
  override readonly name = 'LedgerError';
}

/** For faults of the program rather than of the machine. */
export const REPORT_IT =
  'Please report this with the log; the evidence already recorded is untouched.';

export function corruptHint(file: string): string {
  return (
    'Nothing on your cards, drives or offsite is lost. To go on, stop safelight, move ' +
    `${file} and the files ${file}-wal and ${file}-shm into another folder (keep them) and start it again: ` +
    'it makes a new ledger and looks at everything anew.'
  );
}

/** Any error out of SQLite or the file system as a LedgerError; LedgerErrors stay as they are. */
export function asLedgerError(error: unknown, file: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const told = messageOf(error);
  const options = { cause: error };
  const [code, sentence, hint] = translated(codeOf(error), told, file);
  return new LedgerError(code, sentence, hint, options);
}

type Translation = readonly [LedgerErrorCode, string, string];

function translated(code: string, told: string, file: string): Translation {
  if (told.includes('database connection is not open')) {
    return ['closed', 'The ledger was used after it had been closed.', REPORT_IT];
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return ['corrupt', `The ledger ${file} is damaged (${told}).`, corruptHint(file)];
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return [
      'busy',
      'The ledger is in use by another program.',
      'See whether safelight runs twice, or whether another program has the ledger open.',
    ];
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return [
      'disk-full',
      `There is no room left to write the ledger ${file}.`,
      'Make room on the disk that holds the state folder.',
    ];
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return [
      'unknown',
      'The ledger does not have the file or card that a record is about.',
      REPORT_IT,
    ];
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return ['invalid', `The ledger refused a record (${told}).`, REPORT_IT];
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|^E(ACCES|PERM|ROFS|NOTDIR|NOENT|EXIST)$/.test(code)) {
    return [
      'cannot-open',
      `The ledger ${file} cannot be opened (${told}).`,
      'Run this as the user that safelight runs as, and see that the state folder is on a disk of this machine.',
    ];
  }
  if (/^SQLITE_IOERR|^EIO$/.test(code)) {
    return [
      'io',
      `The disk that holds the ledger ${file} failed (${told}).`,
      'Check the disk of the state folder. Nothing counts as safe that could not be recorded.',
    ];
  }
  return ['unexpected', `The ledger failed in an unexpected way (${told}).`, REPORT_IT];
}

/** By shape, not by class: errors of Node and of the driver may come from another realm than this module. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return String(error.message);
}
