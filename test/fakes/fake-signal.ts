/** A lamp in memory, with faults. */
import type { Light } from '../../src/core/light.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Signal, SignalState, Turn } from '../../src/ports/signal.ts';

/** `fails`: every call of the device is refused; `hangs`: no call ever comes back. */
export type SignalFault = 'none' | 'fails' | 'hangs';

const LEASE_MS = 30_000;

export class FakeSignal implements Signal {
  readonly name: string;
  readonly #clock: Clock;
  #shown: { readonly state: SignalState; readonly at: number } | undefined;
  #stopped = false;
  fault: SignalFault = 'none';
  /** Makes `start`, `show` and `tell` throw instead of swallowing what fails; a signal that breaks its promise. */
  isRude = false;
  /** Every state that was shown, in order. */
  readonly states: SignalState[] = [];
  readonly turns: Turn[] = [];

  constructor(clock: Clock, name = 'fake') {
    this.#clock = clock;
    this.name = name;
  }

  async start(): Promise<void> {
    if (this.isRude) throw new Error(`${this.name} can never work here`);
    await this.show({ light: 'do-not-format', line: 'Starting' });
  }

  async show(state: SignalState): Promise<void> {
    await this.#meet();
    if (this.#stopped || this.fault === 'fails') return;
    this.states.push(state);
    this.#shown = { state, at: this.#clock.now() };
  }

  async tell(turn: Turn): Promise<void> {
    await this.#meet();
    if (!this.#stopped && this.fault === 'none') this.turns.push(turn);
  }

  async stop(): Promise<void> {
    await this.#meet();
    this.#stopped = true;
    this.#shown = undefined;
  }

  /** The light that somebody would see now. */
  get light(): Light {
    const shown = this.#shown;
    if (shown === undefined || this.#clock.now() - shown.at >= LEASE_MS) return 'off';
    return shown.state.light;
  }

  async #meet(): Promise<void> {
    if (this.fault === 'hangs') await new Promise(() => {});
    if (this.isRude) throw new Error(`${this.name} is rude`);
  }
}
