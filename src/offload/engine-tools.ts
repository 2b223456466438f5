/** What all parts of one engine share. */
import PQueue from 'p-queue';
import type { Native } from '../platform/native.ts';
import type { Clock } from '../ports/clock.ts';
import type { BufferPool } from './aligned-buffers.ts';
import type { Deadlines } from './deadline.ts';
import type { CopyObserver } from './copy-step.ts';
import type { SmallLanes } from './small-lanes.ts';
import type { SpaceReservation } from './space-reservation.ts';

export interface EngineTools {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly native: Native;
  readonly pool: BufferPool;
  readonly space: SpaceReservation;
  readonly turns: Turns;
  readonly lanes: SmallLanes;
  /** Temporary files of this process that are in use; all others of that pattern are left over from a crash. */
  readonly temps: Set<string>;
  readonly observe: CopyObserver;
}

/** One at a time, per thing: what is asked for while another holds the turn waits in order. */
export class Turns {
  readonly #queues = new Map<string, PQueue>();

  /** @throws the signal's reason when aborted before the turn has come */
  async take<T>(thing: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const queue = this.#queues.get(thing) ?? new PQueue({ concurrency: 1 });
    this.#queues.set(thing, queue);
    let begun = false;
    const turn = queue.add(async () => {
      signal?.throwIfAborted();
      begun = true;
      return await work();
    });
    const tired = new Promise<never>((_, reject) => {
      // Work that has begun ends by itself and clears up; only the waiting is cut short.
      const giveUp = (): void => {
        if (!begun) reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      signal?.addEventListener('abort', giveUp, { once: true });
    });
    try {
      return await Promise.race([turn, tired]);
    } finally {
      if (queue.size === 0 && queue.pending === 0) this.#queues.delete(thing);
    }
  }
}
