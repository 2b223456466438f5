/**
 * Reading a ledger that this user may read but whose folder it may not write to.
 *
 * SQLite reads a database with a write-ahead log only if the log's index (`-shm`) is there or can be made. While
 * the service runs, or after it was killed, it is there. After a clean end, or when only the index is lost, nobody
 * is writing: then a copy of what lies there is as good, and it can be opened anywhere.
 */
import { constants, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './ledger-error.ts';
import { isMissing } from './ledger-file.ts';

/** What SQLite says when it could not make the index or the log. */
const CANNOT_MAKE_INDEX = /^SQLITE_(CANTOPEN|READONLY)/;

export function cannotMakeIndex(error: unknown): boolean {
  return CANNOT_MAKE_INDEX.test(codeOf(error));
}

export interface Aside {
  readonly file: string;
  readonly remove: () => Promise<void>;
}

/** A private copy of the ledger as it lies there; undefined when somebody wrote to it meanwhile. */
export async function copyAside(file: string): Promise<Aside | undefined> {
  const before = await fingerprint(file);
  const folder = await mkdtemp(join(tmpdir(), 'safelight-read-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const copy = join(folder, 'ledger.sqlite');
  try {
    await copyFile(file, copy, constants.COPYFILE_FICLONE);
    await copyIfThere(`${file}-wal`, `${copy}-wal`);
    if ((await fingerprint(file)) === before) return { file: copy, remove };
  } catch (error) {
    await remove();
    throw error;
  }
  await remove();
  return undefined;
}

/** Equal only while nobody writes: an index that appears means that a service has started. */
async function fingerprint(file: string): Promise<string> {
  const parts = await Promise.all(['', '-wal', '-shm'].map((suffix) => trace(`${file}${suffix}`)));
  return parts.join(' ');
}

async function trace(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    if (isMissing(error)) return '-';
    throw error;
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
