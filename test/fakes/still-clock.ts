/** A clock that stands still until the test moves it; waits end when it has moved far enough. */
import type { Clock } from '../../src/ports/clock.ts';

interface Wait {
  readonly at: number;
  readonly end: () => void;
}

export class StillClock implements Clock {
  #now = 1_700_000_000_000;
  #setBy = 0;
  readonly #waits = new Set<Wait>();
  readonly #arrivals = new Set<() => void>();
  /** Length of each wait that was ever begun, in order. */
  readonly asked: number[] = [];

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now - this.#setBy;
  }

  localDay(ms: number): string {
    return new Date(ms).toISOString().slice(0, 10);
  }

  after(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      this.asked.push(ms);
      const wait: Wait = { at: this.elapsed() + ms, end: resolve };
      this.#waits.add(wait);
      signal.addEventListener('abort', () => {
        this.#waits.delete(wait);
        reject(signal.reason);
      });
      for (const arrived of this.#arrivals) arrived();
      this.#arrivals.clear();
    });
  }

  /** Somebody sets the clock by so much: no time has passed. */
  set(ms: number): void {
    this.#now += ms;
    this.#setBy += ms;
  }

  /** Lets time pass. */
  move(ms: number): void {
    this.#now += ms;
    for (const wait of this.#waits) {
      if (wait.at > this.elapsed()) continue;
      this.#waits.delete(wait);
      wait.end();
    }
  }

  /** How many wait now. */
  get waits(): number {
    return this.#waits.size;
  }

  /** Lets one second pass, and everything that follows from it happen. */
  async second(): Promise<void> {
    this.move(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when somebody begins to wait; at once when somebody does already. */
  async someoneWaits(): Promise<void> {
    if (this.#waits.size > 0) return;
    await new Promise<void>((resolve) => {
      this.#arrivals.add(resolve);
    });
  }
}
