/** The ledger's file and folder: made private and durable, looked at before anything opens them. */
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, corruptHint, LedgerError } from './ledger-error.ts';

const FILE_NAME = 'ledger.sqlite';

export function ledgerFile(stateDir: string): string {
  return join(stateDir, FILE_NAME);
}

/**
 * Makes the folder (0700) and an empty file (0600) where they are missing; true when the file is new or empty.
 * @throws LedgerError `corrupt` when only the write-ahead log is left: SQLite would silently delete it
 */
export async function prepareLedgerFile(stateDir: string): Promise<boolean> {
  const madeFolder = await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const file = ledgerFile(stateDir);
  if ((await sizeOf(file)) > 0) return false;
  if ((await sizeOf(`${file}-wal`)) > 0) {
    const sentence = `The ledger ${file} is gone or empty, but its log ${file}-wal is still there.`;
    throw new LedgerError('corrupt', sentence, corruptHint(file));
  }
  await (await open(file, 'a', 0o600)).close();
  await syncFolder(stateDir);
  if (madeFolder !== undefined) await syncFolder(dirname(madeFolder));
  return true;
}

/** 0 for a file that is not there. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Without it a power cut can forget that a file was made. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
