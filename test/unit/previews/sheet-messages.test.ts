import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { asRequest, asWord } from '../../../src/previews/sheet-messages.ts';

describe('a word of the child', () => {
  test.each([
    { kind: 'tile', width: 320, height: 240 },
    { kind: 'plain', reason: 'no picture' },
    { kind: 'undecodable', reason: 'premature end' },
    { kind: 'failed', reason: 'no space' },
    { kind: 'sheet' },
    { kind: 'memory', bytes: 5 },
  ])('%j is understood', (word) => {
    expect(asWord(word)).toEqual(word);
  });

  test.each([undefined, null, 'tile', {}, { kind: 'tile' }, { kind: 'memory' }, { kind: 'other' }])(
    '%j is passed over',
    (word) => {
      expect(asWord(word)).toBeUndefined();
    },
  );
});

describe('a request', () => {
  test.each([
    { kind: 'tile', path: '/a', name: 'a', tile: '/t' },
    { kind: 'tile', path: '/a', name: 'a', tile: '/t', larger: '/l' },
    { kind: 'sheet', title: 't', footer: '', sheet: '/s', cells: [] },
    {
      kind: 'sheet',
      title: 't',
      footer: 'f',
      sheet: '/s',
      cells: [{ name: 'a' }, { name: 'b', tile: { file: '/t', width: 1, height: 2 } }],
    },
  ])('%j is understood', (request) => {
    expect(asRequest(request)).toEqual(request);
  });

  it('of any other shape is refused or made whole, never an error', () => {
    fc.assert(fc.property(fc.anything(), (value) => asRequest(value) === undefined));
    const odd = {
      kind: 'sheet',
      title: '',
      footer: '',
      sheet: '/s',
      cells: [3, { name: 1, tile: 2 }],
    };
    expect(asRequest(odd)).toMatchObject({ cells: [{ name: '' }, { name: '' }] });
  });
});
