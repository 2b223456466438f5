/** No call to a card or drive is waited for without end. */
import type { Clock } from '../ports/clock.ts';

/** The call did not come back in time. It may still be running: what it was given must not be used again. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
  readonly code = 'ESTALLED';
}

/**
 * The call's own result, or `Stalled` after so long. The call is not stopped: a read that hangs in the kernel
 * cannot be. Its late failure is swallowed, because the time-out has been reported already.
 */
export async function within<T>(call: Promise<T>, ms: number, clock: Clock): Promise<T> {
  const timer = new AbortController();
  const late = clock.after(ms, timer.signal).then(
    () => {
      throw new Stalled(`no answer within ${Math.round(ms / 1000)} s`);
    },
    // Aborted because the call came back first: never decides the race.
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([call, late]);
  } finally {
    call.catch(() => undefined);
    timer.abort();
  }
}
