import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { FileStanding } from '../../src/core/standing.ts';
import { standingOf } from '../../src/core/standing.ts';
import {
  BAD,
  cardFile,
  GOOD,
  inOrder,
  NOW,
  POLICY,
  read,
  sample,
  unequalSample,
  unreadable,
} from './facts.ts';

/** What the source records of one file come to; copies and offsite are of no interest here. */
function settled(
  drafts: readonly EvidenceDraft[],
  policy: Policy = POLICY,
  file = cardFile(),
): Pick<FileStanding, 'hash' | 'reread'> & { readonly trouble: readonly string[] } {
  const { hash, reread, findings } = standingOf(file, inOrder(drafts), policy, NOW);
  const trouble = findings
    .map((finding) => finding.kind)
    .filter((kind) => kind !== 'too-few-copies' && kind !== 'too-few-offsite');
  return { hash, reread, trouble };
}

function isTrouble(draft: EvidenceDraft): boolean {
  if (draft.kind === 'source-unreadable') return true;
  if (draft.kind === 'source-sample') return draft.firstHash !== draft.secondHash;
  return draft.kind === 'source-read' && draft.sizeBytes !== 1000;
}

const CLEAR = { hash: GOOD, reread: false, trouble: [] };
const TWICE = { hash: GOOD, reread: true, trouble: [] };
const UNSTABLE = { reread: false, trouble: ['source-unstable'] };
const UNREADABLE = { reread: false, trouble: ['source-unreadable'] };

describe('a source that nothing speaks against', () => {
  it('has no hash before it was read', () => {
    expect(settled([])).toEqual({ reread: false, trouble: ['not-read'] });
    expect(settled([sample()])).toEqual({ reread: false, trouble: ['not-read'] });
  });

  it('has the hash of its one whole read', () => {
    expect(settled([read()])).toEqual(CLEAR);
    expect(settled([read({ hash: BAD })])).toEqual({ ...CLEAR, hash: BAD });
  });

  it('counts as read twice by a second equal read or by an equal sample', () => {
    expect(settled([read(), read()])).toEqual(TWICE);
    expect(settled([read(), sample()])).toEqual(TWICE);
  });

  it('does not count as read twice by a sample of nothing', () => {
    expect(settled([read(), sample({ sampledBytes: 0 })])).toEqual(CLEAR);
  });

  it('does not count as read twice by a sample from before the read', () => {
    expect(settled([sample(), read()])).toEqual(CLEAR);
    expect(settled([sample(), read(), sample()])).toEqual(TWICE);
  });

  it('keeps its hash whatever the age of the read: bytes that were read once stay read', () => {
    expect(settled([read({ at: 0 })])).toEqual(CLEAR);
    expect(settled([read({ at: NOW + 1e12 })])).toEqual(CLEAR);
  });
});

describe('trouble', () => {
  it.each([
    ['an unreadable moment', [unreadable()], UNREADABLE],
    ['an unreadable moment after a read', [read(), unreadable()], UNREADABLE],
    ['an unreadable moment after two reads', [read(), read(), unreadable()], UNREADABLE],
    ['an unreadable moment before a read', [unreadable(), read()], UNREADABLE],
    ['a read on each side of it', [read(), unreadable(), read()], UNREADABLE],
    ['only samples after it', [read(), unreadable(), sample(), sample()], UNREADABLE],
    ['two reads that differ', [read(), read({ hash: BAD })], UNSTABLE],
    ['back and forth', [read(), read({ hash: BAD }), read()], UNSTABLE],
    ['two equal ones before a third', [read(), read(), read({ hash: BAD })], UNSTABLE],
    ['a sample that differs', [read(), unequalSample()], UNSTABLE],
    ['an equal sample after it', [read(), unequalSample(), sample()], UNSTABLE],
    ['one read after a sample that differs', [read(), unequalSample(), read()], UNSTABLE],
    ['a short read', [read({ sizeBytes: 999 })], UNSTABLE],
    ['a long read', [read({ sizeBytes: 1001 })], UNSTABLE],
    ['two equal short reads', [read({ sizeBytes: 999 }), read({ sizeBytes: 999 })], UNSTABLE],
    ['a good read after a short one', [read({ sizeBytes: 999 }), read()], UNSTABLE],
    ['a short one between', [read(), read({ sizeBytes: 999 }), read()], UNSTABLE],
    ['a short read at the end', [read(), read(), read({ sizeBytes: 999 })], UNSTABLE],
    ['the last trouble names it', [unreadable(), read(), read({ hash: BAD })], UNSTABLE],
    ['the last trouble names it', [unequalSample(), unreadable()], UNREADABLE],
    ['the last trouble names it', [unreadable(), unequalSample()], UNSTABLE],
  ])('%s: no hash', (_what, drafts, expected) => {
    expect(settled(drafts)).toEqual(expected);
  });

  it.each([
    ['unreadable', [unreadable(), read(), read()]],
    ['unreadable between', [read(), unreadable(), read(), read()]],
    ['unreadable twice', [unreadable(), read(), unreadable(), read(), read()]],
    ['two reads that differed', [read({ hash: BAD }), read(), read()]],
    ['back and forth', [read(), read({ hash: BAD }), read(), read()]],
    ['a sample that differed', [read(), unequalSample(), read(), read()]],
    ['a short read', [read({ sizeBytes: 999 }), read(), read()]],
  ])('%s: cleared by two equal whole reads after it', (_what, drafts) => {
    expect(settled(drafts)).toEqual(TWICE);
    // The twin: with one of the two reads missing it is not cleared.
    expect(settled(drafts.slice(0, -1)).hash).toBeUndefined();
  });

  it('two equal reads settle on their hash, not on that of the first read', () => {
    const drafts = [read(), read({ hash: BAD }), read({ hash: BAD })];
    expect(settled(drafts)).toEqual({ ...TWICE, hash: BAD });
  });

  it('counts from the very first record on', () => {
    const evidence = inOrder([unreadable(), read()], 0);
    expect(standingOf(cardFile(), evidence, POLICY, NOW).findings).toEqual([
      { kind: 'source-unreadable' },
    ]);
  });

  it('one record handed over twice is one read', () => {
    const [trouble, again] = inOrder([unreadable(), read()]);
    const evidence = [trouble, again, again].filter((item) => item !== undefined);
    expect(standingOf(cardFile(), evidence, POLICY, NOW).hash).toBeUndefined();
  });
});

