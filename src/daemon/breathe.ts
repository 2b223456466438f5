import type { Clock } from '../ports/clock.ts';

/** A storm of hints (somebody mounts and unmounts all the time) may take 1/20 of the time, no more. */
const SHARE = 20;
/** Whatever is put in is noticed within three seconds all the same. */
const LONGEST_MS = 1_500;

/** Waits after work that hints ask for, in proportion to how long it took since `startedAt`. Never rejects. */
export async function breathe(clock: Clock, startedAt: number, signal: AbortSignal): Promise<void> {
  const pauseMs = Math.min(LONGEST_MS, (clock.now() - startedAt) * SHARE);
  if (pauseMs > 0 && !signal.aborted) await clock.after(pauseMs, signal).catch(() => undefined);
}
