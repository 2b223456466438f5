/**
 * Which reads of which filesystems tell what is on the device and not what is in memory.
 *
 * A filesystem that is not in here is not trusted: its read-backs are `cached`, whatever it answers.
 */
import { statfs } from 'node:fs/promises';
import { EXT4_MAGIC, takesDirectReadsFromMemory } from '../platform/direct-reads.ts';

export interface ReadHonesty {
  /** Direct reads come from the device although the page cache holds the file. */
  readonly direct: boolean;
  /**
   * What must be out of memory for any read to come from the device: the file's own pages, the pages of the block
   * device below a filesystem in user space, or nothing that we can reach.
   */
  readonly evict: 'file' | 'device' | 'hopeless';
}

const UNTRUSTED: ReadHonesty = { direct: false, evict: 'hopeless' };
const BY_EVICTION: ReadHonesty = { direct: false, evict: 'file' };
const DIRECT_TOO: ReadHonesty = { direct: true, evict: 'file' };

/**
 * By the magic number of statfs(2) (linux/magic.h).
 *
 * Measured on Linux 6.18 with bytes changed on the device under a warm cache: ext4 and xfs tell the truth to direct
 * reads; ext4 with data=journal, btrfs and files kept inside metadata lie even to direct reads; btrfs tells the
 * truth once the file's pages are out (and the file is not inline: see `inlineInMetadata`); exFAT through FUSE lies
 * until the pages of the block device are out, then tells the truth. exfat, vfat, ntfs3 and f2fs in the kernel were
 * not measured: they keep file bytes in the page cache alone, and that they are not in there is proven each time.
 */
const LINUX: ReadonlyMap<number, ReadHonesty> = new Map([
  [EXT4_MAGIC, DIRECT_TOO], // ext2 and ext3, too
  [0x58465342, DIRECT_TOO], // xfs
  [0x9123683e, BY_EVICTION], // btrfs
  [0x2011bab0, BY_EVICTION], // exfat
  [0x4d44, BY_EVICTION], // vfat
  [0x5346544e, BY_EVICTION], // ntfs (old driver)
  [0x7366746e, BY_EVICTION], // ntfs3
  [0xf2f52010, BY_EVICTION], // f2fs
  [0x65735546, { direct: false, evict: 'device' }], // fuse: only with a block device below (fuseblk)
]);

/** macOS: by type name; Apple's unified buffer cache is the only cache. Not run on a Mac; proven each time or not at all. */
const DARWIN: ReadonlyMap<string, ReadHonesty> = new Map([
  ['apfs', BY_EVICTION],
  ['hfs', BY_EVICTION],
  ['exfat', BY_EVICTION],
  ['msdos', BY_EVICTION],
]);

/** Looks at the filesystem that holds a path. `fsType` is its name where that is known. */
export async function readHonestyOf(path: string, fsType?: string): Promise<ReadHonesty> {
  if (process.platform === 'darwin') return DARWIN.get(fsType ?? '') ?? UNTRUSTED;
  if (process.platform !== 'linux') return UNTRUSTED;
  const { type } = await statfs(path);
  const honesty = LINUX.get(type) ?? UNTRUSTED;
  const fromMemory = type === EXT4_MAGIC && (await takesDirectReadsFromMemory(path));
  return fromMemory ? BY_EVICTION : honesty;
}

/** tmpfs and ramfs: memory is the medium, and nothing lies between. */
const MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/**
 * The same for a source that is read a second time. Here no copy is to be proven, only that the bytes are asked for
 * anew, so filesystems not in the table will do when the file's pages are proven to be out of memory.
 */
export async function rereadHonestyOf(path: string): Promise<ReadHonesty | 'memory'> {
  const { type } = await statfs(path);
  if (process.platform === 'linux' && MEMORY.has(type)) return 'memory';
  const honesty = await readHonestyOf(path);
  return honesty.evict === 'hopeless' ? BY_EVICTION : honesty;
}
