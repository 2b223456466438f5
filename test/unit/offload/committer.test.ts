/** Evidence reaches the ledger soon, in order, in few commits, and nothing is called durable before it is. */
import { describe, expect, test } from '@jest/globals';
import type { EvidenceDraft } from '../../../src/core/evidence.ts';
import { asFileId } from '../../../src/core/ids.ts';
import { Committer } from '../../../src/offload/committer.ts';

/** A ledger that takes a while for each commit, and a clock that nobody has to wait for. */
class Stage {
  readonly commits: number[][] = [];
  readonly waitedMs: number[] = [];
  readonly durable: number[] = [];
  readonly failures: unknown[] = [];
  readonly stop = new AbortController();
  commitTakesMs = 10;
  failsAt: number | undefined;
  #now = 0;
  #release: (() => void) | undefined;
  readonly committer = new Committer({
    events: {
      commit: async (drafts) => {
        await Promise.resolve();
        this.#now += this.commitTakesMs;
        if (this.commits.length === this.failsAt) throw new Error('disk full');
        this.commits.push(drafts.map(({ fileId }) => fileId));
      },
    },
    clock: {
      elapsed: () => this.#now,
      after: (ms, signal) =>
        new Promise((resolve, reject) => {
          this.waitedMs.push(ms);
          this.#release = () => {
            this.#now += ms;
            resolve();
          };
          signal.addEventListener('abort', () => reject(new Error('woken')));
        }),
    },
    signal: this.stop.signal,
    onFailure: (error) => {
      this.failures.push(error);
      this.stop.abort(error);
    },
  });

  add(...ids: readonly number[]): void {
    for (const id of ids) {
      this.committer.add([draft(id)], () => this.durable.push(id));
    }
  }

  /** Lets everything happen that waits for nothing. */
  async rest(): Promise<void> {
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
  }

  async timePasses(): Promise<void> {
    this.#release?.();
    await this.rest();
  }
}

function draft(id: number): EvidenceDraft {
  return { kind: 'source-unreadable', fileId: asFileId(id), at: 0, reason: 'test' };
}

describe('the committer', () => {
  test('commits the first at once, and what comes meanwhile together', async () => {
    const stage = new Stage();
    stage.add(1);
    await stage.rest();
    expect(stage.commits).toEqual([[1]]);
    stage.add(2);
    stage.add(3);
    await stage.rest();
    stage.add(4);
    expect(stage.commits).toEqual([[1]]);
    await stage.timePasses();
    expect(stage.commits).toEqual([[1], [2, 3, 4]]);
    expect(stage.durable).toEqual([1, 2, 3, 4]);
  });

  test('waits fifty times as long as a commit took, and never longer than a second', async () => {
    const stage = new Stage();
    stage.add(1);
    await stage.rest();
    stage.commitTakesMs = 300;
    stage.add(2);
    await stage.rest();
    await stage.timePasses();
    stage.add(3);
    await stage.rest();
    expect(stage.waitedMs).toEqual([500, 1_000]);
  });

  test('does not wait at the end', async () => {
    const stage = new Stage();
    stage.add(1);
    await stage.rest();
    stage.add(2);
    await stage.rest();
    await stage.committer.settled();
    expect(stage.commits).toEqual([[1], [2]]);
    expect(stage.durable).toEqual([1, 2]);
    await stage.committer.settled();
  });

  test('nothing is durable before its commit is, nor after one that failed', async () => {
    const stage = new Stage();
    stage.failsAt = 1;
    stage.add(1);
    await stage.rest();
    stage.add(2);
    await stage.rest();
    stage.add(3);
    await stage.committer.settled();
    expect(stage.durable).toEqual([1]);
    expect(stage.failures).toEqual([new Error('disk full')]);
    stage.add(4);
    await stage.committer.settled();
    expect(stage.commits).toEqual([[1]]);
  });

  test('commits nothing after an abort', async () => {
    const stage = new Stage();
    stage.add(1);
    await stage.rest();
    stage.add(2);
    await stage.rest();
    stage.stop.abort();
    await stage.committer.settled();
    expect(stage.commits).toEqual([[1]]);
    expect(stage.durable).toEqual([1]);
  });
});
