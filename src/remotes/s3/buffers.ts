/** The few large buffers that all uploads of one remote share, so that memory does not grow with their number. */

export const BUFFER_BYTES = 16 * 1024 * 1024;

/** Uploads that hold one at the same time; the others wait. */
const LIMIT = 2;

/** Hands out buffers in the order of asking. Whoever holds one must not wait for a second one. */
export class Buffers {
  readonly #free: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #held = 0;

  /**
   * Runs some work with a buffer whose content is anything. After a failure the buffer is not used again: a broken
   * connection may still hold on to it.
   * @throws the signal's reason, or what the work throws
   */
  async lend<T>(signal: AbortSignal, work: (buffer: Buffer) => Promise<T>): Promise<T> {
    await this.#turn(signal);
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    try {
      const result = await work(buffer);
      this.#free.push(buffer);
      return result;
    } finally {
      this.#held -= 1;
      // An idle service holds no memory for uploads.
      if (this.#held === 0 && this.#waiting.size === 0) this.#free.length = 0;
      this.#wakeNext();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#held >= LIMIT) {
      // oxlint-disable-next-line no-await-in-loop -- somebody else may be quicker
      await this.#change(signal);
    }
    if (signal.aborted) {
      // Woken for nothing: the turn is somebody else's.
      this.#wakeNext();
      throw signal.reason;
    }
    this.#held += 1;
  }

  #wakeNext(): void {
    const [next] = this.#waiting;
    next?.();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', stop);
        finish();
      };
      const wake = settle(resolve);
      const stop = settle(() => reject(signal.reason));
      if (signal.aborted) return reject(signal.reason);
      this.#waiting.add(wake);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
