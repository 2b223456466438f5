import { describe, expect, it, test } from '@jest/globals';
import { intensities } from '../../../src/signals/led/channels.ts';
import { type LitLight, patternOf } from '../../../src/signals/led/patterns.ts';
import { parseTriggerList } from '../../../src/signals/led/trigger-list.ts';

const colourOf = (light: LitLight) => patternOf(light, 255).colour;

describe('a trigger file', () => {
  test.each([
    ['none kbd-numlock [mmc0] timer pattern\n', 'mmc0', true],
    ['[none] timer', 'none', false],
    ['none timer pattern', 'none', true],
    ['mmc0\n', 'mmc0', false],
    ['', 'none', false],
  ])('%j follows %s', (text, current, hasPattern) => {
    const list = parseTriggerList(text);
    expect(list.current).toBe(current);
    expect(list.all.has('pattern')).toBe(hasPattern);
  });
});

describe('colours', () => {
  test.each([
    ['red green blue', 'copying', '255 255 255'],
    ['red green blue', 'on-two-drives', '255 128 0'],
    ['red green blue', 'safe', '0 255 0'],
    ['blue green red', 'do-not-format', '0 0 255'],
    ['red green blue', 'empty', '128 153 255'],
    ['red green blue white', 'copying', '255 255 255 255'],
    ['red green blue white', 'safe', '0 255 0 0'],
    ['green amber', 'on-two-drives', '128 255'],
    ['red amber', 'do-not-format', '255 0'],
  ] as const)('for %s and %s are %s', (channels, light, values) => {
    expect(intensities(channels, colourOf(light), 255)).toBe(values);
  });

  it('follow the brightest value of the device', () => {
    expect(intensities('red green blue', colourOf('safe'), 100)).toBe('0 100 0');
  });

  it('that a lamp does not have do not leave it dark', () => {
    expect(intensities('infrared violet', colourOf('safe'), 255)).toBe('255 255');
  });
});
