/** How a loop that hints wake is damped: at once after quiet, a small share of the time in a storm. */
import { describe, expect, it } from '@jest/globals';
import { Breath } from '../../../src/daemon/breath.ts';
import { StillClock } from '../../fakes/still-clock.ts';

function stage() {
  const clock = new StillClock();
  const breath = new Breath(clock);
  /** One turn of work; returns the pause after it. */
  const turn = async (tookMs: number): Promise<number> => {
    const startedAt = clock.elapsed();
    clock.move(tookMs);
    const before = clock.asked.length;
    const over = breath.after(startedAt, new AbortController().signal);
    const pauseMs = clock.asked[before] ?? 0;
    clock.move(pauseMs);
    await over;
    return pauseMs;
  };
  return { clock, turn };
}

async function pausesOf(tookMs: readonly number[]): Promise<readonly number[]> {
  const { turn } = stage();
  const pauses: number[] = [];
  for (const ms of tookMs) pauses.push(await turn(ms));
  return pauses;
}

describe('after quiet', () => {
  it.each([20, 400])(
    'the turns that a change of cards sets off follow each other at once (%i ms each)',
    async (tookMs) => {
      const turns = Array<number>(10).fill(tookMs);
      expect(await pausesOf(turns)).toEqual(turns.map(() => 0));
    },
  );

  it('so do those of the next insertion, a while later', async () => {
    const { clock, turn } = stage();
    for (let n = 0; n < 10; n += 1) await turn(400);
    clock.move(15_000);
    for (let n = 0; n < 10; n += 1) expect(await turn(400)).toBe(0);
  });
});

describe('in a storm', () => {
  it('work takes a twentieth of the time', async () => {
    const { clock, turn } = stage();
    for (let n = 0; n < 40; n += 1) await turn(20);
    const begin = clock.elapsed();
    for (let n = 0; n < 100; n += 1) await turn(20);
    expect((100 * 20) / (clock.elapsed() - begin)).toBeLessThanOrEqual(1 / 20);
  });

  it('no pause keeps anybody waiting for longer than a second and a half', async () => {
    const { turn } = stage();
    for (let n = 0; n < 50; n += 1) expect(await turn(3_000)).toBeLessThanOrEqual(1_500);
  });
});

it.each([-3_600_000, 3_600_000])('a clock that is set by %i ms makes nobody wait', async (ms) => {
  const { clock, turn } = stage();
  await turn(20);
  clock.set(ms);
  expect(await turn(20)).toBe(0);
});
