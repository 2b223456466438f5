import { describe, expect, it } from '@jest/globals';
import {
  type BlockerKind,
  type BlockerNeeds,
  blockerOf,
  type CardFindingKind,
  cardBlocker,
  countFinding,
  type FindingCount,
  troubleBlocker,
} from '../../src/core/blocker.ts';
import type { Finding, FindingKind } from '../../src/core/finding.ts';
import { B2, BACKUP, WORKING } from './facts.ts';

interface Expected {
  readonly place?: Finding['place'];
  readonly needs: BlockerNeeds;
  /** The sentence about one file, and about 1,840. */
  readonly one: string;
  readonly many: string;
}

const FINDINGS: Readonly<Record<FindingKind, Expected>> = {
  'not-read': {
    needs: 'work',
    one: '1 file is not copied yet.',
    many: '1,840 files are not copied yet.',
  },
  'source-unreadable': {
    needs: 'person',
    one: '1 file could not be read from the card (a.jpg).',
    many: '1,840 files could not be read from the card.',
  },
  'source-unstable': {
    needs: 'person',
    one: '1 file gave different bytes when read twice from the card (a.jpg).',
    many: '1,840 files gave different bytes when read twice from the card.',
  },
  'source-not-reread': {
    needs: 'work',
    one: '1 file is not yet read a second time from the card.',
    many: '1,840 files are not yet read a second time from the card.',
  },
  'too-few-copies': {
    needs: 'work',
    one: '1 file is not yet on enough separate drives.',
    many: '1,840 files are not yet on enough separate drives.',
  },
  'copy-mismatch': {
    place: WORKING,
    needs: 'person',
    one: '1 file on drive "working" did not read back the same as on the card (a.jpg).',
    many: '1,840 files on drive "working" did not read back the same as on the card.',
  },
  'copy-lost': {
    place: WORKING,
    needs: 'person',
    one: '1 file is no longer on drive "working" where the copy was put (a.jpg).',
    many: '1,840 files are no longer on drive "working" where the copy was put.',
  },
  'read-back-weak': {
    place: WORKING,
    needs: 'person',
    one: '1 file on drive "working" could only be read back from memory, which proves nothing.',
    many: '1,840 files on drive "working" could only be read back from memory, which proves nothing.',
  },
  'copy-evidence-old': {
    place: WORKING,
    needs: 'work',
    one: 'The last look at 1 file on drive "working" is too long ago.',
    many: 'The last look at 1,840 files on drive "working" is too long ago.',
  },
  'too-few-offsite': {
    needs: 'offsite',
    one: '1 file is not yet confirmed offsite.',
    many: '1,840 files are not yet confirmed offsite.',
  },
  'offsite-mismatch': {
    place: B2,
    needs: 'offsite',
    one: '1 file at "b2" is not what was on the card.',
    many: '1,840 files at "b2" are not what was on the card.',
  },
  'offsite-absent': {
    place: B2,
    needs: 'offsite',
    one: '1 file is not to be found at "b2".',
    many: '1,840 files are not to be found at "b2".',
  },
  'offsite-grade-low': {
    place: B2,
    needs: 'person',
    one: '1 file at "b2" is only seen by a proof too weak to count.',
    many: '1,840 files at "b2" are only seen by a proof too weak to count.',
  },
  'offsite-evidence-old': {
    place: B2,
    needs: 'offsite',
    one: 'The last look at 1 file at "b2" is too long ago.',
    many: 'The last look at 1,840 files at "b2" is too long ago.',
  },
  'evidence-from-future': {
    place: B2,
    needs: 'person',
    one: 'The records of 1 file at "b2" are dated later than now: the clock is or was wrong.',
    many: 'The records of 1,840 files at "b2" are dated later than now: the clock is or was wrong.',
  },
};

const CARD_FINDINGS: Readonly<
  Record<
    CardFindingKind,
    { readonly needs: BlockerNeeds; readonly sentence: string; readonly hint: RegExp }
  >
> = {
  'never-scanned': {
    needs: 'work',
    sentence: 'Nobody has listed this card yet.',
    hint: /^Put the card in while the service runs/,
  },
  'card-changed': {
    needs: 'work',
    sentence: 'The card is not what it was when its copies were made (a, b, c).',
    hint: /^Leave it in/,
  },
  'card-unreadable': {
    needs: 'person',
    sentence: 'A part of the card could not be listed (a, b, c).',
    hint: /^Do not format/,
  },
  'card-incomplete': {
    needs: 'person',
    sentence: "The camera's own list names files that are not on the card (a, b, c).",
    hint: /^Do not format.*safelight offload PATH/,
  },
  'no-offsite-remote': {
    needs: 'offsite',
    sentence: 'No offsite place is set up, so nothing can be confirmed offsite.',
    hint: /\[\[remote\]\]/,
  },
  'source-sample-missing': {
    needs: 'work',
    sentence: 'No part of the card has been read a second time yet.',
    hint: /^Leave the card in/,
  },
  'work-failed': {
    needs: 'person',
    sentence: 'The work on this card broke off with an error that was not foreseen (a, b, c).',
    hint: /^It is tried again by itself/,
  },
};

function finding(kind: FindingKind): Finding {
  const { place } = FINDINGS[kind];
  return place === undefined ? { kind } : { kind, place };
}

function unreadableSentence(files: number, examples: readonly string[]): string {
  const count = { finding: finding('source-unreadable'), files, examples: [...examples] };
  return blockerOf(count).sentence;
}

