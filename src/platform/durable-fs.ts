/** Changes to files and folders that are still there after a power cut, and names that are never taken twice. */
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadNative, type Native } from './native.ts';

/** Flushes one file's bytes and size to the drive. On macOS libuv asks the drive itself too (F_FULLFSYNC). */
export async function fsyncFile(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes the names in a folder: without it a new name can vanish with the power although its file was flushed. */
export async function fsyncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder and those above it that are missing, down from `root`, which must exist and is never made: below
 * an unmounted mount point that would fill the disk underneath. Each new name is flushed.
 * @returns whether anything was made
 */
export async function makeFolders(root: string, relative: string): Promise<boolean> {
  let made = false;
  let at = root;
  for (const part of relative.split('/').filter((name) => name !== '' && name !== '.')) {
    const parent = at;
    at = join(parent, part);
    if (await makeOne(at)) {
      await fsyncFolder(parent);
      made = true;
    }
  }
  return made;
}

async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const there = await lstat(path);
    // A link in our way could lead anywhere, the card included.
    if (!there.isDirectory()) throw error;
    return false;
  }
}

/**
 * Gives a file a new name in the same filesystem and never replaces what has that name.
 *
 * In this order, the next where the one before is not to be had: renameat2(RENAME_NOREPLACE) or renamex_np; a hard
 * link and the removal of the old name; a placeholder made with O_EXCL and a rename onto it. The last is for
 * filesystems without hard links where the first is missing too (exFAT through FUSE): nothing of anyone else is
 * replaced, but a crash between its two steps leaves an empty file under the new name.
 * @param calls what the system offers; found out when not given
 * @returns false when the name is taken; both files are then as they were
 */
export async function renameNoReplace(
  from: string,
  to: string,
  calls?: Pick<Native, 'renameNoReplace'>,
): Promise<boolean> {
  const native = (calls ?? (await loadNative())).renameNoReplace;
  if (native !== undefined) {
    try {
      native(from, to);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return false;
      if (code !== 'EINVAL' && code !== 'ENOSYS' && code !== 'ENOTSUP') throw error;
    }
  }
  return await renameByLink(from, to);
}

/** Codes by which filesystems say that they have no hard links. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

async function renameByLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (NO_LINKS.has(codeOf(error))) return await renameOntoPlaceholder(from, to);
    throw error;
  }
  await unlink(from);
  return true;
}

async function renameOntoPlaceholder(from: string, to: string): Promise<boolean> {
  let placeholder: Awaited<ReturnType<typeof open>>;
  try {
    placeholder = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await placeholder.close();
  try {
    await rename(from, to);
  } catch (error) {
    const there = await lstat(to);
    if (there.size === 0) await rm(to, { force: true });
    throw error;
  }
  return true;
}

/** Flushes the folder a path is in. */
export async function fsyncFolderOf(path: string): Promise<void> {
  await fsyncFolder(dirname(path));
}

/** The system's name for what went wrong, e.g. ENOSPC. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
