/** Threads on which small files are worked off with calls that wait, so that the main thread never does. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import PQueue from 'p-queue';
import type { Deadlines } from './deadline.ts';
import {
  makeSmallTools,
  perform,
  type SmallAnswer,
  type SmallOrder,
  type SmallTools,
} from './small-files.ts';

/** One reads and writes while the other reads back. More brought nothing on two cores. */
const LANES = 2;

/** A lane holds one file at a time; this is plenty, and keeps its share of memory small. */
const LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4 };

/** An order may hang in one call of each of its files. Without a limit two that hang would keep all others waiting. */
export const ORDER_LIMIT_MS = 300_000;

export interface Lane {
  run(order: SmallOrder): Promise<readonly SmallAnswer[]>;
  /** Does not wait: a thread that hangs in a call ends when the call does. */
  end(): void;
}

/** Started with the first order; ended when nobody copies, so that an idle service has no threads. */
export class SmallLanes {
  readonly #deadlines: Deadlines;
  readonly #makeLane: () => Lane;
  readonly #queue = new PQueue({ concurrency: LANES });
  readonly #idle: Lane[] = [];
  readonly #all = new Set<Lane>();

  constructor(deadlines: Deadlines, makeLane = makeOwnLane) {
    this.#deadlines = deadlines;
    this.#makeLane = makeLane;
  }

  /**
   * Carries out an order on the next free lane.
   * @throws Error when the lane broke down or hangs; the order may have been carried out in part
   */
  async run(order: SmallOrder): Promise<readonly SmallAnswer[]> {
    return await this.#queue.add(async () => {
      const lane = this.#idle.pop() ?? this.#start();
      try {
        const answers = await this.#deadlines.within(lane.run(order), ORDER_LIMIT_MS);
        this.#idle.push(lane);
        return answers;
      } catch (error) {
        // Not used again; another one takes its place.
        this.#all.delete(lane);
        lane.end();
        throw error;
      }
    });
  }

  end(): void {
    for (const lane of this.#all) lane.end();
    this.#all.clear();
    this.#idle.length = 0;
  }

  #start(): Lane {
    const lane = this.#makeLane();
    this.#all.add(lane);
    return lane;
  }
}

/** Uncompiled sources cannot be loaded by a thread: then (in tests) the work is done here. */
function makeOwnLane(): Lane {
  return import.meta.url.endsWith('.ts') ? makeInlineLane() : makeThreadLane();
}

function makeThreadLane(): Lane {
  const script = new URL('./small-worker.js', import.meta.url);
  const worker = new Worker(script, { resourceLimits: LIMITS });
  return {
    async run(order) {
      const answered = once(worker, 'message');
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(order);
      // Rejects when the thread fails: `once` listens for errors, too.
      const [answers]: unknown[] = await answered;
      if (!isAnswers(answers)) throw new TypeError('the lane gave no answer');
      return answers;
    },
    end: () => void worker.terminate(),
  };
}

/** Both sides are compiled together; this only tells an answer from a mishap. */
function isAnswers(value: unknown): value is readonly SmallAnswer[] {
  return Array.isArray(value);
}

function makeInlineLane(): Lane {
  let tools: Promise<SmallTools> | undefined;
  return {
    async run(order) {
      tools ??= makeSmallTools();
      return perform(await tools, order);
    },
    end: () => undefined,
  };
}
