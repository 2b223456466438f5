/** The queues that work of several rolls shares. */
import PQueue from 'p-queue';

export interface Queues {
  /** Jobs that read cards and write drives. Two at a time, so that one failing card does not stop the others. */
  readonly drives: PQueue;
  /** Contact sheets, one at a time, after everything else. */
  readonly previews: PQueue;
}

export function makeQueues(): Queues {
  return { drives: new PQueue({ concurrency: 2 }), previews: new PQueue({ concurrency: 1 }) };
}
