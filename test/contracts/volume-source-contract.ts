/** What every volume source must do, whether the slots are real or in a table. */
import { expect, it } from '@jest/globals';
import { cardKey } from '../../src/core/card.ts';
import type { Insertion, VolumeSource } from '../../src/ports/volume-source.ts';

export interface VolumeSourceHarness {
  readonly source: VolumeSource;
  /** Puts one medium in and returns the root it is seen at. */
  readonly insert: () => Promise<string>;
  /** Pulls it. */
  readonly pull: () => Promise<void>;
  /** Puts another medium in at the same root, the first one being out. */
  readonly insertOther: () => Promise<void>;
  /** Makes the next listings fail; not every source can be made to. */
  readonly failListings?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const never = new AbortController().signal;

async function at(source: VolumeSource, root: string): Promise<Insertion | undefined> {
  const listing = await source.list(never);
  expect(listing.state).toBe('known');
  const insertions = listing.state === 'known' ? listing.insertions : [];
  return insertions.find((insertion) => insertion.root === root);
}

export function volumeSourceContract(make: () => Promise<VolumeSourceHarness>): void {
  async function withHarness(run: (harness: VolumeSourceHarness) => Promise<void>) {
    const harness = await make();
    try {
      await run(harness);
    } finally {
      await harness.close();
    }
  }

  it('lists what is in, with the same key and card each time, and no longer when it is out', async () => {
    await withHarness(async ({ source, insert, pull }) => {
      const root = await insert();
      const first = await at(source, root);
      const second = await at(source, root);
      expect(first).toBeDefined();
      expect(first?.label).not.toBe('');
      expect(first?.excluded).toBeUndefined();
      expect(second).toEqual(first);
      await pull();
      expect(await at(source, root)).toBeUndefined();
    });
  });

  it('is sure of a medium that is in, and not of one that was pulled', async () => {
    await withHarness(async ({ source, insert, pull }) => {
      const insertion = await at(source, await insert());
      if (insertion === undefined) throw new Error('nothing was listed');
      expect(await source.stillIn(insertion)).toBe(true);
      await pull();
      expect(await source.stillIn(insertion)).toBe(false);
    });
  });

  it('does not take another medium at the same place for the first one', async () => {
    await withHarness(async ({ source, insert, pull, insertOther }) => {
      const root = await insert();
      const first = await at(source, root);
      await pull();
      await at(source, root);
      await insertOther();
      const other = await at(source, root);
      if (first === undefined || other === undefined) throw new Error('nothing was listed');
      expect(other.key).not.toBe(first.key);
      expect(await source.stillIn(first)).toBe(false);
      expect(await source.stillIn(other)).toBe(true);
      // A folder in the place of another one has the same path, so it is the same card: the key tells them apart.
      const sameCard = cardKey(other.facts) === cardKey(first.facts);
      expect(sameCard).toBe(first.facts.kind === 'folder');
    });
  });

  it('answers "unknown" with a reason when the listing fails, and is then sure of nothing', async () => {
    await withHarness(async ({ source, insert, failListings }) => {
      if (failListings === undefined) return;
      const insertion = await at(source, await insert());
      if (insertion === undefined) throw new Error('nothing was listed');
      await failListings();
      const listing = await source.list(never);
      expect(listing.state).toBe('unknown');
      expect(listing.state === 'unknown' ? listing.reason : '').not.toBe('');
      expect(await source.stillIn(insertion)).toBe(false);
    });
  });

  it('rejects a listing with the reason of an abort', async () => {
    await withHarness(async ({ source }) => {
      const reason = new Error('enough');
      await expect(source.list(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });

  it('wakes when something is put in, and ends when aborted', async () => {
    await withHarness(async ({ source, insert }) => {
      const stop = new AbortController();
      const woken = new Promise<void>((resolve) => {
        void source.watch(resolve, stop.signal);
      });
      await insert();
      await woken;
      stop.abort();
      await source.watch(() => {}, stop.signal);
      expect(stop.signal.aborted).toBe(true);
    });
  });
}
