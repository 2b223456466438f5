/** Which light a verdict shows. */
import type { Verdict } from './verdict.ts';

/**
 * The states of the lamp. `off` also means "nobody knows": a dead service must never leave a green light.
 */
export type Light = 'off' | 'copying' | 'on-two-drives' | 'safe' | 'do-not-format' | 'empty';

/** Worst first: with several cards in, the light shows the worst of them. */
const WORST_FIRST: readonly Light[] = [
  'do-not-format',
  'copying',
  'on-two-drives',
  'empty',
  'safe',
  'off',
];

export function lightOf(verdict: Verdict): Light {
  if (verdict.kind === 'safe-to-format') return 'safe';
  if (verdict.kind === 'nothing-to-protect') return 'empty';
  if (verdict.blockers.some((blocker) => blocker.needs === 'person')) return 'do-not-format';
  if (verdict.blockers.some((blocker) => blocker.needs === 'work')) return 'copying';
  return 'on-two-drives';
}

export function worstLight(lights: readonly Light[]): Light {
  return WORST_FIRST.find((light) => lights.includes(light)) ?? 'off';
}

/** @throws TypeError for a word that names no light */
export function asLight(word: string): Light {
  const light = WORST_FIRST.find((one) => one === word);
  if (light === undefined) throw new TypeError(`not a light: ${word}`);
  return light;
}
