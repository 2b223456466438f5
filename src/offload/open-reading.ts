/** Opens files for reading only, past the cache where the filesystem lets us, and without leaving a trace. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../platform/durable-fs.ts';

export interface OpenedForReading {
  readonly handle: FileHandle;
  /** Reads bypass the page cache; they must be whole blocks into aligned memory. */
  readonly direct: boolean;
}

/** Links are not followed, and a pipe that has taken a file's place does not block. */
const PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Flags that a system may not have (macOS) and a filesystem may not take. */
const NO_ACCESS_TIME = constants.O_NOATIME ?? 0;
const DIRECT = constants.O_DIRECT ?? 0;

/**
 * Direct and without touching the access time, as far as that may be had: a card that the desktop mounted writable
 * would otherwise be written to by being read.
 */
export async function openForReading(path: string, direct = true): Promise<OpenedForReading> {
  let flags = PLAIN | NO_ACCESS_TIME | (direct ? DIRECT : 0);
  for (;;) {
    try {
      return { handle: await open(path, flags), direct: (flags & DIRECT) !== 0 };
    } catch (error) {
      const code = codeOf(error);
      // Only the owner may leave the time alone; not every filesystem knows direct reads.
      if (code === 'EPERM' && (flags & NO_ACCESS_TIME) !== 0) flags &= ~NO_ACCESS_TIME;
      else if (code === 'EINVAL' && (flags & DIRECT) !== 0) flags &= ~DIRECT;
      else throw error;
    }
  }
}
