import { describe, expect, it } from '@jest/globals';
import { assertNever } from '../../src/core/assert-never.ts';
import {
  asCardId,
  asContentHash,
  asDestinationId,
  asFileId,
  asInventoryId,
  asMediumId,
  asRemoteId,
  asRollId,
} from '../../src/core/ids.ts';
import { RoomError } from '../../src/core/room-error.ts';

describe('names of places', () => {
  it.each(['b2', 'a', '9', 'B2', 'my.nas-1_x', 'a'.repeat(63)])('"%s" is one', (text) => {
    expect(asDestinationId(text)).toBe(text);
    expect(asRemoteId(text)).toBe(text);
  });

  it.each(['', '.a', '-a', '_a', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(64), ' a'])(
    '"%s" is none',
    (text) => {
      expect(() => asDestinationId(text)).toThrow(new TypeError(`not a destination name: ${text}`));
      expect(() => asRemoteId(text)).toThrow(new TypeError(`not a remote name: ${text}`));
    },
  );
});

describe('names of media', () => {
  it('are any text but blank', () => {
    expect(asMediumId(' wwn-0x5 ')).toBe(' wwn-0x5 ');
    for (const blank of ['', ' ', '\t\n']) {
      expect(() => asMediumId(blank)).toThrow(new TypeError('a medium needs a name'));
    }
  });
});

describe('card ids and content hashes', () => {
  it.each(['0123456789abcdef', 'ef46db3751d8e999', '0000000000000000'])('"%s" is one', (text) => {
    expect(asCardId(text)).toBe(text);
    expect(asContentHash(text)).toBe(text);
  });

  it.each([
    '',
    '0123456789abcde',
    '0123456789abcdef0',
    '0123456789ABCDEF',
    '0123456789abcdeg',
    ' 0123456789abcdef',
    '0123456789abcdef\n',
  ])('"%s" is none', (text) => {
    expect(() => asCardId(text)).toThrow(new TypeError(`not a card id: ${text}`));
    expect(() => asContentHash(text)).toThrow(new TypeError(`not an XXH64 hash: ${text}`));
  });
});

describe('row numbers', () => {
  it.each([
    ['roll', asRollId],
    ['file', asFileId],
    ['inventory', asInventoryId],
  ] as const)('of a %s are positive whole numbers', (what, door) => {
    expect(door(1)).toBe(1);
    expect(door(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
    for (const row of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => door(row)).toThrow(new TypeError(`not a ${what} number: ${row}`));
    }
  });
});

describe('what must never happen', () => {
  it('is told loudly', () => {
    const impossible = { kind: 'promise' } as never;
    expect(() => assertNever(impossible)).toThrow(
      new TypeError('unexpected value: {"kind":"promise"}'),
    );
  });
});

describe('the error of a room', () => {
  class DarkroomError extends RoomError<'dark' | 'light'> {}

  it('has a code to decide by, a message and a hint for people, and its cause', () => {
    const cause = new Error('EIO');
    const error = new DarkroomError('dark', 'It is dark.', 'Switch on the lamp.', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'dark',
      message: 'It is dark.',
      hint: 'Switch on the lamp.',
      cause,
    });
    expect(new DarkroomError('light', 'a', 'b')).not.toHaveProperty('cause');
  });
});
