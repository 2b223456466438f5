/** Reads a large file back while it is still being written, in segments that trail behind the writing. */
import type { EngineTools } from './engine-tools.ts';
import type { PlacedFile, ReadBackResult } from './read-back.ts';
import { UncachedFile } from './uncached-file.ts';

/**
 * Each segment costs a flush, so they are large; towards the end of the file they become smaller, because the last
 * one is what is left to be read when everything is written. Measured: 64 MiB hide the reading of a long clip.
 */
const LARGEST_BYTES = 64 << 20;
const SMALLEST_BYTES = 16 << 20;
const SHARE_OF_REST = 4;

/** Where the segment that begins at `from` ends, a whole number of MiB. */
export function segmentEnd(from: number, sizeBytes: number): number {
  const share = Math.ceil((sizeBytes - from) / SHARE_OF_REST);
  const length = Math.min(LARGEST_BYTES, Math.max(SMALLEST_BYTES, share));
  return from + length - (length % (1 << 20));
}

export class TrailingReadBack {
  readonly #tools: EngineTools;
  readonly #placed: PlacedFile;
  readonly #signal: AbortSignal;
  readonly #running;
  readonly #sizeBytes: number;
  #file: UncachedFile | undefined;
  #asked = 0;
  #done = 0;
  #work: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(tools: EngineTools, placed: PlacedFile, sizeBytes: number, signal: AbortSignal) {
    this.#tools = tools;
    this.#placed = placed;
    this.#sizeBytes = sizeBytes;
    this.#signal = signal;
    this.#running = tools.pool.startHash();
  }

  /** Whether this can be done: only where it is the file's own pages that have to be out of memory. */
  static suits({ honesty }: Pick<PlacedFile, 'honesty'>, sizeBytes: number): boolean {
    return sizeBytes > SMALLEST_BYTES && honesty.evict === 'file';
  }

  /** Everything before `end` has been written. Whole segments of it are flushed and read back in the background. */
  reached(end: number, flush: () => Promise<void>): void {
    const to = segmentEnd(this.#asked, this.#sizeBytes);
    // The last piece is read after the flush of the whole file.
    if (end < to || end === this.#sizeBytes) return;
    this.#asked = to;
    this.#work = this.#work.then(() => this.#readTo(to, flush));
  }

  /**
   * Reads what is left. The file is flushed and has its true length by now.
   * @throws what the drive answered to any of the reads
   */
  async finish(): Promise<ReadBackResult> {
    await this.#work;
    await this.#readTo(this.#sizeBytes, async () => undefined);
    if (this.#failure !== undefined) throw this.#failure.error;
    const proof = this.#file?.proof ?? 'cached';
    return { hash: this.#running.digest(), sizeBytes: this.#done, proof };
  }

  async close(): Promise<void> {
    await this.#work;
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Never rejects: the first failure is kept, and nothing is read after it. */
  async #readTo(end: number, flush: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await flush();
      this.#file ??= await UncachedFile.open(this.#tools, this.#placed);
      this.#done = await this.#file.read(this.#done, end, (bytes) => {
        this.#signal.throwIfAborted();
        this.#running.update(bytes);
      });
    } catch (error) {
      this.#failure = { error };
    }
  }
}
