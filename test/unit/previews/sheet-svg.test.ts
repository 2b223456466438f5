import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { layoutOf } from '../../../src/previews/layout.ts';
import { escapeXml, sheetSvg, shortened } from '../../../src/previews/sheet-svg.ts';

/** The words of an SVG, as an XML reader would give them. */
function wordsOf(svg: string): string[] {
  const entities = new Map([
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&apos;', "'"],
    ['&amp;', '&'],
  ]);
  return [...svg.matchAll(/<text [^<>]*>([^<>]*)<\/text>/g)].map(([, words = '']) =>
    words.replace(/&\w+;/g, (entity) => entities.get(entity) ?? '?'),
  );
}

function svgOf(names: readonly string[], hasPicture = true): string {
  const cells = names.map((name) => ({ name, hasPicture }));
  return sheetSvg(layoutOf(names.length, true), { title: 'A003', cells, footer: 'and 12 more' });
}

const elements = (svg: string) => svg.match(/<\/?\w+/g)?.length;
const count = (text: string) => [...new Intl.Segmenter().segment(text)].length;

describe('the writing', () => {
  it('is title, names without folders, and what is left out', () => {
    expect(wordsOf(svgOf(['DCIM/100CANON/IMG_1.JPG', 'DCIM/100CANON/IMG_2.JPG']))).toEqual([
      'A003',
      'IMG_1.JPG',
      'IMG_2.JPG',
      'and 12 more',
    ]);
  });

  it('on a tile without a picture is the kind of file', () => {
    expect(wordsOf(svgOf(['A.cr3', 'INDEX'], false))).toEqual([
      'A003',
      'CR3',
      'A.cr3',
      'FILE',
      'INDEX',
      'and 12 more',
    ]);
  });

  it('of nothing more is left out', () => {
    const svg = sheetSvg(layoutOf(1, false), {
      title: 'A003',
      cells: [{ name: 'A.JPG', hasPicture: true }],
      footer: '',
    });
    expect(wordsOf(svg)).toEqual(['A003', 'A.JPG']);
  });

  it('of any name adds no element and no attribute', () => {
    const plain = elements(svgOf(['A.JPG']));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        return elements(svgOf([`x${name.replaceAll('/', '')}`])) === plain;
      }),
    );
  });
});

describe('escaping', () => {
  test.each([
    ['<b>x</b> & "q"', '&lt;b&gt;x&lt;/b&gt; &amp; &quot;q&quot;'],
    ["it's", 'it&apos;s'],
    ['a\u0000b\u001bc\nd', 'a b c d'],
    ['\ud800x', '\ufffdx'],
    ['café 写真 🎞', 'café 写真 🎞'],
  ])('of %j gives %j', (words, escaped) => {
    expect(escapeXml(words)).toBe(escaped);
  });
});

describe('shortening', () => {
  it('leaves out the middle', () => {
    expect(shortened('A003_C001_1124AB.MOV', 11)).toBe('A003_…B.MOV');
    expect(shortened('A003.MOV', 11)).toBe('A003.MOV');
  });

  it('never gives more characters than asked for, nor half a one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, max) => {
        const short = shortened(text, max);
        return count(short) <= max && !/\p{Surrogate}/u.test(short);
      }),
    );
  });
});
