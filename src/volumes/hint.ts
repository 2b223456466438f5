/** Hints: anything that may mean "look again". They only wake; what is in is told by listing alone. */
import type { Clock } from '../ports/clock.ts';

export interface HintContext {
  readonly wake: () => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs until aborted, or gives up when it can never work here. Resolves in both cases; never rejects. */
export type Hint = (context: HintContext) => Promise<void>;

/** Waits; resolves early, and without an error, when aborted. */
export async function pause(
  ms: number,
  { clock, signal }: Pick<HintContext, 'clock' | 'signal'>,
): Promise<void> {
  try {
    await clock.after(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
