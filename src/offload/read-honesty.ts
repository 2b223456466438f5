/**
 * Which reads of which filesystems tell what is on the device and not what is in memory.
 *
 * A filesystem that is not in here is not trusted: its read-backs are `cached`, whatever it answers.
 */
import { open, readFile, readlink, statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import { loadNative } from '../platform/native.ts';

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
const EXT4 = 0xef53;
const LINUX: ReadonlyMap<number, ReadHonesty> = new Map([
  [EXT4, DIRECT_TOO], // ext2 and ext3, too
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
  const isServedFromMemory = async (): Promise<boolean> =>
    (await journalsData(path)) || (await flagsForbidDirect(path));
  return honesty.direct && (await isServedFromMemory()) ? BY_EVICTION : honesty;
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

/**
 * Whether ext4 sends file bytes through its journal, which makes it take direct reads from the cache. The mount says so,
 * or the superblock for itself (`tune2fs -o journal_data`), which is in no mount option. Not knowing is yes: then it is
 * proven each time that nothing lies in memory.
 */
async function journalsData(path: string): Promise<boolean> {
  const { type } = await statfs(path);
  if (type !== EXT4) return false;
  const { numbers, options } = await mountOf(path);
  if (options.split(',').includes('data=journal')) return true;
  try {
    const device = basename(await readlink(`/sys/dev/block/${numbers}`));
    const own = await readFile(`/proc/fs/ext4/${device}/options`, 'utf8');
    return own.split('\n').includes('data=journal');
  } catch {
    return true;
  }
}

interface Mount {
  /** "major:minor" of the device. */
  readonly numbers: string;
  readonly options: string;
}

async function mountOf(path: string): Promise<Mount> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  let best = { length: -1, numbers: '', options: '' };
  for (const line of mounts.split('\n')) {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCodePoint(Number.parseInt(octal, 8)),
    );
    const holds = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    // Later lines lie on top of earlier ones at the same place.
    if (holds && point.length >= best.length) {
      best = { length: point.length, numbers: fields[2] ?? '', options: fields.at(-1) ?? '' };
    }
  }
  return best;
}

/** linux/fs.h. Both are passed on to everything that is made in a folder. */
const FS_ENCRYPT_FL = 0x800;
const FS_JOURNAL_DATA_FL = 0x4000;

/** Whether files below the folder are journalled or encrypted: then direct reads are taken from memory, and nobody is told. */
async function flagsForbidDirect(folder: string): Promise<boolean> {
  const { inodeFlags } = await loadNative();
  if (inodeFlags === undefined) return false;
  const handle = await open(folder);
  try {
    return (inodeFlags(handle.fd) & (FS_ENCRYPT_FL | FS_JOURNAL_DATA_FL)) !== 0;
  } catch {
    // A filesystem without flags has none that forbid it.
    return false;
  } finally {
    await handle.close();
  }
}
