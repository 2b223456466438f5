import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cardBlocker } from '../../src/core/blocker.ts';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId } from '../../src/core/ids.ts';
import type { Policy } from '../../src/core/policy.ts';
import {
  addFile,
  conclude,
  requiredRereads,
  startTally,
  type Verdict,
  withBlocker,
} from '../../src/core/verdict.ts';
import {
  B2,
  cardFile,
  DISK_3,
  enough,
  inOrder,
  inventoryOf,
  NAS,
  NOW,
  pass,
  POLICY,
  read,
  readBack,
  sighting,
  THIRD,
} from './facts.ts';
import { card, type Case, FILE, judged, reasons, verdictOn } from './judging.ts';

/** Files with all they need, but only so many of them read twice. */
function unread(count: number, sampled: number): Case & { drafts: readonly EvidenceDraft[] } {
  const { files, drafts } = card(count);
  return {
    files,
    drafts: drafts.filter((draft) => draft.kind !== 'source-sample' || draft.fileId <= sampled),
  };
}

function rereadsFor(nonEmpty: number, sourceVerify: Policy['sourceVerify'] = 'sample'): number {
  return requiredRereads({ nonEmpty, policy: { ...POLICY, sourceVerify } });
}

describe('the second read of the card', () => {
  it.each([
    [1, 1],
    [2, 1],
    [100, 1],
    [101, 2],
    [200, 2],
    [201, 3],
  ])('of %d files at least %d must have been read twice', (count, need) => {
    const enoughSampled = unread(count, need);
    expect(verdictOn(enoughSampled.drafts, enoughSampled).kind).toBe('safe-to-format');
    const tooFew = unread(count, need - 1);
    expect(reasons(verdictOn(tooFew.drafts, tooFew))).toEqual(['source-sample-missing']);
  });

  it('files without bytes need none and give none', () => {
    const empty = cardFile({ sizeBytes: 0 });
    const drafts = enough().map((draft) =>
      'sizeBytes' in draft ? { ...draft, sizeBytes: 0 } : draft,
    );
    const withoutSample = drafts.filter((draft) => draft.kind !== 'source-sample');
    expect(verdictOn(withoutSample, { files: [empty] }).kind).toBe('safe-to-format');

    const full = cardFile({ id: asFileId(2) });
    const fullDrafts = enough(full.id).filter((draft) => draft.kind !== 'source-sample');
    expect(reasons(verdictOn([...drafts, ...fullDrafts], { files: [empty, full] }))).toEqual([
      'source-sample-missing',
    ]);
  });

  it('is none or all where the policy says so', () => {
    const { files, drafts } = unread(3, 0);
    const asked = (
      sourceVerify: Policy['sourceVerify'],
      more: readonly EvidenceDraft[] = [],
    ): Verdict =>
      verdictOn([...drafts, ...more], {
        ...(files ? { files } : {}),
        policy: { ...POLICY, sourceVerify },
      });
    expect(asked('none').kind).toBe('safe-to-format');
    expect(reasons(asked('sample'))).toEqual(['source-sample-missing']);
    expect(reasons(asked('full'))).toEqual(['source-not-reread']);
    const again = (files ?? []).map((file) => read({ fileId: file.id }));
    expect(asked('full', again).kind).toBe('safe-to-format');
    expect(reasons(asked('full', again.slice(1)))).toEqual(['source-not-reread']);
    expect(asked('sample', again.slice(2)).kind).toBe('safe-to-format');
  });

  it('is counted in whole files', () => {
    expect([0, 1, 99, 100, 101, 10_000].map((n) => rereadsFor(n))).toEqual([0, 1, 1, 1, 2, 100]);
    expect(rereadsFor(500, 'none')).toBe(0);
    expect(rereadsFor(500, 'full')).toBe(0);
  });
});

