/** A whole copy of the ledger, made before its schema changes. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Db } from './connection.ts';
import { isMissing, syncFolder } from './ledger-file.ts';

/** More than anybody ever migrates back and forth. */
const MAX_COPIES = 1_000;

/**
 * Writes a copy beside the ledger, `<file>.schema-<version>` (or with `.2`, `.3`, …), and returns its path. A copy
 * under its final name is whole and durable; an earlier copy is never replaced.
 */
export async function backUp(db: Db, file: string, version: number): Promise<string> {
  const copy = await freeName(`${file}.schema-${version}`);
  const part = `${copy}.part`;
  await rm(part, { force: true });
  const handle = await open(part, 'wx+', 0o600);
  try {
    // VACUUM INTO takes an empty file as it is, so that the copy keeps the private mode.
    db.prepare('VACUUM INTO ?').run(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, copy);
  await syncFolder(dirname(file));
  return copy;
}

async function freeName(wanted: string): Promise<string> {
  for (let n = 1; n <= MAX_COPIES; n += 1) {
    const name = n === 1 ? wanted : `${wanted}.${n}`;
    try {
      await (await open(name, 'r')).close();
    } catch (error) {
      if (isMissing(error)) return name;
      throw error;
    }
  }
  throw new TypeError(`too many copies of the ledger: ${wanted}`);
}
