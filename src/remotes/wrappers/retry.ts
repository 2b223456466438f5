/** Tries an upload again when the trouble may pass by itself. */
import type { Clock } from '../../ports/clock.ts';
import type { OffsiteObject, PutControl, Remote } from '../../ports/remote.ts';
import { abortedError, RemoteError, type RemoteErrorCode } from '../remote-error.ts';

const MAY_PASS: ReadonlySet<RemoteErrorCode> = new Set(['unreachable', 'busy', 'damaged']);

export interface RetryPolicy {
  /** Tries in all; at least 1. */
  readonly attempts: number;
  /** Wait after the first failure; doubled after each further one, up to `maxWaitMs`. */
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, firstWaitMs: 1_000, maxWaitMs: 30_000 };

export interface RetryDeps {
  readonly clock: Clock;
  /** Spreads the waits so that many uploads do not come back in one moment; [0, 1). */
  readonly random?: () => number;
}

/**
 * A remote whose `put` is tried again after `unreachable`, `busy` and `damaged`, a bounded number of times. An
 * upload in parts goes on where it stopped. Everything else, and the last failure, is thrown as it came.
 */
export function withRetry(remote: Remote, deps: RetryDeps, policy = DEFAULT_RETRY): Remote {
  const { clock, random = Math.random } = deps;
  const put = async (object: OffsiteObject, control: PutControl): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other is the point
        await remote.put(object, control);
        return;
      } catch (error) {
        const again = error instanceof RemoteError && MAY_PASS.has(error.code);
        if (!again || attempt >= policy.attempts) throw error;
      }
      const wait = Math.min(policy.maxWaitMs, policy.firstWaitMs * 2 ** (attempt - 1));
      try {
        // oxlint-disable-next-line no-await-in-loop -- waiting between tries is the point
        await clock.after(Math.round(wait * (0.5 + random() / 2)), control.signal);
      } catch (error) {
        throw abortedError(remote.id, error);
      }
    }
  };
  return {
    id: remote.id,
    kind: remote.kind,
    put,
    sweep: (known, olderThanMs, signal) => remote.sweep(known, olderThanMs, signal),
    tryOut: (signal) => remote.tryOut(signal),
  };
}
