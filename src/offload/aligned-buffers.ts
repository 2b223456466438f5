/** A small fixed number of large buffers that direct I/O accepts; all copying goes through them. */
import type { Hasher, HashMemory, RunningHash } from '../ports/hasher.ts';

/** Address, offset and length of direct I/O must be whole blocks of the device; 4096 is always enough. */
export const BLOCK_BYTES = 4096;

/** The next whole number of blocks. */
export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** The whole blocks that are contained in so many bytes. */
export function fullBlocks(bytes: number): number {
  return bytes - (bytes % BLOCK_BYTES);
}

/**
 * Zeroes what follows the file's bytes in a buffer, as far as a write may reach beyond them: what was in there
 * before belongs to another file.
 */
export function padWithZeros(buffer: Uint8Array, length: number): void {
  buffer.fill(0, length, Math.min(buffer.length, wholeBlocks(length) + BLOCK_BYTES));
}

/**
 * Memory that starts at a page. Ordinary buffers do not, and direct I/O answers EINVAL for them; a resizable one
 * gets pages of its own from the system (measured on Node 20; the type is newer than our library setting).
 */
export function alignedBuffer(bytes: number): Uint8Array {
  const memory: unknown = Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: bytes }]);
  if (!(memory instanceof ArrayBuffer)) throw new TypeError('no buffer was made');
  return new Uint8Array(memory);
}

/**
 * Hands out buffers in the order of asking. Whoever holds one must not wait for a second one: with nobody holding
 * and waiting the pool cannot lock up, however many files are under way.
 */
export class BufferPool {
  readonly #hasher: Hasher;
  readonly #count: number;
  readonly bufferBytes: number;
  readonly #free: Uint8Array[] = [];
  readonly #waiting: ((buffer: Uint8Array) => void)[] = [];
  #memory: HashMemory | undefined;
  #filling: Promise<void> | undefined;
  readonly #pause: (() => Promise<void>) | undefined;
  #users = 0;
  #uses = 0;
  #lingers = false;

  /** `pause`: how long unused memory is kept for the next work; none is kept when not given. */
  constructor(hasher: Hasher, count: number, bufferBytes: number, pause?: () => Promise<void>) {
    this.#hasher = hasher;
    this.#count = count;
    this.bufferBytes = bufferBytes;
    this.#pause = pause;
  }

  /**
   * Runs some work that uses buffers. They are there as long as anybody works and for one pause more, because to make
   * them costs a tenth of a second and thousands of short looks may follow each other; an idle engine holds no memory.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    this.#uses += 1;
    try {
      this.#filling ??= this.#fill();
      await this.#filling;
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) {
        if (this.#pause === undefined || this.#free.length < this.#count) this.#empty();
        else void this.#linger(this.#pause);
      }
    }
  }

  async take(): Promise<Uint8Array> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: Uint8Array): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(buffer);
    else this.#free.push(buffer);
  }

  /** For a buffer that a hanging call may still write into: it is never used again, and another one takes its place. */
  abandon(): void {
    this.give(alignedBuffer(this.bufferBytes));
  }

  /** A hash that takes the bytes of these buffers in without copying them, where that can be had. */
  startHash(): RunningHash {
    return this.#memory?.start() ?? this.#hasher.start();
  }

  async #fill(): Promise<void> {
    this.#memory = await this.#hasher.memory?.(this.#count, this.bufferBytes);
    const buffers = this.#memory?.buffers ?? [];
    this.#free.push(...buffers);
    for (let n = buffers.length; n < this.#count; n += 1) {
      this.#free.push(alignedBuffer(this.bufferBytes));
    }
  }

  async #linger(pause: () => Promise<void>): Promise<void> {
    if (this.#lingers) return;
    this.#lingers = true;
    let uses: number;
    do {
      uses = this.#uses;
      await pause();
    } while (this.#users > 0 || this.#uses !== uses);
    this.#lingers = false;
    this.#empty();
  }

  #empty(): void {
    this.#free.length = 0;
    this.#memory = undefined;
    this.#filling = undefined;
  }
}
