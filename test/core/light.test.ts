import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BlockerNeeds, cardBlocker } from '../../src/core/blocker.ts';
import { asLight, type Light, lightOf, worstLight } from '../../src/core/light.ts';
import { unjudged, type Verdict, withBlocker } from '../../src/core/verdict.ts';
import { absent, BACKUP, enough, lost, POLICY, read, unreadable } from './facts.ts';
import { verdictOn } from './judging.ts';

const WORST_FIRST: readonly Light[] = [
  'do-not-format',
  'copying',
  'on-two-drives',
  'empty',
  'safe',
  'off',
];

function holding(...needs: readonly BlockerNeeds[]): Verdict {
  return needs.reduceRight<Verdict>(
    (verdict, need) => withBlocker(verdict, { ...cardBlocker('never-scanned'), needs: need }),
    verdictOn(enough()),
  );
}

describe('the light of one card', () => {
  it.each<[string, Verdict, Light]>([
    ['all is there', verdictOn(enough()), 'safe'],
    ['nothing is on it', verdictOn([], { files: [] }), 'empty'],
    ['nothing is copied yet', verdictOn([]), 'copying'],
    ['it is about to be listed', unjudged(1_000), 'copying'],
    [
      'somebody looked at it, and nobody works on it',
      unjudged(1_000, { at: 900, files: 5, bytes: 7 }),
      'do-not-format',
    ],
    ['read, but on no drive yet', verdictOn([read()]), 'copying'],
    ['on one drive', verdictOn(enough().slice(0, 3)), 'copying'],
    ['on two drives', verdictOn(enough().slice(0, 4)), 'on-two-drives'],
    ['sent, but not seen', verdictOn(enough().slice(0, 5)), 'on-two-drives'],
    ['not to be found offsite', verdictOn([...enough(), absent()]), 'on-two-drives'],
    [
      'no offsite place',
      verdictOn(enough(), { policy: { ...POLICY, offsiteRemotes: new Set() } }),
      'on-two-drives',
    ],
    ['a file unreadable', verdictOn([...enough(), unreadable()]), 'do-not-format'],
    ['a copy lost', verdictOn([...enough(), lost({ destinationId: BACKUP })]), 'do-not-format'],
    ['a file too many', verdictOn(enough(), { inventory: { fileCount: 2 } }), 'copying'],
  ])('%s', (_what, verdict, light) => {
    expect(lightOf(verdict)).toBe(light);
  });

  it('is decided by the worst of the reasons, wherever it stands', () => {
    expect(lightOf(holding('offsite'))).toBe('on-two-drives');
    expect(lightOf(holding('work', 'offsite'))).toBe('copying');
    expect(lightOf(holding('offsite', 'work'))).toBe('copying');
    expect(lightOf(holding('person', 'work', 'offsite'))).toBe('do-not-format');
    expect(lightOf(holding('offsite', 'work', 'person'))).toBe('do-not-format');
  });

  it('is green for a safe verdict only', () => {
    const needs = fc.constantFrom<BlockerNeeds>('work', 'offsite', 'person');
    fc.assert(
      fc.property(fc.array(needs, { minLength: 1, maxLength: 5 }), (all) => {
        expect(['copying', 'on-two-drives', 'do-not-format']).toContain(lightOf(holding(...all)));
      }),
    );
  });
});

describe('the light of several cards', () => {
  it('is off when there is none: nobody knows is never green', () => {
    expect(worstLight([])).toBe('off');
  });

  it('is the worst of them, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORST_FIRST), { minLength: 1 }), (lights) => {
        const worst = WORST_FIRST[Math.min(...lights.map((light) => WORST_FIRST.indexOf(light)))];
        expect(worstLight(lights)).toBe(worst);
      }),
    );
    expect(worstLight(['safe', 'on-two-drives', 'safe'])).toBe('on-two-drives');
    expect(worstLight(['safe', 'empty'])).toBe('empty');
    expect(worstLight(['safe', 'off'])).toBe('safe');
  });
});

describe('the words for lights', () => {
  it('are read from text, and no others', () => {
    expect(WORST_FIRST.map((word) => asLight(word))).toEqual(WORST_FIRST);
    for (const word of ['', 'green', 'SAFE', 'safe ']) {
      expect(() => asLight(word)).toThrow(new TypeError(`not a light: ${word}`));
    }
  });
});
