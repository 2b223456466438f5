/** By what means a file's bytes can be read from where they are stored, rather than from this computer's memory. */
import { statfs } from 'node:fs/promises';
import { EXT4_MAGIC, takesDirectReadsFromMemory } from '../../platform/direct-reads.ts';

/**
 * - `evict`: once its pages are out of memory, the next read cannot come from there
 * - `direct`: direct I/O goes past the page cache
 * - `memory`: the filesystem has no other place than memory
 */
export type Means = 'evict' | 'direct' | 'memory';

const EVICT: readonly Means[] = ['evict'];
const EITHER: readonly Means[] = ['evict', 'direct'];

/**
 * By the magic number of statfs(2) (linux/magic.h). What is not in here is never believed: filesystems in user
 * space (sshfs, rclone mount) and ZFS keep caches of their own that nobody outside can empty.
 *
 * ext4, xfs, btrfs and overlay were measured with bytes changed under a warm cache; nfs and smb follow their
 * documentation (no such mount could be made where this was written); the others keep file bytes in the page cache
 * alone.
 */
const LINUX: ReadonlyMap<number, readonly Means[]> = new Map([
  [EXT4_MAGIC, EITHER], // ext2 and ext3, too
  [0x58465342, EITHER], // xfs
  [0x9123683e, EVICT], // btrfs: direct reads come from the cache
  [0x794c7630, EVICT], // overlay
  [0xf2f52010, EVICT], // f2fs
  [0x2011bab0, EVICT], // exfat
  [0x4d44, EVICT], // vfat
  [0x7366746e, EVICT], // ntfs3
  [0x6969, EITHER], // nfs
  [0xfe534d42, EITHER], // smb2, smb3
  [0xff534d42, EITHER], // cifs
  [0x01021994, ['memory']], // tmpfs
]);

/** The means that count on the filesystem that holds a path. On macOS eviction is proven each time or not at all. */
export async function meansFor(path: string): Promise<readonly Means[]> {
  if (process.platform === 'darwin') return EVICT;
  if (process.platform !== 'linux') return [];
  const { type } = await statfs(path);
  const means = LINUX.get(type) ?? [];
  return type === EXT4_MAGIC && (await takesDirectReadsFromMemory(path)) ? EVICT : means;
}
