/** Reads a file in such a way that it can be said whether the bytes came from the device. */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { ReadProof } from '../core/evidence.ts';
import { codeOf } from '../platform/durable-fs.ts';
import { BLOCK_BYTES, fullBlocks, wholeBlocks } from './aligned-buffers.ts';
import type { EngineTools } from './engine-tools.ts';
import { type OpenedForReading, openForReading } from './open-reading.ts';
import type { ReadHonesty } from './read-honesty.ts';

/** A read from a drive that takes longer is given up; spinning up and error retries of the drive fit in. */
const READ_LIMIT_MS = 120_000;

/** Eviction is tried so often: something else may just be reading along. */
const EVICTIONS = 3;

export interface Opening {
  readonly path: string;
  readonly honesty: ReadHonesty;
}

export class UncachedFile {
  readonly #tools: EngineTools;
  readonly #path: string;
  readonly #honesty: ReadHonesty;
  #handle: FileHandle;
  #direct: boolean;
  #proof: ReadProof = 'device';

  private constructor(tools: EngineTools, opening: Opening, opened: OpenedForReading) {
    this.#tools = tools;
    this.#path = opening.path;
    this.#honesty = opening.honesty;
    this.#handle = opened.handle;
    this.#direct = opened.direct;
  }

  /** Opens for reading only; links are not followed. */
  static async open(tools: EngineTools, opening: Opening): Promise<UncachedFile> {
    const opened = await tools.deadlines.within(openForReading(opening.path), READ_LIMIT_MS);
    return new UncachedFile(tools, opening, opened);
  }

  /** How sure it is that everything read so far came from the device. */
  get proof(): ReadProof {
    return this.#proof;
  }

  async stat(): Promise<Stats> {
    return await this.#tools.deadlines.within(this.#handle.stat(), READ_LIMIT_MS);
  }

  /**
   * Reads from `offset` (a whole number of blocks) up to `end` or the end of the file and hands over the bytes in
   * order. The bytes are only valid during the call of `use`.
   * @returns where reading stopped
   */
  async read(offset: number, end: number, use: (bytes: Uint8Array) => void): Promise<number> {
    this.#evict(offset, end - offset);
    let at = offset;
    while (at < end) {
      const got = await this.#readBlock(at, end, use);
      if (got === 0) break;
      at += got;
    }
    return at;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readBlock(at: number, end: number, use: (bytes: Uint8Array) => void): Promise<number> {
    const { pool, deadlines } = this.#tools;
    const buffer = await pool.take();
    let stuck = true;
    try {
      const wanted = Math.min(buffer.length, wholeBlocks(end - at));
      const read = this.#readAt(buffer, wanted, at);
      const got = Math.min(await deadlines.within(read, READ_LIMIT_MS), end - at);
      stuck = false;
      // A short read is not the end of the file; direct I/O goes on at a whole block only.
      const usable = this.#direct && at + got < end ? fullBlocks(got) || got : got;
      use(buffer.subarray(0, usable));
      return usable;
    } catch (error) {
      stuck = codeOf(error) === 'ESTALLED';
      throw error;
    } finally {
      if (stuck) pool.abandon();
      else pool.give(buffer);
    }
  }

  async #readAt(buffer: Uint8Array, length: number, at: number): Promise<number> {
    try {
      return (await this.#handle.read(buffer, 0, length, at)).bytesRead;
    } catch (error) {
      if (!this.#direct || codeOf(error) !== 'EINVAL') throw error;
      // Some filesystems take the flag and refuse the read, or need larger blocks than we know.
      await this.#reopenBuffered();
      return (await this.#handle.read(buffer, 0, length, at)).bytesRead;
    }
  }

  async #reopenBuffered(): Promise<void> {
    const { handle: buffered } = await openForReading(this.#path, false);
    await this.#handle.close();
    this.#handle = buffered;
    this.#direct = false;
    this.#evict(0, (await buffered.stat()).size);
  }

  /** Puts a range out of memory and lowers the proof unless that worked or does not matter. */
  #evict(offset: number, length: number): void {
    // Where direct reads are honest they come from the device, whatever lies in memory.
    if (length <= 0 || (this.#direct && this.#honesty.direct)) return;
    const out = this.#honesty.evict !== 'hopeless' && this.#evicted(offset, length);
    // Through FUSE that is only half of it; `throughDevice` does the other half and judges.
    if (!out || this.#honesty.evict !== 'file') this.#proof = 'cached';
  }

  #evicted(offset: number, length: number): boolean {
    const { evict, residentPages, keptInMetadata } = this.#tools.native;
    if (evict === undefined || residentPages === undefined) return false;
    try {
      if (offset + length <= BLOCK_BYTES && keptInMetadata?.(this.#handle.fd)) return false;
    } catch {
      // The filesystem has no answer; those that keep bytes in their metadata have one.
    }
    for (let n = 0; n < EVICTIONS; n += 1) {
      evict(this.#handle.fd, offset, length);
      if (residentPages(this.#handle.fd, offset, length) === 0) return true;
    }
    return false;
  }
}
