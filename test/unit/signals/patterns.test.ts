import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cycleMs,
  holdsOf,
  kernelPattern,
  type LitLight,
  type Pattern,
  patternOf,
  repeatsFor,
} from '../../../src/signals/led/patterns.ts';

const LIT: readonly LitLight[] = ['copying', 'on-two-drives', 'safe', 'do-not-format', 'empty'];
const STEP_MS = 50;
/** All cycles end together after this. */
const WINDOW_MS = 10_000;

/** A stretch of time: the brightness at its begin and the one that it goes to. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** Brightness every 50 ms over ten seconds of a cycle that is repeated. */
function sampled(parts: readonly Part[]): number[] {
  const cycle = parts.reduce((sum, { ms }) => sum + ms, 0);
  return Array.from({ length: WINDOW_MS / STEP_MS }, (_, i) => {
    let left = (i * STEP_MS) % cycle;
    for (const { from, to, ms } of parts) {
      if (left < ms) return Math.round(from + ((to - from) * left) / ms);
      left -= ms;
    }
    throw new Error('beyond the cycle');
  });
}

/** As the kernel shows a `pattern` text: it goes from each value to the next in the time of the first. */
function shownByKernel(text: string): number[] {
  const numbers = text.split(' ').map(Number);
  const pairs = numbers.flatMap((value, i) =>
    i % 2 === 0 ? [{ value, ms: numbers[i + 1] ?? Number.NaN }] : [],
  );
  return sampled(
    pairs.map(({ value, ms }, i) => ({
      from: value,
      to: pairs[(i + 1) % pairs.length]?.value ?? Number.NaN,
      ms,
    })),
  );
}

function shownBySoftware(pattern: Pattern, max: number): number[] {
  return sampled(
    holdsOf(pattern, max).map(({ brightness, ms }) => ({ from: brightness, to: brightness, ms })),
  );
}

/** The least share of time in which two patterns differ clearly, however they are shifted against each other. */
function leastDifference(a: readonly number[], b: readonly number[], max: number): number {
  const shares = a.map((_, shift) => {
    const differing = b.filter((value, i) => {
      return Math.abs(value - (a[(i + shift) % a.length] ?? 0)) >= max / 2;
    });
    return differing.length / b.length;
  });
  return Math.min(...shares);
}

const brightest = fc.constantFrom(1, 2, 3, 7, 8, 15, 100, 255, 1023);
const light = fc.constantFrom(...LIT);

describe('patterns', () => {
  it('tell any two lights apart without colour, on any lamp', () => {
    fc.assert(
      fc.property(brightest, light, light, (max, one, other) => {
        fc.pre(one !== other);
        const [a, b] = [one, other].map((l) =>
          shownByKernel(kernelPattern(patternOf(l, max), max)),
        );
        return leastDifference(a ?? [], b ?? [], max) >= 0.15;
      }),
    );
  });

  it('and would not be told apart if two were the same', () => {
    const a = shownByKernel(kernelPattern(patternOf('copying', 1), 1));
    const shifted = [...a.slice(7), ...a.slice(0, 7)];
    expect(leastDifference(a, shifted, 1)).toBe(0);
  });

  it('flash at most three times in any second', () => {
    fc.assert(
      fc.property(brightest, light, (max, l) => {
        const samples = shownByKernel(kernelPattern(patternOf(l, max), max));
        const twice = [...samples, ...samples];
        const rises = twice.map((value, i) => i > 0 && value > 0 && twice[i - 1] === 0);
        const perSecond = 1_000 / STEP_MS;
        return samples.every((_, i) => rises.slice(i, i + perSecond).filter(Boolean).length <= 3);
      }),
    );
  });

  test.each(LIT)('of %s ends dark, so that the last repeat leaves no light', (l) => {
    for (const max of [1, 255]) {
      expect(kernelPattern(patternOf(l, max), max)).toMatch(/(^| )0 \d+ 0 0$/);
      expect(holdsOf(patternOf(l, max), max).at(-1)?.brightness).toBe(0);
    }
  });

  test.each(LIT)('of %s goes into ten seconds without rest', (l) => {
    for (const max of [1, 255]) expect(WINDOW_MS % cycleMs(patternOf(l, max))).toBe(0);
  });

  test.each(LIT)('of %s lasts for a lease and hardly longer', (l) => {
    const pattern = patternOf(l, 255);
    const lastsMs = repeatsFor(pattern, 30_000) * cycleMs(pattern);
    expect(lastsMs).toBeGreaterThanOrEqual(30_000);
    expect(lastsMs).toBeLessThan(30_000 + cycleMs(pattern));
  });

  // The kernel ramps towards the next pair: a ramp that ends elsewhere would not be what is written here.
  test.each(LIT)('of %s ramps only to where the next stretch begins', (l) => {
    const { cycle } = patternOf(l, 255);
    const jumps = cycle.filter(({ from, to }, i) => from !== to && cycle[i + 1]?.from !== to);
    expect(jumps).toEqual([]);
  });

  it('look the same by software and by the kernel', () => {
    fc.assert(
      fc.property(brightest, light, (max, l) => {
        const pattern = patternOf(l, max);
        const byKernel = shownByKernel(kernelPattern(pattern, max));
        const bySoftware = shownBySoftware(pattern, max);
        // Software ramps in steps of 100 ms: a twenty-fourth of the way.
        return byKernel.every(
          (value, i) => Math.abs(value - (bySoftware[i] ?? -1)) <= max / 20 + 1,
        );
      }),
    );
  });
});

describe('the kernel’s text', () => {
  it('is pairs of brightness and time, with a pair of no time for a jump', () => {
    expect(kernelPattern(patternOf('copying', 255), 255)).toBe('255 1000 255 0 0 1000 0 0');
  });

  it('ramps where brightness has steps, and does not where it has none', () => {
    expect(kernelPattern(patternOf('on-two-drives', 255), 255)).toBe('0 2400 255 2400 0 200 0 0');
    expect(kernelPattern(patternOf('on-two-drives', 1), 1)).toBe('1 200 1 0 0 2300 0 0');
  });
});
