/** Finds out whether a folder can really be written to: by writing, flushing and removing a small file. */
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './errno.ts';

/** The process number is in it: the service and a command may try the same folder at the same time. */
const TRIAL_NAME = `.safelight-trial-${process.pid}`;
const TRIAL_BYTES = 4096;

/** @throws the system's error of the first step that fails */
export async function tryWriting(folder: string): Promise<void> {
  const path = join(folder, TRIAL_NAME);
  // Exclusive: whatever has that name is never written through, be it a link. Ours from a crash goes first.
  const file = await open(path, 'wx', 0o600).catch(async (error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
    await unlink(path);
    return open(path, 'wx', 0o600);
  });
  try {
    await file.write(Buffer.alloc(TRIAL_BYTES, 'safelight'));
    await file.sync();
  } finally {
    await file.close();
    await unlink(path);
  }
}
