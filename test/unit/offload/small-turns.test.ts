/** Batches of small files take turns at the card. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { makeCopier } from '../../../src/offload/copier.ts';
import { BATCH_FILES } from '../../../src/offload/small-batch.ts';
import type { SmallAnswer, SmallOrder } from '../../../src/offload/small-files.ts';
import { SmallLanes } from '../../../src/offload/small-lanes.ts';
import { systemClock } from '../../../src/platform/system-clock.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';
import { CopyStage } from '../../contracts/copier-stage.ts';

jest.setTimeout(60_000);

const live = new AbortController().signal;
let stage: CopyStage;
beforeEach(() => {
  stage = new CopyStage();
});
afterEach(() => {
  jest.restoreAllMocks();
  stage.remove();
});

/** How many orders that read the card were asked for, and how many of them at the same time at most. */
function watchReading(): { readonly orders: () => number; readonly atOnce: () => number } {
  // oxlint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const { run } = SmallLanes.prototype;
  let orders = 0;
  let reading = 0;
  let most = 0;
  const watched = async function watched(
    this: SmallLanes,
    order: SmallOrder,
  ): Promise<readonly SmallAnswer[]> {
    if (order.kind !== 'stage') return await run.call(this, order);
    orders += 1;
    reading += 1;
    most = Math.max(most, reading);
    try {
      return await run.call(this, order);
    } finally {
      reading -= 1;
    }
  };
  jest.spyOn(SmallLanes.prototype, 'run').mockImplementation(watched);
  return { orders: () => orders, atOnce: () => most };
}

test('one batch is read at a time, while others are flushed and read back', async () => {
  const files = Array.from({ length: 2 * BATCH_FILES + 10 }, (_, i) =>
    stage.shoot(`DCIM/100TEST/IMG_${i}.JPG`, `frame ${i}`),
  );
  const reading = watchReading();
  const copier = makeCopier({ hasher: await makeHasher(), clock: systemClock });
  await copier.copy(stage.job(files.map((file) => stage.task(file))), stage.events, live);
  expect(stage.drafts('copy-read-back')).toHaveLength(2 * files.length);
  // On a filesystem whose read-backs cannot be believed there are no batches.
  expect([0, 3]).toContain(reading.orders());
  expect(reading.atOnce()).toBe(Math.min(1, reading.orders()));
});
