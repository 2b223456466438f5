import { describe, expect, it } from '@jest/globals';
import { Bell } from '../../../src/daemon/bell.ts';
import { StillClock } from '../../fakes/still-clock.ts';

describe('the bell', () => {
  const never = new AbortController().signal;

  it('ends a wait that is going on', async () => {
    const bell = new Bell();
    const waiting = bell.wait(new StillClock(), Number.POSITIVE_INFINITY, never);
    bell.ring();
    await expect(waiting).resolves.toBeUndefined();
  });

  it('remembers a ring from before the wait, once', async () => {
    const bell = new Bell();
    const clock = new StillClock();
    bell.ring();
    bell.ring();
    await bell.wait(clock, 5, never);
    expect(clock.asked).toHaveLength(0);
    const second = bell.wait(clock, 5, never);
    expect(clock.asked).toHaveLength(1);
    clock.move(5);
    await second;
  });

  it('ends by time when nobody rings', async () => {
    const bell = new Bell();
    const clock = new StillClock();
    const waiting = bell.wait(clock, 7, never);
    expect(clock.asked).toEqual([7]);
    clock.move(7);
    await expect(waiting).resolves.toBeUndefined();
  });

  it('rejects when aborted, before and during the wait', async () => {
    const stop = new AbortController();
    const waiting = new Bell().wait(new StillClock(), 7, stop.signal);
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(new Bell().wait(new StillClock(), 7, stop.signal)).rejects.toThrow('stopping');
  });
});
