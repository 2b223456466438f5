/** No call to a card or drive is waited for without end. */
import type { Clock } from '../ports/clock.ts';

/** The call did not come back in time. It may still be running: what it was given must not be used again. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
  readonly code = 'ESTALLED';
}

/** One timer serves all calls: a timer for each would cost more than the calls do. */
const TICK_MS = 1_000;

interface Waiting {
  ticksLeft: number;
  giveUp(): void;
}

/** Watches over calls that are under way. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  readonly #never = new AbortController().signal;
  #ticking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The call's own result, or `Stalled` after so long (give or take a second). The call is not stopped: a read that
   * hangs in the kernel cannot be. Its late answer goes unheard, because the time-out has been reported already.
   */
  async within<T>(call: Promise<T>, ms: number): Promise<T> {
    const waiting: Waiting = { ticksLeft: Math.ceil(ms / TICK_MS), giveUp: () => undefined };
    const expired = new Promise<never>((_, reject) => {
      waiting.giveUp = () => reject(new Stalled(`no answer within ${Math.round(ms / 1_000)} s`));
    });
    this.#waiting.add(waiting);
    if (!this.#ticking) void this.#tick();
    try {
      return await Promise.race([call, expired]);
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** Ticks as long as anything is waited for. */
  async #tick(): Promise<void> {
    this.#ticking = true;
    while (this.#waiting.size > 0) {
      await this.#clock.after(TICK_MS, this.#never);
      for (const waiting of this.#waiting) {
        waiting.ticksLeft -= 1;
        if (waiting.ticksLeft <= 0) waiting.giveUp();
      }
    }
    this.#ticking = false;
  }
}
