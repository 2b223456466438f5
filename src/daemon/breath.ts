/** Damps a loop that hints wake: a storm of them (somebody mounts and unmounts all the time) must cost little. */
import type { Clock } from '../ports/clock.ts';

/** Work that hints ask for may take 1/20 of the time, no more. */
const SHARE = 20;
/** No pause is longer: whatever is put in is noticed within three seconds all the same. */
const LONGEST_MS = 1_500;
/** Pauses may be owed for so long together: a change of cards (unmount, out, disk, partition, mount) waits for none. */
const OWED_MS = 15_000;

export class Breath {
  readonly #clock: Clock;
  #owedMs = 0;
  #countedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAt = clock.elapsed();
  }

  /** Waits after work done since `startedAt` (as `Clock.elapsed` counts), when more pauses are owed than may be. Never rejects. */
  async after(startedAt: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.elapsed();
    const tookMs = now - startedAt;
    const restedMs = Math.max(0, now - this.#countedAt - tookMs);
    this.#countedAt = now;
    this.#owedMs = Math.max(0, this.#owedMs - restedMs) + Math.min(LONGEST_MS, tookMs * SHARE);
    const pauseMs = Math.min(LONGEST_MS, this.#owedMs - OWED_MS);
    if (pauseMs > 0 && !signal.aborted) {
      await this.#clock.after(pauseMs, signal).catch(() => undefined);
    }
  }
}
