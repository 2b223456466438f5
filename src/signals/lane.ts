/** One signal's own way: told one thing after the other, only the newest state, and nobody waits for it for long. */
import type { Logger } from '../platform/logger.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signal, SignalState, Turn } from '../ports/signal.ts';

/** Nothing here throws. Everything resolves when it is done or `limitMs` are over, whichever is first. */
export interface Lane {
  start(): Promise<void>;
  /** A state that waits is dropped for a newer one. */
  show(state: SignalState): Promise<void>;
  tell(turn: Turn): Promise<void>;
  /** Waits neither for what is queued nor for what hangs. */
  stop(): Promise<void>;
}

export interface LaneDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limitMs: number;
}

/** Beyond this a signal that hangs loses the oldest turns; the page and the ledger have them all. */
const MAX_TURNS = 50;

export function makeLane(signal: Signal, deps: LaneDeps): Lane {
  return new SignalLane(signal, deps);
}

class SignalLane implements Lane {
  readonly #signal: Signal;
  readonly #deps: LaneDeps;
  /** `out`: it can never work here, or is stopped. */
  #state: 'new' | 'starting' | 'in' | 'out' = 'new';
  #wanted: SignalState | undefined;
  readonly #turns: Turn[] = [];
  #work: Promise<void> | undefined;

  constructor(signal: Signal, deps: LaneDeps) {
    this.#signal = signal;
    this.#deps = deps;
  }

  start(): Promise<void> {
    return this.#pump();
  }

  show(state: SignalState): Promise<void> {
    this.#wanted = state;
    return this.#pump();
  }

  tell(turn: Turn): Promise<void> {
    this.#turns.push(turn);
    if (this.#turns.length > MAX_TURNS) {
      this.#turns.shift();
      this.#deps.logger.warn('a message could not be told in time', { signal: this.#signal.name });
    }
    return this.#pump();
  }

  async stop(): Promise<void> {
    const mayShine = this.#state === 'starting' || this.#state === 'in';
    this.#state = 'out';
    if (mayShine) await this.#within(this.#tried('stop', () => this.#signal.stop()));
  }

  #pump(): Promise<void> {
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
    return this.#within(this.#work);
  }

  async #run(): Promise<void> {
    if (this.#state === 'new') {
      this.#state = 'starting';
      const works = await this.#tried('start', () => this.#signal.start());
      if (this.#isStarting()) this.#state = works ? 'in' : 'out';
    }
    for (;;) {
      const next = this.#next();
      if (next === undefined || this.#state === 'out') return;
      await next();
    }
  }

  /** `stop` may have come in between, which the compiler cannot know. */
  #isStarting(): boolean {
    return this.#state === 'starting';
  }

  #next(): (() => Promise<unknown>) | undefined {
    const state = this.#wanted;
    this.#wanted = undefined;
    if (state !== undefined) return () => this.#tried('show', () => this.#signal.show(state));
    const turn = this.#turns.shift();
    return turn && (() => this.#tried('tell', () => this.#signal.tell(turn)));
  }

  async #tried(what: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      const { name } = this.#signal;
      this.#deps.logger.warn(`a signal failed to ${what}`, { signal: name, error });
      return false;
    }
  }

  async #within(work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const limit = this.#deps.clock.after(this.#deps.limitMs, over.signal).catch(() => {});
    await Promise.race([work, limit]);
    over.abort();
  }
}
