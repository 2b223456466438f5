/** Remembers for a day what the probes found out. */
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Eye } from './eye.ts';
import { probeComposite, probeDigests, type Trust } from './probe.ts';

export interface TrustKeeper {
  digests(signal: AbortSignal): Promise<Trust>;
  /** Whether composite ETags may be believed; asked only when an object has one. */
  composite(signal: AbortSignal): Promise<boolean>;
  /** The next question is put to the store again. */
  forget(): void;
}

/** Probes once per process and day. A probe that could not be made to the end is not remembered. */
export function keepTrust(
  eye: Eye,
  deps: { readonly hasher: Hasher; readonly clock: Clock },
  withChecksums: boolean,
): TrustKeeper {
  const digests = daily(deps.clock, (signal) =>
    probeDigests(eye, deps.hasher, withChecksums, signal),
  );
  const composite = daily(deps.clock, (signal) => probeComposite(eye, signal));
  return {
    digests: digests.get,
    composite: composite.get,
    forget() {
      digests.forget();
      composite.forget();
    },
  };
}

interface Daily<T> {
  readonly get: (signal: AbortSignal) => Promise<T>;
  readonly forget: () => void;
}

function daily<T>(clock: Clock, find: (signal: AbortSignal) => Promise<T>): Daily<T> {
  let known: { readonly day: string; readonly found: T } | undefined;
  // One after the other: the second look of a day must wait for the first one's probe instead of making its own.
  let turn: Promise<unknown> = Promise.resolve();
  const get = async (signal: AbortSignal): Promise<T> => {
    const day = clock.localDay(clock.now());
    if (known?.day === day) return known.found;
    const found = await find(signal);
    known = { day, found };
    return found;
  };
  return {
    get(signal) {
      const mine = turn.then(() => get(signal));
      turn = mine.catch(() => {});
      return mine;
    },
    forget() {
      known = undefined;
    },
  };
}
