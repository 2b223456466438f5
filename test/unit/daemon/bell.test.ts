import { describe, expect, it } from '@jest/globals';
import { Bell } from '../../../src/daemon/bell.ts';
import type { Clock } from '../../../src/ports/clock.ts';

/** A clock whose timers end only when told to. */
class StillClock implements Clock {
  readonly timers: { ms: number; end: () => void }[] = [];
  now(): number {
    return 0;
  }
  elapsed(): number {
    return 0;
  }
  localDay(): string {
    return '2026-01-01';
  }
  async after(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.timers.push({ ms, end: resolve });
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }
}

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
    expect(clock.timers).toHaveLength(0);
    const second = bell.wait(clock, 5, never);
    expect(clock.timers).toHaveLength(1);
    clock.timers[0]?.end();
    await second;
  });

  it('ends by time when nobody rings', async () => {
    const bell = new Bell();
    const clock = new StillClock();
    const waiting = bell.wait(clock, 7, never);
    expect(clock.timers.map(({ ms }) => ms)).toEqual([7]);
    clock.timers[0]?.end();
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
