/** What each light looks like: a colour, and a pattern that tells it apart without the colour. */
import type { Light } from '../../core/light.ts';

/** A light that is one; `off` is darkness. */
export type LitLight = Exclude<Light, 'off'>;

/** Red, green and blue, each 0 to 1. */
export type Colour = readonly [number, number, number];

/** A stretch of brightness, 0 to 1; a ramp when it ends elsewhere than it began. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/**
 * One cycle, to be repeated. Every cycle ends dark, since a kernel that was told to repeat it a number of times
 * leaves the lamp as the last stretch ends; and ten seconds are a whole number of cycles, so that starting the
 * pattern anew at each renewal is not seen.
 */
export interface Pattern {
  readonly colour: Colour;
  readonly cycle: readonly Stretch[];
}

const WHITE: Colour = [1, 1, 1];
const AMBER: Colour = [1, 0.5, 0];
const GREEN: Colour = [0, 1, 0];
const RED: Colour = [1, 0, 0];
const BLUE_WHITE: Colour = [0.5, 0.6, 1];

/** Fewer steps of brightness than this make no breath but a jump. */
const BREATHING_STEPS = 8;

const on = (ms: number): Stretch => ({ from: 1, to: 1, ms });
const off = (ms: number): Stretch => ({ from: 0, to: 0, ms });

const BREATH: readonly Stretch[] = [
  { from: 0, to: 1, ms: 2_400 },
  { from: 1, to: 0, ms: 2_400 },
  off(200),
];
/** Stands in for the breath where brightness has no steps: mostly dark, so that nobody takes it for safe. */
const GLINT: readonly Stretch[] = [on(200), off(2_300)];

/**
 * Patterns keep to at most three flashes a second (WCAG 2.2, 2.3.1).
 * @param maxBrightness the device's brightest value; 1 for a lamp that is only on or off
 */
export function patternOf(light: LitLight, maxBrightness: number): Pattern {
  const patterns: Readonly<Record<LitLight, Pattern>> = {
    copying: { colour: WHITE, cycle: [on(1_000), off(1_000)] },
    'on-two-drives': { colour: AMBER, cycle: maxBrightness < BREATHING_STEPS ? GLINT : BREATH },
    // Steady, with a heartbeat: a lamp without it is a lamp that nobody keeps alight. It beats in the middle, where
    // no renewal cuts it off; the end is dark for a moment too short to see.
    safe: { colour: GREEN, cycle: [on(2_500), off(100), on(2_399), off(1)] },
    'do-not-format': { colour: RED, cycle: [on(250), off(250)] },
    empty: { colour: BLUE_WHITE, cycle: [on(150), off(150), on(150), off(1_550)] },
  };
  return patterns[light];
}

export function cycleMs({ cycle }: Pattern): number {
  return cycle.reduce((sum, { ms }) => sum + ms, 0);
}

/**
 * The text for the `pattern` file of the kernel's pattern trigger: pairs of brightness and milliseconds, between
 * which the kernel ramps; a pair of 0 ms before the next one makes a jump
 * (Documentation/ABI/testing/sysfs-class-led-trigger-pattern).
 */
export function kernelPattern({ cycle }: Pattern, maxBrightness: number): string {
  const value = (level: number): number => Math.round(level * maxBrightness);
  return cycle
    .flatMap(({ from, to, ms }) => {
      const pair = `${value(from)} ${ms}`;
      return from === to ? [pair, `${value(to)} 0`] : [pair];
    })
    .join(' ');
}

/** How often the cycle must be repeated to last for `ms`. */
export function repeatsFor(pattern: Pattern, ms: number): number {
  return Math.ceil(ms / cycleMs(pattern));
}

/** One value of brightness, held for a while. */
export interface Hold {
  readonly brightness: number;
  readonly ms: number;
}

/** A tenth of a second: below what the eye sees as steps in a slow ramp, and cheap. */
const RAMP_STEP_MS = 100;

/** The cycle as values to set one after the other, for a lamp that the kernel cannot blink. */
export function holdsOf({ cycle }: Pattern, maxBrightness: number): readonly Hold[] {
  return cycle.flatMap(({ from, to, ms }) => {
    const count = from === to ? 1 : Math.ceil(ms / RAMP_STEP_MS);
    return Array.from({ length: count }, (_, i) => ({
      brightness: Math.round((from + ((to - from) * i) / count) * maxBrightness),
      ms: ms / count,
    }));
  });
}