function counted(...findings: readonly (readonly [Finding, string])[]): FindingCount[] {
  const counts = new Map<string, FindingCount>();
  for (const [item, path] of findings) countFinding(counts, item, path);
  return [...counts.values()];
}

const KINDS = Object.keys(FINDINGS) as readonly FindingKind[];
const CARD_KINDS = Object.keys(CARD_FINDINGS) as readonly CardFindingKind[];

describe('every reason about files', () => {
  it.each(KINDS)('%s is one plain sentence for one file and for many', (kind) => {
    const { needs, one, many, place } = FINDINGS[kind];
    const single = blockerOf({ finding: finding(kind), files: 1, examples: ['a.jpg'] });
    expect(single).toEqual({
      kind,
      files: 1,
      examples: ['a.jpg'],
      sentence: one,
      hint: single.hint,
      needs,
      ...(place === undefined ? {} : { place }),
    });
    const examples = ['a.jpg', 'b.jpg'];
    expect(blockerOf({ finding: finding(kind), files: 1840, examples })).toMatchObject({
      sentence: many,
      files: 1840,
      hint: single.hint,
    });
  });

  it('names the files when there are up to three of them', () => {
    expect(unreadableSentence(2, ['a', 'b'])).toBe(
      '2 files could not be read from the card (a, b).',
    );
    expect(unreadableSentence(3, ['a', 'b', 'c'])).toBe(
      '3 files could not be read from the card (a, b, c).',
    );
    expect(unreadableSentence(4, ['a', 'b', 'c', 'd'])).toBe(
      '4 files could not be read from the card.',
    );
    expect(unreadableSentence(1, [])).toBe('1 file could not be read from the card.');
  });
});

describe('every reason about the whole card', () => {
  it.each(CARD_KINDS)('%s', (kind) => {
    const { needs, sentence, hint } = CARD_FINDINGS[kind];
    const examples = ['a', 'b', 'c', 'd'];
    expect(cardBlocker(kind, examples)).toEqual({
      kind,
      files: 0,
      examples,
      needs,
      sentence,
      hint: expect.stringMatching(hint),
    });
    expect(cardBlocker(kind).sentence).toBe(sentence.replace(' (a, b, c)', ''));
    expect(cardBlocker(kind).examples).toEqual([]);
  });
});

describe('trouble that an adapter met', () => {
  const trouble = { place: 'backup', sentence: 'The drive is full.', hint: 'Make room.' };

  it('keeps its words; a drive wants a person, a remote is tried again', () => {
    expect(troubleBlocker('destination-trouble', trouble)).toEqual({
      ...trouble,
      kind: 'destination-trouble',
      files: 0,
      examples: [],
      needs: 'person',
    });
    expect(troubleBlocker('remote-trouble', trouble)).toMatchObject({
      ...trouble,
      kind: 'remote-trouble',
      needs: 'offsite',
    });
  });
});

describe('every kind of blocker', () => {
  const all = [
    ...KINDS.map((kind) => blockerOf({ finding: finding(kind), files: 2, examples: ['x', 'y'] })),
    ...CARD_KINDS.map((kind) => cardBlocker(kind, ['x'])),
  ];
  const kinds: readonly BlockerKind[] = [...KINDS, ...CARD_KINDS];

  it('is in this table', () => {
    expect(all.map((blocker) => blocker.kind)).toEqual(kinds);
    expect(new Set(kinds).size).toBe(22);
  });

  it.each(all.map((blocker) => ({ ...blocker })))(
    '$kind: a sentence with a full stop, a hint that says what to do',
    ({ sentence, hint }) => {
      expect(sentence).toMatch(/^[A-Z0-9"].*[^.]\.$/);
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object|\s\s|""/);
      expect(hint).toMatch(/^[A-Z].{10,}\S[.)]$/);
      expect(hint).not.toMatch(/undefined|null|NaN|\[object|\s\s/);
      expect(hint).not.toBe(sentence);
    },
  );

  it('refuses a kind it does not know, rather than inventing words', () => {
    const strange = { kind: 'gremlins' as FindingKind };
    expect(() => blockerOf({ finding: strange, files: 1, examples: [] })).toThrow(/"gremlins"/);
    expect(() => cardBlocker('gremlins' as CardFindingKind)).toThrow(/"gremlins"/);
  });
});

describe('counting findings', () => {
  it('keeps kinds and places apart', () => {
    expect(
      counted(
        [{ kind: 'copy-lost', place: WORKING }, 'a'],
        [{ kind: 'copy-lost', place: BACKUP }, 'a'],
        [{ kind: 'copy-lost', place: WORKING }, 'b'],
        [{ kind: 'too-few-copies' }, 'a'],
      ),
    ).toEqual([
      { finding: { kind: 'copy-lost', place: WORKING }, files: 2, examples: ['a', 'b'] },
      { finding: { kind: 'copy-lost', place: BACKUP }, files: 1, examples: ['a'] },
      { finding: { kind: 'too-few-copies' }, files: 1, examples: ['a'] },
    ]);
  });

  it('counts all files and remembers ten', () => {
    const paths = Array.from({ length: 12 }, (_, i) => `f${i}`);
    const [count] = counted(...paths.map((path) => [{ kind: 'not-read' }, path] as const));
    expect(count).toMatchObject({ files: 12, examples: paths.slice(0, 10) });
  });
});
