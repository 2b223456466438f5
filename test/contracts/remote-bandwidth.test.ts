/** Bandwidth plans: reading the text, which rate holds when, and that it is kept. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Clock } from '../../src/ports/clock.ts';
import { makeLimiter, parseBandwidth, rateAt } from '../../src/remotes/wrappers/limit.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;
const NOON = 12 * 60;

describe('parseBandwidth', () => {
  test('reads the example of the documentation', () => {
    expect(parseBandwidth('08:00-19:00 2MB/s, else unlimited')).toEqual({
      rules: [{ fromMinute: 480, untilMinute: 1140, bytesPerSecond: 2_000_000 }],
      otherwise: UNLIMITED,
    });
  });

  test.each([
    ['2MB/s', 2_000_000],
    ['500 kB/s', 500_000],
    ['1.5 GB/s', 1_500_000_000],
    ['10 Mbit/s', 1_250_000],
    ['64kbit/s', 8_000],
    ['unlimited', UNLIMITED],
    ['pause', 0],
    ['else 1MB/s', 1_000_000],
  ])('%s is a rate for the whole day', (text, rate) => {
    expect(rateAt(parseBandwidth(text), NOON)).toBe(rate);
  });

  test.each([
    '',
    'fast',
    '2MB',
    '0MB/s',
    '-1MB/s',
    '08:00-19:00',
    '08:00-25:00 1MB/s',
    '08:61-09:00 1MB/s',
    'else unlimited, 08:00-19:00 1MB/s',
    '2TB/s',
  ])('refuses %j and names it', (text) => {
    expect(() => parseBandwidth(text)).toThrow(TypeError);
    expect(() => parseBandwidth(text)).toThrow(text.split(', ').at(-1) ?? text);
  });

  test('without a rate for the rest, the rest is unlimited', () => {
    const plan = parseBandwidth('08:00-19:00 pause');
    expect([rateAt(plan, 479), rateAt(plan, 480), rateAt(plan, 1139), rateAt(plan, 1140)]).toEqual([
      UNLIMITED,
      0,
      0,
      UNLIMITED,
    ]);
  });

  test('a window may go over midnight', () => {
    const plan = parseBandwidth('22:00-06:00 unlimited, 1MB/s');
    expect([
      rateAt(plan, 23 * 60),
      rateAt(plan, 60),
      rateAt(plan, 6 * 60),
      rateAt(plan, NOON),
    ]).toEqual([UNLIMITED, UNLIMITED, 1_000_000, 1_000_000]);
  });

  test('the first window that fits counts', () => {
    const plan = parseBandwidth('12:00-13:00 unlimited, 08:00-19:00 1MB/s, else pause');
    expect([rateAt(plan, NOON), rateAt(plan, 9 * 60), rateAt(plan, 0)]).toEqual([
      UNLIMITED,
      1_000_000,
      0,
    ]);
  });
});

/** A clock that jumps to the end of every wait. */
class JumpingClock implements Clock {
  ms = 0;
  waits = 0;
  /** By how much somebody has set it. */
  setBy = 0;

  now(): number {
    return this.ms + this.setBy;
  }

  elapsed(): number {
    return this.ms;
  }

  localDay(): string {
    return '1970-01-01';
  }

  async after(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.ms += ms;
    this.waits += 1;
  }
}

describe('the limiter', () => {
  const { signal } = new AbortController();

  test('never lets more through than the rate allows, beyond the one part that is under way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9_000_000 }), { minLength: 2, maxLength: 20 }),
        fc.integer({ min: 1_000, max: 5_000_000 }),
        async (parts, rate) => {
          const clock = new JumpingClock();
          const plan = { rules: [], otherwise: rate };
          const limiter = makeLimiter(plan, { clock, minuteOfDay: () => 0 });
          let sent = 0;
          for (const part of parts) {
            // oxlint-disable-next-line no-await-in-loop -- one part after the other
            await limiter.take(part, signal);
            // What went before this part has been paid for with time, but for what is sent in a microsecond: so small
            // a debt is carried over instead of waited for.
            const carried = rate / 1_000_000;
            expect((clock.ms / 1000) * rate).toBeGreaterThanOrEqual(sent - 1 - carried);
            sent += part;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('lets a fast line be fast: no waiting beyond what is owed', async () => {
    const clock = new JumpingClock();
    const limiter = makeLimiter({ rules: [], otherwise: 1_000_000 }, { clock });
    for (let n = 0; n < 11; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one part after the other
      await limiter.take(1_000_000, signal);
    }
    expect(clock.ms).toBe(10_000);
  });

  test('does not wait at all where nothing limits', async () => {
    const clock = new JumpingClock();
    const limiter = makeLimiter({ rules: [], otherwise: UNLIMITED }, { clock });
    for (let n = 0; n < 5; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one part after the other
      await limiter.take(1e9, signal);
    }
    expect(clock.waits).toBe(0);
  });

  test('waits out a pause and goes on when it ends', async () => {
    const clock = new JumpingClock();
    const plan = parseBandwidth('00:00-00:05 pause');
    const limiter = makeLimiter(plan, { clock, minuteOfDay: (ms) => Math.floor(ms / 60_000) });
    await limiter.take(1, signal);
    expect(clock.ms).toBe(5 * 60_000);
  });

  test('stops waiting when told to', async () => {
    const stop = new AbortController();
    const clock = new JumpingClock();
    const limiter = makeLimiter({ rules: [], otherwise: 0 }, { clock });
    stop.abort(new Error('stopped'));
    await expect(limiter.take(1, stop.signal)).rejects.toThrow('stopped');
  });

  test.each([-1_000_000, 1_000_000])('a clock set by %i ms pays nothing off', async (ms) => {
    const clock = new JumpingClock();
    const limiter = makeLimiter({ rules: [], otherwise: 1_000 }, { clock });
    await limiter.take(10_000, signal);
    clock.setBy = ms;
    await limiter.take(10_000, signal);
    expect(clock.ms).toBe(10_000);
  });
});
