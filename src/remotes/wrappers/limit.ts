/** Keeps uploads below a rate that may change with the time of day. */
import type { Clock } from '../../ports/clock.ts';

/** Asked before bytes are sent; resolves when they may go. */
export interface Limiter {
  /** @throws the signal's reason when aborted */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Bytes per second; Infinity: unlimited; 0: nothing goes. */
export interface BandwidthRule {
  /** Minutes after midnight, from included, until excluded; until below from: over midnight. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly bytesPerSecond: number;
}

export interface BandwidthPlan {
  /** The first one that covers the moment counts. */
  readonly rules: readonly BandwidthRule[];
  readonly otherwise: number;
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kbit: 125,
  mbit: 125_000,
  gbit: 125_000_000,
};

/**
 * Reads texts like `08:00-19:00 2MB/s, else unlimited`. Parts are tried in order; `else RATE`, or a RATE alone,
 * is for the rest of the day; without one the rest is unlimited. RATE: a number with kB/s, MB/s, GB/s, kbit/s,
 * Mbit/s or Gbit/s (decimal), `unlimited`, or `pause`.
 * @throws TypeError that names the part it could not read
 */
export function parseBandwidth(text: string): BandwidthPlan {
  const rules: BandwidthRule[] = [];
  let otherwise: number | undefined;
  for (const part of text.split(',').map((p) => p.trim())) {
    if (otherwise !== undefined) throw new TypeError(`nothing can follow the last rate: "${part}"`);
    const window = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s+(.+)$/.exec(part);
    if (window === null) {
      otherwise = rateOf(part.replace(/^else\s+/i, ''), part);
    } else {
      rules.push({
        fromMinute: minuteOf(window[1], window[2], part),
        untilMinute: minuteOf(window[3], window[4], part),
        bytesPerSecond: rateOf(window[5] ?? '', part),
      });
    }
  }
  return { rules, otherwise: otherwise ?? Number.POSITIVE_INFINITY };
}

function minuteOf(hours: string | undefined, minutes: string | undefined, part: string): number {
  const minute = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || minute > 24 * 60) throw new TypeError(`no such time: "${part}"`);
  return minute;
}

function rateOf(text: string, part: string): number {
  if (/^unlimited$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^pause$/i.test(text)) return 0;
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?b|[kmg]bit)\/s$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  const rate = Number(match?.[1]) * (unit ?? Number.NaN);
  if (!(rate > 0)) {
    throw new TypeError(`no rate like "2MB/s", "unlimited" or "pause": "${part}"`);
  }
  return rate;
}

/** The rate that holds at a minute of the day. */
export function rateAt(plan: BandwidthPlan, minute: number): number {
  const rule = plan.rules.find(({ fromMinute, untilMinute }) =>
    fromMinute < untilMinute
      ? minute >= fromMinute && minute < untilMinute
      : minute >= fromMinute || minute < untilMinute,
  );
  return rule?.bytesPerSecond ?? plan.otherwise;
}

/** How long to wait at most before the plan is looked at again. */
const LOOK_AGAIN_MS = 30_000;
/** A rest that is only rounding; waiting for it would never end. */
const DUST_MS = 0.001;

export interface LimiterDeps {
  readonly clock: Clock;
  /** Minutes after local midnight of a moment; the machine's own time zone when not given. */
  readonly minuteOfDay?: (ms: number) => number;
}

/**
 * A bucket that starts empty and may run into debt: a part goes as soon as the debt of the parts before it is paid
 * off, so that parts of any size keep the rate in the long run. One limiter may serve many uploads at once.
 */
export function makeLimiter(plan: BandwidthPlan, deps: LimiterDeps): Limiter {
  const { clock, minuteOfDay = localMinuteOfDay } = deps;
  let debtBytes = 0;
  let seenAt = clock.elapsed();
  const settle = (): number => {
    const rate = rateAt(plan, minuteOfDay(clock.now()));
    const now = clock.elapsed();
    const seconds = (now - seenAt) / 1000;
    seenAt = now;
    if (rate === Number.POSITIVE_INFINITY) debtBytes = 0;
    else debtBytes = Math.max(0, debtBytes - seconds * rate);
    return rate;
  };
  return {
    async take(bytes, signal) {
      signal.throwIfAborted();
      for (;;) {
        const rate = settle();
        const waitMs = rate === 0 ? LOOK_AGAIN_MS : (debtBytes / rate) * 1000;
        if (rate !== 0 && waitMs <= DUST_MS) break;
        // oxlint-disable-next-line no-await-in-loop -- the debt must be paid before it is looked at again
        await clock.after(Math.min(LOOK_AGAIN_MS, Math.ceil(waitMs)), signal);
      }
      debtBytes += bytes;
    },
  };
}

function localMinuteOfDay(ms: number): number {
  const at = new Date(ms);
  return at.getHours() * 60 + at.getMinutes();
}
