/**
 * Takes evidence to the ledger in few durable commits: each waits for the disk that the ledger is on, and a commit for
 * every file would make a fast card wait for a slow system disk.
 */
import type { EvidenceDraft } from '../core/evidence.ts';
import type { Clock } from '../ports/clock.ts';
import type { CopyEvents } from '../ports/copier.ts';

/** Not more than one part in so many of the time goes into commits, as long as none is overdue. */
const SHARE = 50;

/** No evidence waits longer than this: what is not committed must be read back again after a crash. */
const LONGEST_WAIT_MS = 1_000;

export interface CommitterParts {
  readonly events: Pick<CopyEvents, 'commit'>;
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
  /** Once aborted nothing is committed any more. */
  readonly signal: AbortSignal;
  /** Called with the error of a commit that failed; nothing is committed after it. */
  readonly onFailure: (error: unknown) => void;
}

interface Entry {
  readonly drafts: readonly EvidenceDraft[];
  readonly durable: () => void;
}

export class Committer {
  readonly #parts: CommitterParts;
  #waiting: Entry[] = [];
  #nextAt = Number.NEGATIVE_INFINITY;
  #working: Promise<void> | undefined;
  #hurry = new AbortController();

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Takes evidence over; it is committed in the order of these calls. `durable` is called when that is done. */
  add(drafts: readonly EvidenceDraft[], durable: () => void): void {
    this.#waiting.push({ drafts, durable });
    this.#working ??= this.#work();
  }

  /** Resolves when everything that was added is committed, or will never be. */
  async settled(): Promise<void> {
    this.#hurry.abort();
    await this.#working;
    this.#hurry = new AbortController();
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    // What is added within the same turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#parts.signal.aborted) {
      await this.#pause();
      await this.#commitAll();
    }
    this.#working = undefined;
  }

  async #pause(): Promise<void> {
    const { clock, signal } = this.#parts;
    const waitMs = Math.min(LONGEST_WAIT_MS, this.#nextAt - clock.elapsed());
    if (waitMs <= 0) return;
    const awake = AbortSignal.any([signal, this.#hurry.signal]);
    // Woken early is as good.
    await clock.after(waitMs, awake).catch(() => undefined);
  }

  async #commitAll(): Promise<void> {
    const { events, clock, signal, onFailure } = this.#parts;
    if (signal.aborted) return;
    const entries = this.#waiting;
    this.#waiting = [];
    const startedAt = clock.elapsed();
    try {
      await events.commit(entries.flatMap(({ drafts }) => drafts));
    } catch (error) {
      onFailure(error);
      return;
    }
    const endedAt = clock.elapsed();
    this.#nextAt = endedAt + (endedAt - startedAt) * SHARE;
    for (const { durable } of entries) durable();
  }
}
