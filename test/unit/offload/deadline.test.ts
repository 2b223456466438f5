import { describe, expect, test } from '@jest/globals';
import { Deadlines, Stalled } from '../../../src/offload/deadline.ts';
import { StillClock } from '../../fakes/still-clock.ts';

const never = new Promise<never>(() => undefined);

describe('a time limit', () => {
  test('gives the answer that comes in time, and asks nothing of the clock afterwards', async () => {
    const clock = new StillClock();
    const deadlines = new Deadlines(clock);
    await expect(deadlines.within(Promise.resolve(5), 2000)).resolves.toBe(5);
    await expect(deadlines.within(Promise.reject(new Error('EIO')), 2000)).rejects.toThrow('EIO');
    await clock.second();
    expect(clock.waits).toBe(0);
  });

  test('ends the waiting for an answer that does not come, and no sooner', async () => {
    const clock = new StillClock();
    const deadlines = new Deadlines(clock);
    let end: unknown;
    const call = deadlines.within(never, 3000).catch((error: unknown) => {
      end = error;
    });
    await clock.second();
    await clock.second();
    expect(end).toBeUndefined();
    await clock.second();
    expect(end).toBeInstanceOf(Stalled);
    await call;
  });

  test('each call has its own', async () => {
    const clock = new StillClock();
    const deadlines = new Deadlines(clock);
    const ended: string[] = [];
    const watch = async (name: string, ms: number): Promise<void> => {
      await deadlines.within(never, ms).catch(() => ended.push(name));
    };
    void watch('first', 2000);
    await clock.second();
    void watch('second', 2000);
    await clock.second();
    expect(ended).toEqual(['first']);
    await clock.second();
    expect(ended).toEqual(['first', 'second']);
  });

  test('a failure that comes too late goes unheard', async () => {
    const clock = new StillClock();
    const deadlines = new Deadlines(clock);
    const failures: ((error: Error) => void)[] = [];
    const late = new Promise<never>((_, reject) => failures.push(reject));
    const call = deadlines.within(late, 1000);
    const [seen] = await Promise.allSettled([call, clock.second()]);
    expect(seen).toMatchObject({ reason: expect.any(Stalled) });
    for (const fail of failures) fail(new Error('too late'));
    await clock.second();
  });
});
