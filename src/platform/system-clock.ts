/** The machine's own clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

function two(n: number): string {
  return String(n).padStart(2, '0');
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  localDay(ms) {
    const day = new Date(ms);
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  },
  async after(ms, signal) {
    await sleep(ms, undefined, { signal, ref: false });
  },
};
