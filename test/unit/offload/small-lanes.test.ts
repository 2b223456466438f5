/** Lanes that hang or break down. */
import { expect, test } from '@jest/globals';
import { Deadlines, Stalled } from '../../../src/offload/deadline.ts';
import type { SmallAnswer, SmallOrder } from '../../../src/offload/small-files.ts';
import { type Lane, ORDER_LIMIT_MS, SmallLanes } from '../../../src/offload/small-lanes.ts';
import { StillClock } from '../../fakes/still-clock.ts';

const order = (temp: string): SmallOrder => ({ kind: 'discard', files: [{ temp }] });
const DONE: readonly SmallAnswer[] = [{ outcomes: [{ state: 'ok' }] }];

/** Lanes that never answer for files of the drive that hangs. */
function lanesOver(clock: StillClock) {
  const made: { ended: boolean }[] = [];
  const makeLane = (): Lane => {
    const own = { ended: false };
    made.push(own);
    return {
      run: async ({ files }) =>
        JSON.stringify(files).includes('/hangs/')
          ? await new Promise<never>(() => undefined)
          : DONE,
      end: () => {
        own.ended = true;
      },
    };
  };
  return { made, lanes: new SmallLanes(new Deadlines(clock), makeLane) };
}

async function pass(clock: StillClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 1_000) await clock.second();
}

test('a drive that hangs does not keep the lanes from the others for ever', async () => {
  const clock = new StillClock();
  const { made, lanes } = lanesOver(clock);
  const ends: unknown[] = [];
  const hanging = ['/hangs/1', '/hangs/2'].map((temp) =>
    lanes.run(order(temp)).catch((error: unknown) => ends.push(error)),
  );
  const other = lanes.run(order('/well/1'));
  await pass(clock, ORDER_LIMIT_MS);
  await Promise.all(hanging);
  expect(ends).toEqual([expect.any(Stalled), expect.any(Stalled)]);
  await expect(other).resolves.toEqual(DONE);
  // Those that hang are let go, and the third order was carried out by another one.
  expect(made.map(({ ended }) => ended)).toEqual([true, true, false]);
});

test('a lane that answered is used again', async () => {
  const { made, lanes } = lanesOver(new StillClock());
  for (const temp of ['/well/1', '/well/2', '/well/3']) await lanes.run(order(temp));
  expect(made).toHaveLength(1);
  lanes.end();
  expect(made.map(({ ended }) => ended)).toEqual([true]);
});
