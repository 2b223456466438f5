/** Makes a signal of anything that can show a light: dark when nobody renews it, never in the way when it fails. */
import type { Light } from '../core/light.ts';
import type { Logger } from '../platform/logger.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signal, SignalState } from '../ports/signal.ts';
import { type Lease, makeLease } from './lease.ts';
import { LEASE_MS, STARTING } from './signal-states.ts';

/** The device itself. Its methods are called one after the other, never two at once. */
export interface Lamp {
  readonly name: string;
  /** Throws SignalError when it can never work here. */
  open(): Promise<void>;
  /** Shows a state; throws when it could not. Called again to renew what is shown. */
  light(state: SignalState): Promise<void>;
  dark(): Promise<void>;
  /** Dark, and as it was found. */
  close(): Promise<void>;
  /** How often at most it is told again what it shows already. */
  readonly renewEveryMs: number;
  /** For devices that show the line as well: how often at most it is told a new one. */
  readonly lineEveryMs?: number;
}

export interface LampDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export function makeLampSignal(lamp: Lamp, deps: LampDeps): Signal {
  return new LampSignal(lamp, deps);
}

class LampSignal implements Signal {
  readonly name: string;
  readonly #lamp: Lamp;
  readonly #deps: LampDeps;
  readonly #lease: Lease;
  /** The end of the queue of things to do with the device. */
  #last: Promise<void> = Promise.resolve();
  #shown: { readonly state: SignalState; readonly at: number } | undefined;
  #failing = false;
  #stopped = false;

  constructor(lamp: Lamp, deps: LampDeps) {
    this.name = lamp.name;
    this.#lamp = lamp;
    this.#deps = deps;
    this.#lease = makeLease(deps.clock, LEASE_MS, () => this.#expire());
  }

  async start(): Promise<void> {
    await this.#lamp.open();
    await this.show(STARTING);
  }

  show(state: SignalState): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#lease.renew();
    return this.#queue(async () => {
      if (this.#isDue(state)) await this.#light(state);
    });
  }

  async tell(): Promise<void> {}

  stop(): Promise<void> {
    this.#stopped = true;
    this.#lease.end();
    return this.#queue(async () => {
      this.#shown = undefined;
      await this.#tried(() => this.#lamp.close());
    });
  }

  #isDue(state: SignalState): boolean {
    const shown = this.#shown;
    if (shown === undefined || shown.state.light !== state.light) return true;
    const ageMs = this.#deps.clock.now() - shown.at;
    // A clock that jumped back must not stop the renewal.
    if (ageMs < 0 || ageMs >= this.#lamp.renewEveryMs) return true;
    const { lineEveryMs } = this.#lamp;
    return lineEveryMs !== undefined && ageMs >= lineEveryMs && shown.state.line !== state.line;
  }

  async #light(state: SignalState): Promise<void> {
    const shows = await this.#tried(() => this.#lamp.light(state), state.light);
    this.#shown = { state, at: this.#deps.clock.now() };
    // What cannot be told the new state must not go on showing the old one.
    if (!shows) await this.#lamp.dark().catch(() => {});
  }

  #expire(): void {
    this.#deps.logger.warn('a light went dark because nobody renewed it', { signal: this.name });
    void this.#queue(async () => {
      this.#shown = undefined;
      await this.#tried(() => this.#lamp.dark());
    });
  }

  #queue(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(act);
    return this.#last;
  }

  /** Whether it worked. The first failure is logged, and that it works again. */
  async #tried(act: () => Promise<void>, light?: Light): Promise<boolean> {
    const { logger } = this.#deps;
    try {
      await act();
    } catch (error) {
      if (!this.#failing) logger.warn('a light does not work', { signal: this.name, light, error });
      this.#failing = true;
      return false;
    }
    if (this.#failing) logger.info('a light works again', { signal: this.name });
    this.#failing = false;
    return true;
  }
}
