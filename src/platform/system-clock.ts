/** The machine's own clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  localDay(ms) {
    const day = new Date(ms);
    const two = (n: number): string => String(n).padStart(2, '0');
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  },
  async after(ms, signal) {
    await sleep(ms, undefined, { signal, ref: false });
  },
};
