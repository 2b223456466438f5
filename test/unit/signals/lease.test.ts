import { expect, it } from '@jest/globals';
import type { Clock } from '../../../src/ports/clock.ts';
import { makeLease } from '../../../src/signals/lease.ts';
import { FakeSignalClock, settled } from '../../fakes/fake-signal-clock.ts';

it('a lease ends once, and may be begun again', async () => {
  const clock = new FakeSignalClock();
  let ends = 0;
  const lease = makeLease(clock, 30_000, () => {
    ends += 1;
  });
  lease.renew();
  await clock.advance(29_999);
  expect(ends).toBe(0);
  await clock.advance(1);
  await clock.advance(60_000);
  expect(ends).toBe(1);
  lease.renew();
  await clock.advance(30_000);
  expect(ends).toBe(2);
});

it('a lease that is renewed or ended does not end by itself', async () => {
  const clock = new FakeSignalClock();
  let ends = 0;
  const lease = makeLease(clock, 30_000, () => {
    ends += 1;
  });
  for (let i = 0; i < 5; i += 1) {
    lease.renew();
    await clock.advance(20_000);
  }
  lease.end();
  await clock.advance(60_000);
  expect([ends, clock.waiting]).toEqual([0, 0]);
});

it('a wait that ends in the same moment as the renewal does not count', async () => {
  const ends: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    localDay: () => '2026-11-24',
    after: () => new Promise((resolve) => ends.push(resolve)),
  };
  let expired = 0;
  const lease = makeLease(clock, 30_000, () => {
    expired += 1;
  });
  lease.renew();
  ends[0]?.();
  lease.renew();
  await settled();
  expect(expired).toBe(0);
  ends[1]?.();
  await settled();
  expect(expired).toBe(1);
});
