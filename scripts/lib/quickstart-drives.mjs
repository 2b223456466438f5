/**
 * Makes two small drives for the quickstart: disk images where they can be mounted, else two plain folders.
 *
 * safelight counts physical disks. A mounted image counts as a disk of its own (with a warning about the disk below
 * it); two folders of one disk rightly count once.
 */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from './run.mjs';

const NAMES = ['working', 'backup'];

/**
 * @param {string} base folder to make them in
 * @param {number} sizeBytes of each drive
 * @returns {Promise<{ distinct: boolean, how: string, drives: { name: string, path: string }[], undo: string[][] }>}
 *   `path` is the folder for cards on it; `undo` are the commands that take the drives away again
 */
export async function makeDrives(base, sizeBytes) {
  const way = wayToMount();
  const undo = [];
  const drives = [];
  if (way !== undefined) {
    try {
      for (const name of NAMES) {
        const root = await way.mount(join(base, `${name}.img`), join(base, name), sizeBytes, undo);
        drives.push({ name, path: await folderForCards(root) });
      }
      const size = `${Math.round(sizeBytes / (1 << 20))} MiB`;
      return { distinct: true, how: `two disk images of ${size}, ${way.how}`, drives, undo };
    } catch (error) {
      process.stderr.write(`Disk images cannot be mounted here: ${error.message}\n`);
      await undoAll(undo);
      drives.length = 0;
    }
  }
  for (const name of NAMES) {
    const root = join(base, `${name}-folder`);
    await mkdir(root);
    drives.push({ name, path: await folderForCards(root) });
  }
  return { distinct: false, how: 'two folders on one disk', drives, undo: [] };
}

/** Runs the commands of `undo`, last one first, and empties it. Says what could not be undone. */
export async function undoAll(undo) {
  for (const [program, ...args] of undo.splice(0).toReversed()) {
    await must(program, args).catch((error) => process.stderr.write(`${error.message}\n`));
  }
}

function wayToMount() {
  if (process.platform === 'darwin') return { how: 'attached (HFS+)', mount: attachOnMac };
  if (process.platform !== 'linux') return undefined;
  return process.getuid() === 0
    ? { how: 'loop-mounted (ext4)', mount: mountAsRoot }
    : { how: 'mounted by udisks (ext4)', mount: mountByUdisks };
}

async function folderForCards(root) {
  const path = join(root, 'Ingest');
  await mkdir(path);
  return path;
}

async function emptyImage(image, sizeBytes) {
  const file = await open(image, 'wx');
  await file.truncate(sizeBytes);
  await file.close();
}

async function mountAsRoot(image, root, sizeBytes, undo) {
  await emptyImage(image, sizeBytes);
  await must('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
  await mkdir(root);
  const device = (await must('losetup', ['--find', '--show', image])).trim();
  undo.push(['losetup', '--detach', device]);
  await must('mount', [device, root]);
  undo.push(['umount', root]);
  return root;
}

/** For a person at the machine: udisks lets the session's own user set up and mount images without a password. */
async function mountByUdisks(image, _root, sizeBytes, undo) {
  await emptyImage(image, sizeBytes);
  const owner = `root_owner=${process.getuid()}:${process.getgid()}`;
  await must('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', owner, image]);
  const quiet = '--no-user-interaction';
  const mapped = await must('udisksctl', ['loop-setup', quiet, '-f', image]);
  const device = /(\/dev\/loop\d+)/.exec(mapped)?.[1];
  if (device === undefined) throw new Error(`udisksctl does not name the device: ${mapped.trim()}`);
  undo.push(['udisksctl', 'loop-delete', quiet, '-b', device]);
  const mounted = await must('udisksctl', ['mount', quiet, '-b', device]);
  undo.push(['udisksctl', 'unmount', quiet, '-b', device]);
  const root = / at (\/.*?)\.?\s*$/.exec(mounted)?.[1];
  if (root === undefined) throw new Error(`udisksctl does not name the folder: ${mounted.trim()}`);
  return root;
}

/** Written from the manual of hdiutil; not run on a Mac yet. */
async function attachOnMac(image, root, sizeBytes, undo) {
  const mebibytes = `${Math.ceil(sizeBytes / (1 << 20))}m`;
  const volume = ['-volname', 'safelight', '-layout', 'GPTSPUD'];
  const made = `${image}.dmg`;
  await must('hdiutil', ['create', '-quiet', '-size', mebibytes, '-fs', 'HFS+', ...volume, made]);
  await must('hdiutil', ['attach', '-quiet', '-nobrowse', '-mountpoint', root, made]);
  undo.push(['hdiutil', 'detach', '-quiet', root]);
  return root;
}
