import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { placementFor, placementKey, suffixed } from '../../src/core/placement.ts';

const COMPOSED = 'caf\u00e9.jpg';
const DECOMPOSED = 'cafe\u0301.jpg';

describe('two paths clash', () => {
  it.each([
    ['upper and lower case', 'DCIM/A.JPG', 'dcim/a.jpg', true],
    ['composed and decomposed letters', COMPOSED, DECOMPOSED, true],
    ['both', COMPOSED.toUpperCase(), DECOMPOSED, true],
    ['other names', 'a.jpg', 'b.jpg', false],
    ['other folders', 'a/x.jpg', 'b/x.jpg', false],
    ['other letters', 'cafe.jpg', COMPOSED, false],
  ])('%s', (_what, one, other, clash) => {
    expect(placementKey(one) === placementKey(other)).toBe(clash);
  });
});

describe('a suffix', () => {
  it.each([
    ['DCIM/IMG_1.JPG', 2, 'DCIM/IMG_1_2.JPG'],
    ['IMG_1.JPG', 13, 'IMG_1_13.JPG'],
    ['a.tar.gz', 2, 'a.tar_2.gz'],
    ['README', 2, 'README_2'],
    ['a.b/README', 2, 'a.b/README_2'],
    ['a/.hidden', 2, 'a/.hidden_2'],
    ['.hidden', 2, '.hidden_2'],
    ['a/.hidden.jpg', 2, 'a/.hidden_2.jpg'],
    ['a.', 2, 'a_2.'],
  ])('of %s, %d: %s', (path, n, expected) => {
    expect(suffixed(path, n)).toBe(expected);
  });
});

describe('a place for a file', () => {
  it('is its own path while that is free', () => {
    expect(placementFor('DCIM/IMG_1.JPG', new Set())).toBe('DCIM/IMG_1.JPG');
    expect(placementFor('DCIM/IMG_1.JPG', new Set(['dcim/img_2.jpg']))).toBe('DCIM/IMG_1.JPG');
  });

  it('is beside it when another version stands there', () => {
    const taken = new Set(['dcim/img_1.jpg']);
    expect(placementFor('DCIM/IMG_1.JPG', taken)).toBe('DCIM/IMG_1_2.JPG');
    expect(placementFor('DCIM/IMG_1.JPG', new Set([...taken, 'dcim/img_1_2.jpg']))).toBe(
      'DCIM/IMG_1_3.JPG',
    );
  });

  it.each([
    ['DCIM/100CANON/IMG_0001.CR3', 'DCIM/100CANON/IMG_0001.CR3'],
    ['.hidden/._x', '.hidden/._x'],
    ['a ..b/c d.jpg', 'a ..b/c d.jpg'],
    ['take 12:30.wav', 'take 12_30.wav'],
    ['a<b>c"d\\e|f?g*h\u0007', 'a_b_c_d_e_f_g_h_'],
    ['reel./clip ', 'reel_/clip_'],
    ['CON/aux.txt/lpt1', '_CON/_aux.txt/_lpt1'],
    ['CONTENTS/console.txt', 'CONTENTS/console.txt'],
  ])('of %j is one that every filesystem takes: %j', (path, expected) => {
    expect(placementFor(path, new Set())).toBe(expected);
    expect(placementFor(expected, new Set())).toBe(expected);
  });

  it('is never shared, whatever the names', () => {
    const letter = fc.constantFrom(
      ':',
      '?',
      'a',
      'A',
      '\u00e9',
      '\u00c9',
      'e\u0301',
      '_2',
      '.',
      '/',
    );
    const name = fc
      .array(letter, { minLength: 1, maxLength: 5 })
      .map((letters) => `f${letters.join('')}f`);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        const taken = new Set<string>();
        for (const path of names) {
          const placement = placementFor(path, taken);
          expect(taken).not.toContain(placementKey(placement));
          taken.add(placementKey(placement));
        }
        expect(taken.size).toBe(names.length);
      }),
    );
  });
});
