/** A clock that moves only when told to. */
import type { Clock } from '../../src/ports/clock.ts';

interface Timer {
  readonly at: number;
  readonly end: () => void;
}

export class FakeSignalClock implements Clock {
  #elapsed = 0;
  /** What the wall shows at the start; whoever sets the clock moves it. */
  #startedAt = Date.UTC(2026, 10, 24, 22, 14);
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  localDay(ms: number): string {
    return new Date(ms).toISOString().slice(0, 10);
  }

  after(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => {
        this.#timers.delete(timer);
        reject(signal.reason);
      };
      const end = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const timer: Timer = { at: this.#elapsed + ms, end };
      this.#timers.add(timer);
      signal.addEventListener('abort', onAbort);
    });
  }

  /** How many waits are going on. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Time that some work takes: it passes without ending any wait. */
  pass(ms: number): void {
    this.#elapsed += ms;
  }

  /** Sets the time without ending any wait, as when somebody sets the clock. */
  jump(ms: number): void {
    this.#startedAt += ms;
  }

  /** Lets time pass: each wait ends at its moment, and what follows from it is done before the next one. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settled();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#timers.delete(next);
      next.end();
      await settled();
    }
    this.#elapsed = until;
  }

  #next(until: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  }
}

/** Resolves when everything that waits for nothing outside has been done. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Asks until the answer is as wanted, for things that go through real files; the test's time limit is the bound. */
export async function becomes<T>(ask: () => Promise<T>, wanted: T): Promise<T> {
  let answer = await ask();
  while (answer !== wanted) {
    await settled();
    answer = await ask();
  }
  return answer;
}
