/** Ends what is waited for when nothing has been heard for too long, however much is waited for. */

export class Patience {
  readonly #ms: number;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #over = new AbortController();

  /** `ms` without a word; Infinity waits for ever. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** For one more that waits, until `end`. The signal aborts when the patience of all who wait is over. */
  begin(): AbortSignal {
    this.#waiting += 1;
    if (Number.isFinite(this.#ms)) {
      this.#timer ??= setTimeout(() => this.#lose(), this.#ms).unref();
    }
    return this.#over.signal;
  }

  /** There was a word: the time begins anew. */
  heard(): void {
    this.#timer?.refresh();
  }

  end(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Who waits next shall add nothing to a signal that lives for ever.
    this.#over = new AbortController();
  }

  #lose(): void {
    this.#timer = undefined;
    const over = this.#over;
    this.#over = new AbortController();
    over.abort(new Error(`No answer for ${this.#ms / 1_000} s.`));
  }
}