describe('policy', () => {
  const full: Policy = { ...POLICY, sourceVerify: 'full' };
  const none: Policy = { ...POLICY, sourceVerify: 'none' };

  it('full: every file with bytes must have been read twice as a whole', () => {
    const missing = { hash: GOOD, trouble: ['source-not-reread'] };
    expect(settled([read()], full)).toEqual({ ...missing, reread: false });
    expect(settled([read(), sample()], full)).toEqual({ ...missing, reread: true });
    expect(settled([read(), read()], full)).toEqual(TWICE);
    expect(settled([unreadable(), read(), read()], full)).toEqual(TWICE);
  });

  it('full: an empty file has nothing to read twice', () => {
    const empty = cardFile({ sizeBytes: 0 });
    expect(settled([read({ sizeBytes: 0 })], full, empty)).toEqual(CLEAR);
  });

  it('sample and none: one read gives the hash, trouble still counts', () => {
    for (const policy of [POLICY, none]) {
      expect(settled([read()], policy)).toEqual(CLEAR);
      expect(settled([read(), unequalSample()], policy)).toEqual(UNSTABLE);
      expect(settled([read(), unreadable()], policy)).toEqual(UNREADABLE);
    }
  });
});

describe('any story of reading', () => {
  const event = fc.constantFrom<EvidenceDraft>(
    read(),
    read({ hash: BAD }),
    read({ sizeBytes: 999 }),
    sample(),
    unequalSample(),
    unreadable(),
  );
  const story = fc.array(event, { maxLength: 12 });

  it('gives a hash only when it ends in agreement', () => {
    fc.assert(
      fc.property(story, (drafts) => {
        const { hash } = settled(drafts);
        const reads = drafts.filter((draft) => draft.kind === 'source-read');
        const last = reads.at(-1);
        const spotless =
          !drafts.some(isTrouble) && new Set(reads.map((draft) => draft.hash)).size === 1;
        const lastTrouble = drafts.findLastIndex(isTrouble);
        const sinceTrouble = drafts
          .slice(lastTrouble + 1)
          .filter((draft) => draft.kind === 'source-read');
        const agreed =
          sinceTrouble.length >= 2 && sinceTrouble.at(-1)?.hash === sinceTrouble.at(-2)?.hash;
        expect(hash).toBe(spotless || agreed ? last?.hash : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('ends well with two good reads, whatever came before', () => {
    fc.assert(
      fc.property(story, (drafts) => {
        expect(settled([...drafts, read(), read()])).toEqual(TWICE);
      }),
    );
  });

  it('ends badly with trouble, whatever came before', () => {
    fc.assert(
      fc.property(story, fc.constantFrom(unreadable(), unequalSample()), (drafts, trouble) => {
        expect(settled([...drafts, trouble]).hash).toBeUndefined();
      }),
    );
  });
});
