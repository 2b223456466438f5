/** XXH64 (seed 0), the hash of ASC MHL and of the whole product. */
import type { ContentHash } from '../core/ids.ts';

/** One running hash. Not to be shared between two files; `update` must be called in order. */
export interface RunningHash {
  /** Takes the bytes in at once; the caller may reuse the buffer when this returns. */
  update(bytes: Uint8Array): void;
  /** The hash of all bytes so far as 16 lower-case hex digits. May be called once. */
  digest(): ContentHash;
}

export interface Hasher {
  start(): RunningHash;
  /** The hash of one buffer. */
  of(bytes: Uint8Array): ContentHash;
  /**
   * Buffers whose bytes it hashes without copying them first; they begin at a memory page. Missing, or undefined
   * when it resolves, where there is no such thing.
   */
  readonly memory?: (count: number, bufferBytes: number) => Promise<HashMemory | undefined>;
}

export interface HashMemory {
  readonly buffers: readonly Uint8Array[];
  /** As `Hasher.start`, also for bytes from elsewhere. Undefined when too many hashes are running in it. */
  start(): RunningHash | undefined;
}
