import { describe, expect, it } from '@jest/globals';
import { type HashedFile, likeness, likenessText } from '../../src/core/kin.ts';

const file = (path: string, hash?: string, more: Partial<HashedFile> = {}): HashedFile => ({
  path,
  sizeBytes: 10,
  mtimeMs: 1_700_000_000_000,
  ...(hash === undefined ? {} : { hash }),
  ...more,
});

describe('two cards', () => {
  it('with the same bytes are twins, whatever the order and the zone of their times', () => {
    const one = ['A', 'B', 'C'].map((path) => file(path, path));
    const summer = { mtimeMs: 1_700_003_600_000 };
    const other = ['C', 'B', 'A'].map((path) => file(path, path, summer));
    expect(likeness(one, other)).toEqual({ kind: 'twin', files: 3 });
  });

  it('of which one is not read to the end are alike', () => {
    expect(likeness([file('A', 'x'), file('B')], [file('A', 'x'), file('B', 'y')])).toEqual({
      kind: 'alike',
      files: 2,
      differing: 0,
    });
  });

  it('with other bytes under the same names are alike, and told to differ', () => {
    const found = likeness([file('A', 'x'), file('B', 'z')], [file('A', 'x'), file('B', 'y')]);
    expect(found).toEqual({ kind: 'alike', files: 2, differing: 1 });
    expect(found && likenessText('B (3f9a)', found)).toBe(
      'All 2 files are named, sized and dated as those of B (3f9a); the content of 1 differs.',
    );
  });

  it.each([
    ['one more file', [file('A'), file('B')]],
    ['another name', [file('B')]],
    ['another size', [file('A', 'x', { sizeBytes: 11 })]],
    ['another time', [file('A', 'x', { mtimeMs: 1_700_000_100_000 })]],
    ['nothing on it', []],
  ])('of which the other has %s have nothing in common', (_what, others) => {
    expect(likeness([file('A', 'x')], others)).toBeUndefined();
  });

  it('without files have nothing in common', () => {
    expect(likeness([], [])).toBeUndefined();
  });
});
