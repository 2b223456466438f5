/** A promise that must be renewed: when nobody does, it ends by itself. */
import type { Clock } from '../ports/clock.ts';

export interface Lease {
  /** Starts it, or starts its time anew. */
  renew(): void;
  /** Ends it without calling `onExpiry`. */
  end(): void;
}

/** `onExpiry` is called once for each lease that was not renewed within `ms`. It must not throw. */
export function makeLease(clock: Clock, ms: number, onExpiry: () => void): Lease {
  let current: AbortController | undefined;
  const end = (): void => {
    current?.abort();
    current = undefined;
  };
  const wait = async (mine: AbortController): Promise<void> => {
    try {
      await clock.after(ms, mine.signal);
    } catch {
      // Renewed or ended.
      return;
    }
    if (current === mine) onExpiry();
  };
  return {
    end,
    renew() {
      end();
      const mine = new AbortController();
      current = mine;
      void wait(mine);
    },
  };
}
