import type { Clock } from '../../../src/ports/clock.ts';

/** A clock whose waits end with the next second, which passes when told to. */
export class SecondsClock implements Clock {
  readonly #waits: (() => void)[] = [];

  now(): number {
    return 0;
  }

  elapsed(): number {
    return 0;
  }

  localDay(): string {
    return '2026-01-01';
  }

  async after(): Promise<void> {
    await new Promise<void>((resolve) => this.#waits.push(resolve));
  }

  get waits(): number {
    return this.#waits.length;
  }

  /** Lets one second pass, and everything that follows from it happen. */
  async second(): Promise<void> {
    for (const end of this.#waits.splice(0)) end();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
