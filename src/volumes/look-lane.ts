/** Asks for many files at once: the part of a listing that takes the time. */
import { lstat } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import PQueue from 'p-queue';
import { orAbort } from './or-abort.ts';
import { type LookedAt, lookOf, type PackedLooks, unpackLooks } from './looks.ts';
import { Patience } from './patience.ts';

/** From so many paths on a thread pays. */
const MANY = 200;
/** A thread's answer is at most so large, so that other work gets its turn in between. */
const ASKED_AT_ONCE = 1_000;
/** Paths under way at a time without a thread. */
const CALLS_AT_ONCE = 32;
/** So long a thread waits for more. Milliseconds. */
const LINGER_MS = 1_000;
/** It holds one list at a time. */
const LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 2 };

/**
 * Looks at paths of one medium, so that one that hangs holds up no other. Long lists go to a thread that makes waiting
 * calls: each call by itself is dear (measured on 100,000 files: 2.0 s with a promise for each, 1.1 s with a callback,
 * 0.4 s on a thread). The thread ends by itself when nothing is asked for a while.
 */
export class LookLane {
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #patience: Patience;
  #thread: Thread | undefined;
  #ending: NodeJS.Timeout | undefined;

  /** `patienceMs`: when the medium answers nothing at all for so long, all looks under way are given up. */
  constructor(patienceMs = Number.POSITIVE_INFINITY) {
    this.#patience = new Patience(patienceMs);
  }

  /**
   * One answer for each path, in their order. Rejects with the signal's reason when aborted.
   * @throws Error when the thread broke down, or when the patience is over
   */
  async look(paths: readonly string[], signal: AbortSignal): Promise<readonly LookedAt[]> {
    signal.throwIfAborted();
    const over = this.#patience.begin();
    const whole = { paths, signals: [signal, over] };
    // Uncompiled sources cannot be loaded by a thread.
    const isShort = paths.length < MANY || import.meta.url.endsWith('.ts');
    const looking = isShort ? this.#oneByOne(whole) : this.#inTurn(whole);
    try {
      // Neither a call nor a thread that hangs is waited for.
      return await orAbort(orAbort(looking, signal), over);
    } catch (error) {
      // It may hang in a call for ever: whoever asks next gets another one.
      this.end();
      throw error;
    } finally {
      this.#patience.end();
    }
  }

  async #inTurn({ paths, signals }: Looking): Promise<readonly LookedAt[]> {
    const looks: LookedAt[] = [];
    for (let i = 0; i < paths.length; i += ASKED_AT_ONCE) {
      const some = paths.slice(i, i + ASKED_AT_ONCE);
      const answer = await this.#queue.add(async () => {
        for (const signal of signals) signal.throwIfAborted();
        return this.#ask(some);
      });
      this.#patience.heard();
      looks.push(...answer);
    }
    return looks;
  }

  /** By callbacks, so that no call that hangs holds up the service. */
  #oneByOne({ paths, signals }: Looking): Promise<readonly LookedAt[]> {
    return new Promise((resolve) => {
      const looked: LookedAt[] = [];
      let begun = 0;
      let ended = 0;
      const next = (): void => {
        if (ended === paths.length) {
          resolve(looked);
          return;
        }
        const at = begun;
        const path = paths[at];
        if (path === undefined || signals.some(({ aborted }) => aborted)) return;
        begun += 1;
        lstat(path, (error, stats) => {
          looked[at] = error === null ? lookOf(stats) : { error };
          ended += 1;
          this.#patience.heard();
          next();
        });
      };
      for (let i = 0; i < Math.max(1, Math.min(CALLS_AT_ONCE, paths.length)); i += 1) next();
    });
  }

  async #ask(paths: readonly string[]): Promise<readonly LookedAt[]> {
    clearTimeout(this.#ending);
    if (this.#thread?.ended.signal.aborted === true) this.end();
    this.#thread ??= startThread();
    const { worker, ended } = this.#thread;
    worker.ref();
    // Rejects when the thread fails: `once` listens for errors, too.
    const answered = once(worker, 'message', { signal: ended.signal });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(paths);
    const [packed]: unknown[] = await answered;
    if (!isPacked(packed)) throw new TypeError('the thread gave no answer');
    worker.unref();
    this.#ending = setTimeout(() => this.end(), LINGER_MS).unref();
    return unpackLooks(packed);
  }

  /**
   * Lets the thread go at once, when nothing more is to be asked soon: it takes some 10 MB. Whoever asks all the same gets
   * another one. Not waited for: a thread that hangs in a call ends when the call does.
   */
  end(): void {
    clearTimeout(this.#ending);
    this.#thread?.ended.abort();
    void this.#thread?.worker.terminate();
    this.#thread = undefined;
  }
}

interface Looking {
  readonly paths: readonly string[];
  /** When one of them is aborted, nobody waits for the answer any more. */
  readonly signals: readonly AbortSignal[];
}

interface Thread {
  readonly worker: Worker;
  readonly ended: AbortController;
}

function startThread(): Thread {
  const script = new URL('./look-worker.js', import.meta.url);
  const worker = new Worker(script, { resourceLimits: LIMITS });
  // Whoever waits for an answer hears of it; an error that nobody waits for must not end the service.
  worker.on('error', () => undefined);
  const ended = new AbortController();
  // One that has ended answers nobody.
  worker.once('exit', () => ended.abort());
  return { worker, ended };
}

/** Both sides are compiled together; this only tells an answer from a mishap. */
function isPacked(value: unknown): value is PackedLooks {
  return typeof value === 'object' && value !== null && 'kinds' in value;
}
