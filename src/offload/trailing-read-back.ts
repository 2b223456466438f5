/** Reads a large file back while it is still being written, in segments that trail behind the writing. */
import type { EngineTools } from './engine-tools.ts';
import type { PlacedFile, ReadBackResult } from './read-back.ts';
import { UncachedFile } from './uncached-file.ts';

/** Measured: segments of 32 to 64 MiB hide the reading of a long clip behind its writing. */
export const SEGMENT_BYTES = 32 << 20;

export class TrailingReadBack {
  readonly #tools: EngineTools;
  readonly #placed: PlacedFile;
  readonly #signal: AbortSignal;
  readonly #running;
  #file: UncachedFile | undefined;
  #asked = 0;
  #done = 0;
  #work: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(tools: EngineTools, placed: PlacedFile, signal: AbortSignal) {
    this.#tools = tools;
    this.#placed = placed;
    this.#signal = signal;
    this.#running = tools.pool.startHash();
  }

  /** Whether this can be done: only where it is the file's own pages that have to be out of memory. */
  static suits({ honesty }: Pick<PlacedFile, 'honesty'>, sizeBytes: number): boolean {
    return sizeBytes > SEGMENT_BYTES && honesty.evict === 'file';
  }

  /** Everything before `end` has been written. Whole segments of it are flushed and read back in the background. */
  reached(end: number, flush: () => Promise<void>): void {
    const to = end - (end % SEGMENT_BYTES);
    if (to <= this.#asked) return;
    this.#asked = to;
    this.#work = this.#work.then(() => this.#readTo(to, flush));
  }

  /**
   * Reads what is left. The file is flushed and has its true length by now.
   * @throws what the drive answered to any of the reads
   */
  async finish(sizeBytes: number): Promise<ReadBackResult> {
    await this.#work;
    await this.#readTo(sizeBytes, async () => undefined);
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
