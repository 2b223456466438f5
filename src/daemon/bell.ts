/** Waiting that can be cut short: a hint rings, the sleeper looks again. */
import type { Clock } from '../ports/clock.ts';

export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Ends the wait going on, or the next one at once. Ringing twice is ringing once. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when rung, or after `ms` (Infinity: only when rung). Rejects with the signal's reason when aborted. */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#rung) await this.#sleep(clock, ms, signal);
    this.#rung = false;
    signal.throwIfAborted();
  }

  async #sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const any = AbortSignal.any([signal, over.signal]);
    const rung = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const wake = (): void => this.#wake?.();
    signal.addEventListener('abort', wake);
    // An aborted timer is not a failure: the bell or the caller ended the wait.
    const timer = Number.isFinite(ms) ? [clock.after(ms, any).catch(() => undefined)] : [];
    await Promise.race([rung, ...timer]);
    this.#wake = undefined;
    // Not by the option `signal` of addEventListener: of several at a time Node 20 takes only the last one back.
    signal.removeEventListener('abort', wake);
    over.abort();
  }
}
