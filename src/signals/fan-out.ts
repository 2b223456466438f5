/** Many signals as one: each goes its own way, and what fails or hangs does so alone. */
import type { Logger } from '../platform/logger.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signal, SignalState, Turn } from '../ports/signal.ts';
import { type Lane, makeLane } from './lane.ts';
import { RENEW_MS, STARTING } from './signal-states.ts';

export interface FanOutOptions {
  /**
   * How old a state may get before it is shown as "hold" instead. The renewal here runs by a timer and would keep a
   * light on although whoever judges has come to a stand; so the judge must say the state again before this is over.
   */
  readonly staleAfterMs?: number;
}

export interface FanOutDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

const STALE_AFTER_MS = 5 * 60_000;
/** How long anybody waits for a signal; the service must be able to stop within 5 s. */
const LIMIT_MS = 3_000;

const STALE: SignalState = {
  light: 'do-not-format',
  line: 'Hold: the service has not looked at the cards for some minutes.',
};

/**
 * `start` never fails: a signal that can never work here is logged and left out. `show` and `tell` resolve when every
 * signal has taken it or has had its time. What is shown is renewed every 10 s until `stop`.
 */
export function makeFanOut(
  signals: readonly Signal[],
  deps: FanOutDeps,
  options: FanOutOptions = {},
): Signal {
  return new FanOut(signals, deps, options.staleAfterMs ?? STALE_AFTER_MS);
}

class FanOut implements Signal {
  readonly name = 'all signals';
  readonly #lanes: readonly Lane[];
  readonly #deps: FanOutDeps;
  readonly #staleAfterMs: number;
  #state: SignalState = STARTING;
  /** Counted by renewals rather than by the clock, which may jump. */
  #ageMs = 0;
  #stopping = new AbortController();

  constructor(signals: readonly Signal[], deps: FanOutDeps, staleAfterMs: number) {
    this.#lanes = signals.map((signal) => makeLane(signal, { ...deps, limitMs: LIMIT_MS }));
    this.#deps = deps;
    this.#staleAfterMs = staleAfterMs;
  }

  async start(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.start()));
    void this.#renew(this.#stopping.signal);
  }

  async show(state: SignalState): Promise<void> {
    this.#state = state;
    this.#ageMs = 0;
    await this.#showAll(state);
  }

  async tell(turn: Turn): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.tell(turn)));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    try {
      for (;;) {
        await clock.after(RENEW_MS, signal);
        const wasFresh = this.#ageMs < this.#staleAfterMs;
        this.#ageMs += RENEW_MS;
        const isFresh = this.#ageMs < this.#staleAfterMs;
        if (wasFresh && !isFresh) logger.error('the lights were not renewed by a judgement: hold');
        await this.#showAll(isFresh ? this.#state : STALE);
      }
    } catch (error) {
      if (!signal.aborted) logger.error('the lights are not renewed any more', { error });
    }
  }

  async #showAll(state: SignalState): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.show(state)));
  }
}
