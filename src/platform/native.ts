/**
 * The few calls of the C library that Node does not offer, through the optional package koffi.
 *
 * Every one of them may be missing (no koffi, another C library, another system): then the answer is `undefined`
 * and the caller falls back to something weaker that it must name honestly. Nothing is loaded until first asked.
 * The Linux calls were tried; the macOS ones follow Apple's manual pages and have not been run on a Mac.
 */
import { getSystemErrorName } from 'node:util';

export interface Native {
  /**
   * Flushes the whole filesystem that holds the open file. Since Linux 5.8 it also reports what could not be
   * written since the file was opened.
   * @throws Error with a `code` such as EIO
   */
  readonly syncFilesystem?: (fd: number) => Promise<void>;
  /** Asks the kernel to forget clean pages of a range of an open file; a length of 0 means up to its end. */
  readonly evict?: (fd: number, offset: number, length: number) => void;
  /** How many pages of a range of an open file are in memory now. */
  readonly residentPages?: (fd: number, offset: number, length: number) => number;
  /**
   * Renames and never replaces.
   * @throws Error with `code` EEXIST when the name is taken, EINVAL or ENOSYS where the filesystem cannot
   */
  readonly renameNoReplace?: (from: string, to: string) => void;
  /**
   * Whether the bytes of an open file are kept inside the filesystem's metadata, whose own cache nobody can empty.
   * @throws Error with `code` EOPNOTSUPP or ENOTTY where the filesystem does not say
   */
  readonly keptInMetadata?: (fd: number) => boolean;
  /**
   * The flags of an open file or folder (`FS_…_FL` of linux/fs.h).
   * @throws Error with `code` ENOTTY or EOPNOTSUPP where the filesystem has none
   */
  readonly inodeFlags?: (fd: number) => number;
  /**
   * Wishes for large pages (2 MiB instead of 4 KiB) below memory that begins at a page and was not used yet. Direct I/O
   * holds on to each page by itself: with large ones that is next to no work.
   */
  readonly preferLargePages?: (memory: Uint8Array) => void;
  /** Sets the modification time exactly; Node's own call goes through a double and loses up to 238 ns. */
  readonly setModified?: (fd: number, nanoseconds: bigint) => void;
}

type Call = (...args: unknown[]) => unknown;

interface Library {
  func(definition: string): Call & { async: Call };
}

interface Foreign {
  readonly library: Library;
  errno(): number;
}

let loaded: Promise<Native> | undefined;

/** The calls that this system has. Loads on first use; later calls get the same answer. */
export function loadNative(): Promise<Native> {
  loaded ??= bind();
  return loaded;
}

async function bind(): Promise<Native> {
  const foreign = await loadForeign();
  if (foreign === undefined) return {};
  if (process.platform === 'linux') return bindLinux(foreign);
  if (process.platform === 'darwin') return bindDarwin(foreign);
  return {};
}

async function loadForeign(): Promise<Foreign | undefined> {
  try {
    const { default: koffi } = await import('koffi');
    return { library: koffi.load(null), errno: () => koffi.errno() };
  } catch {
    // Optional by design: without it the weaker ways are taken and said.
    return undefined;
  }
}

const POSIX_FADV_DONTNEED = 4;
const RENAME_NOREPLACE = 1;
const AT_FDCWD = -100;

function bindLinux(foreign: Foreign): Native {
  const fadvise = bound(foreign, 'int posix_fadvise(int fd, int64 offset, int64 len, int advice)');
  const rename = bound(
    foreign,
    'int renameat2(int olddir, const char *old, int newdir, const char *new, uint flags)',
  );
  return {
    ...bindSync(foreign),
    ...bindResidency(foreign),
    ...bindTimes(foreign),
    ...bindExtents(foreign),
    ...bindLargePages(foreign),
    ...(fadvise === undefined
      ? {}
      : {
          // Unlike the others it returns the error itself and leaves errno alone.
          evict: (fd, offset, length) =>
            check('posix_fadvise', Number(fadvise(fd, offset, length, POSIX_FADV_DONTNEED))),
        }),
    ...(rename === undefined
      ? {}
      : {
          renameNoReplace: (from, to) => {
            if (rename(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) !== 0) {
              check('renameat2', foreign.errno());
            }
          },
        }),
  };
}

const RENAME_EXCL = 4;
const MS_INVALIDATE = 2;

function bindDarwin(foreign: Foreign): Native {
  const rename = bound(foreign, 'int renamex_np(const char *from, const char *to, uint flags)');
  const mapping = bindMapping(foreign);
  const msync = bound(foreign, 'int msync(uintptr_t addr, size_t len, int flags)');
  return {
    ...bindResidency(foreign),
    ...bindTimes(foreign),
    ...(mapping === undefined || msync === undefined
      ? {}
      : {
          evict: (fd, offset, length) => {
            if (length > 0)
              mapping.over(fd, offset, length, (at) => msync(at, length, MS_INVALIDATE));
          },
        }),
    ...(rename === undefined
      ? {}
      : {
          renameNoReplace: (from, to) => {
            if (rename(from, to, RENAME_EXCL) !== 0) check('renamex_np', foreign.errno());
          },
        }),
  };
}

function bindSync(foreign: Foreign): Native {
  const syncfs = bound(foreign, 'int syncfs(int fd)');
  if (syncfs === undefined) return {};
  return {
    // On a thread of its own: a drive may take seconds for it. errno stays in that thread; EIO stands for all.
    syncFilesystem: (fd) =>
      new Promise((resolve, reject) => {
        syncfs.async(fd, (error: unknown, result: unknown) => {
          if (error instanceof Error) reject(error);
          else if (error !== null || result !== 0) reject(systemError('syncfs', 'EIO'));
          else resolve();
        });
      }),
  };
}