describe('counting', () => {
  it('tells how far a card is, in files and bytes', () => {
    const files = [
      cardFile({ id: asFileId(1), sizeBytes: 1000 }),
      cardFile({ id: asFileId(2), sizeBytes: 1000, path: 'b' }),
      cardFile({ id: asFileId(3), sizeBytes: 70, path: 'c' }),
    ];
    const drafts = [
      ...enough(asFileId(1)),
      ...enough(asFileId(2)).slice(0, 4),
      read({ fileId: asFileId(3), sizeBytes: 70 }),
    ];
    const verdict = verdictOn(drafts, { files });
    expect(verdict).toMatchObject({
      kind: 'hold',
      counts: {
        total: 3,
        bytes: 2070,
        onDrives: 2,
        offsite: 1,
        bytesOnDrives: 2000,
        bytesOffsite: 1000,
      },
      oldestEvidenceAt: NOW - 1000,
      blockers: [
        { kind: 'too-few-offsite', files: 2, examples: ['b', 'c'] },
        { kind: 'too-few-copies', files: 1, examples: ['c'] },
      ],
    });
  });

  it('tells on how many drives every file is, and which remotes have every file', () => {
    const { files, drafts } = card(2);
    const policy: Policy = { ...POLICY, offsiteRemotes: new Set([B2, NAS]) };
    const third = files.map(({ id }) =>
      readBack({ fileId: id, destinationId: THIRD, mediumId: DISK_3 }),
    );
    const nas = files.flatMap(({ id }) => [
      pass({ fileId: id, remoteId: NAS }),
      sighting({ fileId: id, remoteId: NAS }),
    ]);
    const told = (...more: readonly EvidenceDraft[]): Verdict =>
      verdictOn([...drafts, ...more], { files, policy });
    expect(told()).toMatchObject({ drives: 2, confirmedAt: [B2] });
    expect(told(...third.slice(0, 1))).toMatchObject({ drives: 2 });
    expect(told(...third.slice(1))).toMatchObject({ drives: 2 });
    expect(told(...third)).toMatchObject({ drives: 3 });
    expect(told(...nas.slice(0, 2))).toMatchObject({ confirmedAt: [B2] });
    expect(told(...nas)).toMatchObject({ confirmedAt: [B2, NAS] });
    // Each file at some remote, but no remote with every file: safe, and no name to tell.
    const apart = drafts.filter((draft) => draft.kind !== 'offsite-sighting' || draft.fileId === 1);
    expect(verdictOn([...apart, ...nas.slice(2)], { files, policy })).toMatchObject({
      kind: 'safe-to-format',
      confirmedAt: [],
    });
  });

  it('has no oldest evidence where nothing counts yet', () => {
    expect(verdictOn([read()])).not.toHaveProperty('oldestEvidenceAt');
  });

  it('in batches comes to the same as at once', () => {
    const { files, drafts } = card(5);
    fc.assert(
      fc.property(fc.subarray([...drafts]), (some) => {
        const evidence = inOrder(some);
        const tally = startTally(inventoryOf(files), POLICY, NOW);
        for (const file of files) {
          const own = evidence.filter((item) => item.fileId === file.id);
          const standing = addFile(tally, file, own);
          expect(standing.findings.length === 0 || standing.findings[0] !== undefined).toBe(true);
        }
        expect(conclude(tally)).toEqual(judged(evidence, { files }));
      }),
    );
  });

  it('keeps the sums that it judges by', () => {
    const files = [
      cardFile({ id: asFileId(1) }),
      cardFile({ id: asFileId(2), sizeBytes: 0, path: 'empty' }),
      cardFile({ id: asFileId(3), role: 'management', path: 'MISC/version.txt' }),
    ];
    const tally = startTally(inventoryOf(files), POLICY, NOW);
    for (const file of files) addFile(tally, file, inOrder([read({ fileId: file.id })]));
    expect(tally).toMatchObject({ files: 3, bytes: 2000, precious: 2, nonEmpty: 2, reread: 0 });
  });

  it('gives back the standing of each file, for the plan', () => {
    const tally = startTally(inventoryOf([FILE]), POLICY, NOW);
    expect(addFile(tally, FILE, inOrder(enough()))).toMatchObject({ reread: true, findings: [] });
  });
});

describe('one more reason', () => {
  const blocker = cardBlocker('never-scanned');

  it('turns safe and nothing-to-protect into hold', () => {
    for (const verdict of [verdictOn(enough()), verdictOn([], { files: [] })]) {
      const { inventoryId, inventoryAt, judgedAt, counts } = verdict;
      expect(withBlocker(verdict, blocker)).toMatchObject({
        kind: 'hold',
        inventoryId,
        inventoryAt,
        judgedAt,
        counts,
        blockers: [blocker],
      });
    }
  });

  it('stands before the earlier reasons', () => {
    const held = verdictOn([read()]);
    const more = withBlocker(held, blocker);
    expect(reasons(more)).toEqual(['never-scanned', ...reasons(held)]);
  });

  it('leaves the age of the evidence as it was', () => {
    expect(withBlocker(verdictOn(enough()), blocker)).toHaveProperty(
      'oldestEvidenceAt',
      NOW - 1000,
    );
    expect(withBlocker(verdictOn(enough().slice(0, 4)), blocker)).toHaveProperty(
      'oldestEvidenceAt',
      NOW - 1000,
    );
    expect(withBlocker(verdictOn([read()]), blocker)).not.toHaveProperty('oldestEvidenceAt');
    expect(withBlocker(verdictOn([], { files: [] }), blocker)).not.toHaveProperty(
      'oldestEvidenceAt',
    );
  });
});
