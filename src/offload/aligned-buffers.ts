/** A small fixed number of large buffers that direct I/O accepts; all copying goes through them. */

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
  readonly bufferBytes: number;
  readonly #limit: number;
  readonly #free: Uint8Array[] = [];
  readonly #waiting: ((buffer: Uint8Array) => void)[] = [];
  #made = 0;
  #users = 0;

  constructor(limit: number, bufferBytes: number) {
    this.#limit = limit;
    this.bufferBytes = bufferBytes;
  }

  /** Runs some work that uses buffers. When nobody does, the memory is given back. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) {
        this.#made -= this.#free.length;
        this.#free.length = 0;
      }
    }
  }

  async take(): Promise<Uint8Array> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < this.#limit) {
      this.#made += 1;
      return alignedBuffer(this.bufferBytes);
    }
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: Uint8Array): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(buffer);
    else this.#free.push(buffer);
  }

  /** For a buffer that a hanging call may still write into: it is never used again, and another one takes its place. */
  abandon(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(alignedBuffer(this.bufferBytes));
    else this.#made -= 1;
  }
}
