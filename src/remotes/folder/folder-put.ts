/** Puts one file into the folder: temporary file → fsync → hash checked → pass committed → rename → fsync. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  codeOf,
  fsyncFile,
  fsyncFolder,
  makeFolders,
  renameNoReplace,
} from '../../platform/durable-fs.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { OffsiteObject, PutControl } from '../../ports/remote.ts';
import { closeLater, opened } from '../patience.ts';
import { RemoteError } from '../remote-error.ts';
import { openSource } from '../source-file.ts';
import type { Limiter } from '../wrappers/limit.ts';
import { type FolderRoot, notThere, sameRoot } from './folder-root.ts';
import { type Step, stepsOf } from './folder-trouble.ts';

/** Unfinished files stand here, in the same filesystem as the finished ones. */
export const PARTS_FOLDER = '.safelight-parts';

const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Files up to one block are made longer for a moment: otherwise btrfs and some ext4 keep their bytes inside
 * metadata, where the witness could not read past the cache.
 */
const TINY_BYTES = 4096;
const TINY_WRITTEN_BYTES = 2 * TINY_BYTES;

export interface FolderSending {
  readonly id: string;
  readonly root: FolderRoot;
  readonly hasher: Hasher;
  readonly limiter: Limiter | undefined;
}

/** Places the object unless something has its name; then the source is only checked and the pass committed. */
export async function putFile(
  sending: FolderSending,
  object: OffsiteObject,
  control: PutControl,
): Promise<void> {
  const { id, root } = sending;
  const target = join(root.path, keyInside(id, object.key));
  const step = stepsOf(id, control.signal);
  if (!control.replaceOwn && (await step(isTaken(target)))) {
    await passOver(sending, object, control.signal, async () => {});
    await control.commitPass([]);
    return;
  }
  await step(makeFolders(root.path, PARTS_FOLDER));
  const temporary = join(root.path, PARTS_FOLDER, `${randomUUID()}.part`);
  try {
    await writeTemporary(sending, object, control, temporary);
    // No digest but the hash itself is needed: a folder's witness can always read the bytes.
    await control.commitPass([]);
    if (!(await step(sameRoot(root)))) throw notThere(id, `${root.path} is no longer the same`);
    await step(makeFolders(root.path, dirname(object.key)));
    await step(show(temporary, target, control.replaceOwn));
  } finally {
    await removeQuietly(id, temporary);
  }
}

/** What cannot be removed now (the share went away, or the signal came) is left to `sweep`. */
async function removeQuietly(id: string, temporary: string): Promise<void> {
  try {
    await stepsOf(id, AbortSignal.timeout(5_000))(rm(temporary, { force: true }));
  } catch {
    // Nothing depends on it.
  }
}

/** Names that would leave the folder, or hide among our own, are refused. */
function keyInside(id: string, key: string): string {
  const parts = key.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..');
  if (!bad && !key.includes('\0') && parts[0] !== PARTS_FOLDER) return key;
  throw new RemoteError(
    'refused',
    `${id} cannot hold a file of the name ${JSON.stringify(key)}.`,
    'Correct the cards.folder template.',
  );
}

async function isTaken(target: string): Promise<boolean> {
  try {
    await lstat(target);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function show(temporary: string, target: string, replace: boolean): Promise<void> {
  if (replace) await rename(temporary, target);
  // False: somebody was quicker. What stands there is for the witness to see.
  else if (!(await renameNoReplace(temporary, target))) return;
  await fsyncFile(target);
  await fsyncFolder(dirname(target));
}

async function writeTemporary(
  sending: FolderSending,
  object: OffsiteObject,
  control: PutControl,
  temporary: string,
): Promise<void> {
  const { signal } = control;
  const step: Step = stepsOf(sending.id, signal);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const file = await opened(open(temporary, flags, 0o644), step);
  try {
    const { dev } = await step(file.stat());
    if (dev !== sending.root.deviceNumber) throw notThere(sending.id, 'it was unmounted');
    await passOver(sending, object, signal, async (block) => {
      if (sending.limiter) await step(sending.limiter.take(block.length, signal));
      await step(writeFully(file, block));
      control.onBytes(block.length);
    });
    if (object.sizeBytes <= TINY_BYTES) await step(keepOutOfMetadata(file, object.sizeBytes));
    const modified = object.mtimeMs / 1000;
    await step(file.utimes(modified, modified));
    await step(file.sync());
    await step(file.close());
  } catch (error) {
    closeLater(file);
    throw error;
  }
}

/** Reads the source from first to last byte; ends well only if it has the hash it should. */
async function passOver(
  sending: FolderSending,
  object: OffsiteObject,
  signal: AbortSignal,
  take: (block: Buffer) => Promise<void>,
): Promise<void> {
  const source = await openSource(object, sending, signal);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(1, object.sizeBytes)));
    for (let rest = object.sizeBytes; rest > 0; rest -= buffer.length) {
      const block = buffer.subarray(0, Math.min(rest, buffer.length));
      // oxlint-disable-next-line no-await-in-loop -- one buffer, filled and emptied in turn
      await source.fill(block);
      // oxlint-disable-next-line no-await-in-loop -- the same
      await take(block);
    }
    await source.finish();
  } finally {
    source.close();
  }
}

async function keepOutOfMetadata(file: FileHandle, sizeBytes: number): Promise<void> {
  if (sizeBytes === 0) return;
  await writeFully(file, Buffer.alloc(TINY_WRITTEN_BYTES - sizeBytes));
  // Flushed before it is cut: where the bytes go is decided when they are written out.
  await file.sync();
  await file.truncate(sizeBytes);
}

async function writeFully(file: FileHandle, block: Buffer): Promise<void> {
  let written = 0;
  while (written < block.length) {
    // oxlint-disable-next-line no-await-in-loop -- each write goes on where the last one stopped
    const { bytesWritten } = await file.write(block, written, block.length - written);
    written += bytesWritten;
  }
}
