/** When each medium may be tried (again): others go first, and failures are repeated after growing pauses. */
import type { MountTrouble } from '../../ports/mounter.ts';

/** The last one repeats. Milliseconds. */
const PAUSES_MS = [5_000, 30_000, 300_000] as const;

/** How long a machine may take to hear of a new device, and how often it is asked meanwhile. Milliseconds. */
const EARLY_MS = 10_000;
const EARLY_PAUSE_MS = 500;

interface Turn {
  /** When it was tried too early for the first time. */
  readonly earlyAt?: number;
  readonly failures: number;
  readonly nextAt: number;
  readonly trouble?: MountTrouble;
}

/** Keys are of media: another medium in the slot begins anew. */
export class WaitingList {
  #turns = new Map<string, Turn>();

  /** Milliseconds until this medium may be tried; 0: now. `graceMs` is for others to mount it first. */
  waitFor(key: string, now: number, graceMs: number): number {
    const turn = this.#turns.get(key) ?? { failures: 0, nextAt: now + graceMs };
    // A clock that was set back must not make anybody wait for longer than was meant.
    const first = Math.max(graceMs, turn.earlyAt === undefined ? 0 : EARLY_PAUSE_MS);
    const longest = turn.failures === 0 ? first : pauseAfter(turn.failures);
    const nextAt = Math.min(turn.nextAt, now + longest);
    this.#turns.set(key, { ...turn, nextAt });
    return Math.max(0, nextAt - now);
  }

  failed(key: string, now: number, trouble: MountTrouble): void {
    const failures = (this.#turns.get(key)?.failures ?? 0) + 1;
    this.#turns.set(key, { failures, nextAt: now + pauseAfter(failures), trouble });
  }

  /** It was tried before the machine knew of it. False when it has had its time: then that is a failure. */
  early(key: string, now: number): boolean {
    const turn = this.#turns.get(key) ?? { failures: 0, nextAt: now };
    const earlyAt = turn.earlyAt ?? now;
    // A clock that was set back begins the time anew.
    if (now - earlyAt >= EARLY_MS || turn.failures > 0) return false;
    const since = Math.min(earlyAt, now);
    this.#turns.set(key, { ...turn, earlyAt: since, nextAt: now + EARLY_PAUSE_MS });
    return true;
  }

  /** Forgets all others: they are mounted, or out. */
  keepOnly(keys: ReadonlySet<string>): void {
    this.#turns = new Map([...this.#turns].filter(([key]) => keys.has(key)));
  }

  troubleOf(key: string): MountTrouble | undefined {
    return this.#turns.get(key)?.trouble;
  }

  troubles(): readonly MountTrouble[] {
    return [...this.#turns.values()].flatMap(({ trouble }) =>
      trouble === undefined ? [] : [trouble],
    );
  }
}

function pauseAfter(failures: number): number {
  return PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0;
}
