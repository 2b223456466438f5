import { expect, it } from '@jest/globals';
import type { Light } from '../../src/core/light.ts';
import { type TurnKind, turnBetween } from '../../src/core/turn.ts';

const table: readonly [Light | undefined, Light, TurnKind | undefined][] = [
  [undefined, 'copying', 'started'],
  [undefined, 'safe', 'safe'],
  [undefined, 'empty', 'empty'],
  ['copying', 'copying', undefined],
  ['copying', 'on-two-drives', 'on-two-drives'],
  ['on-two-drives', 'safe', 'safe'],
  ['on-two-drives', 'copying', 'hold'],
  ['safe', 'copying', 'hold'],
  ['safe', 'on-two-drives', 'hold'],
  ['safe', 'do-not-format', 'hold'],
  ['copying', 'do-not-format', 'hold'],
  ['do-not-format', 'copying', 'started'],
  ['do-not-format', 'safe', 'safe'],
  ['safe', 'off', undefined],
];

it.each(table)('from %s to %s a person is told: %s', (before, after, told) => {
  expect(turnBetween(before, after)).toBe(told);
});