interface Mapping {
  /** Maps a range readable for the time of one call. Offsets must be whole pages. */
  over<T>(fd: number, offset: number, length: number, use: (address: unknown) => T): T;
  readonly pageBytes: number;
}

const PROT_READ = 1;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;

function bindMapping(foreign: Foreign): Mapping | undefined {
  const pageSize = bound(foreign, 'int getpagesize()');
  const mmap = bound(
    foreign,
    'uintptr_t mmap(void *addr, size_t len, int prot, int flags, int fd, int64 offset)',
  );
  const munmap = bound(foreign, 'int munmap(uintptr_t addr, size_t len)');
  if (pageSize === undefined || mmap === undefined || munmap === undefined) return undefined;
  return {
    pageBytes: Number(pageSize()),
    over(fd, offset, length, use) {
      const address = mmap(null, length, PROT_READ, MAP_SHARED, fd, offset);
      if (BigInt(String(address)) === MAP_FAILED) check('mmap', foreign.errno());
      try {
        return use(address);
      } finally {
        munmap(address, length);
      }
    },
  };
}

/** One byte per page is filled in, so a terabyte is looked at in pieces. */
const RESIDENCY_WINDOW_BYTES = 1 << 30;

function bindResidency(foreign: Foreign): Native {
  const mapping = bindMapping(foreign);
  const mincore = bound(foreign, 'int mincore(uintptr_t addr, size_t len, _Out_ uint8_t *vec)');
  if (mapping === undefined || mincore === undefined) return {};
  const { pageBytes } = mapping;
  return {
    residentPages(fd, offset, length) {
      const end = offset + length;
      let resident = 0;
      let at = offset - (offset % pageBytes);
      while (at < end) {
        const window = Math.min(RESIDENCY_WINDOW_BYTES, end - at);
        const pages = new Uint8Array(Math.ceil(window / pageBytes));
        const answer = mapping.over(fd, at, window, (address) => mincore(address, window, pages));
        if (answer !== 0) check('mincore', foreign.errno());
        for (const page of pages) resident += page & 1;
        at += window;
      }
      return resident;
    },
  };
}

/** linux/fiemap.h: a header of 32 bytes, then extents of 56 bytes; flags of an extent are at byte 40 of it. */
const FS_IOC_FIEMAP = 0xc020660b;
const FIEMAP_HEADER_BYTES = 32;
const FIEMAP_EXTENT_BYTES = 56;
const FIEMAP_MAPPED_AT = 20;
const FIEMAP_ROOM_AT = 24;
const FIEMAP_LENGTH_AT = 8;
const FIEMAP_FLAGS_AT = 40;
const FIEMAP_EXTENT_DATA_INLINE = 0x200;
/** linux/fs.h: `_IOR('f', 1, long)`; what is filled in is an int all the same. */
const FS_IOC_GETFLAGS = 0x80086601;

function bindExtents(foreign: Foreign): Native {
  const ioctl = bound(foreign, 'int ioctl(int fd, ulong request, ...)');
  if (ioctl === undefined) return {};
  return {
    keptInMetadata(fd) {
      const map = Buffer.alloc(FIEMAP_HEADER_BYTES + FIEMAP_EXTENT_BYTES);
      map.writeBigUInt64LE(2n ** 64n - 1n, FIEMAP_LENGTH_AT);
      map.writeUInt32LE(1, FIEMAP_ROOM_AT);
      if (ioctl(fd, FS_IOC_FIEMAP, 'void *', map) !== 0) check('fiemap', foreign.errno());
      if (map.readUInt32LE(FIEMAP_MAPPED_AT) === 0) return false;
      const flags = map.readUInt32LE(FIEMAP_HEADER_BYTES + FIEMAP_FLAGS_AT);
      return (flags & FIEMAP_EXTENT_DATA_INLINE) !== 0;
    },
    inodeFlags(fd) {
      const flags = Buffer.alloc(8);
      if (ioctl(fd, FS_IOC_GETFLAGS, 'void *', flags) !== 0) check('getflags', foreign.errno());
      return flags.readUInt32LE(0);
    },
  };
}

const MADV_HUGEPAGE = 14;

function bindLargePages(foreign: Foreign): Native {
  const madvise = bound(foreign, 'int madvise(void *addr, size_t len, int advice)');
  if (madvise === undefined) return {};
  return {
    // What it answers does not matter: a kernel without large pages works as well, only slower.
    preferLargePages: (memory) => void madvise(memory, memory.length, MADV_HUGEPAGE),
  };
}

const NS_PER_S = 1_000_000_000n;

function bindTimes(foreign: Foreign): Native {
  // struct timespec is two 64-bit words on every 64-bit system that Node runs on.
  const futimens = bound(foreign, 'int futimens(int fd, const int64 *times)');
  if (futimens === undefined) return {};
  return {
    setModified(fd, nanoseconds) {
      let seconds = nanoseconds / NS_PER_S;
      let rest = nanoseconds % NS_PER_S;
      if (rest < 0n) {
        seconds -= 1n;
        rest += NS_PER_S;
      }
      const times = new BigInt64Array([seconds, rest, seconds, rest]);
      if (futimens(fd, times) !== 0) check('futimens', foreign.errno());
    },
  };
}

function bound(foreign: Foreign, definition: string): (Call & { async: Call }) | undefined {
  try {
    return foreign.library.func(definition);
  } catch {
    // This C library does not have the call.
    return undefined;
  }
}

function check(call: string, errno: number): void {
  if (errno !== 0) throw systemError(call, getSystemErrorName(-errno));
}

/** An error that looks like Node's own, so that one table of codes serves both. */
function systemError(call: string, code: string): Error {
  return Object.assign(new Error(`${code}: ${call} failed`), { code, syscall: call });
}
