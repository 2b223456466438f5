/** Whether direct reads can be believed on ext4, which at times takes them from memory and tells nobody. Linux. */
import { open, readFile, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { numberText } from './device-number.ts';
import { loadNative } from './native.ts';

/** `type` of statfs(2) for ext2, ext3 and ext4 (linux/magic.h). */
export const EXT4_MAGIC = 0xef53;

/** Flags of an inode (linux/fs.h); both are passed on to everything that is made in a folder. */
const FS_ENCRYPT_FL = 0x800;
const FS_JOURNAL_DATA_FL = 0x4000;

/**
 * Whether ext4 answers direct reads of a file, or of files made in a folder, from memory: where it sends file bytes
 * through its journal, or encrypts them. Not knowing is yes.
 */
export async function takesDirectReadsFromMemory(path: string): Promise<boolean> {
  try {
    const { dev } = await stat(path);
    return (await journalsData(dev)) || (await isFlagged(path));
  } catch {
    return true;
  }
}

/** The mount says so, or the superblock for itself (`tune2fs -o journal_data`), which is in no mount option. */
async function journalsData(deviceNumber: number): Promise<boolean> {
  const numbers = numberText(deviceNumber);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const byMount = mounts.split('\n').some((line) => {
    const fields = line.split(' ');
    return fields[2] === numbers && fields.at(-1)?.split(',').includes('data=journal') === true;
  });
  if (byMount) return true;
  const device = basename(await readlink(`/sys/dev/block/${numbers}`));
  const own = await readFile(`/proc/fs/ext4/${device}/options`, 'utf8');
  return own.split('\n').includes('data=journal');
}

async function isFlagged(path: string): Promise<boolean> {
  const { inodeFlags } = await loadNative();
  // Without the optional package only what concerns the whole filesystem can be known.
  if (inodeFlags === undefined) return false;
  const handle = await open(path);
  try {
    return (inodeFlags(handle.fd) & (FS_ENCRYPT_FL | FS_JOURNAL_DATA_FL)) !== 0;
  } finally {
    await handle.close();
  }
}
