import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asFileId } from '../../src/core/ids.ts';
import { type Policy, STRICTEST } from '../../src/core/policy.ts';
import {
  absent,
  B2,
  BACKUP,
  cardFile,
  DISK_3,
  DAY,
  enough,
  inOrder,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  readBack,
  sighting,
  THIRD,
  unreadable,
  WORKING,
} from './facts.ts';
import { unjudged } from '../../src/core/verdict.ts';
import { card, FILE, judged, reasons, verdictOn } from './judging.ts';

describe('safe to format', () => {
  it('is said when every file has all it needs, with what was counted', () => {
    const { files, drafts } = card(3);
    expect(verdictOn(drafts, { files })).toEqual({
      kind: 'safe-to-format',
      drives: 2,
      confirmedAt: ['b2'],
      inventoryId: 1,
      inventoryAt: NOW - 1000,
      judgedAt: NOW,
      counts: {
        total: 3,
        bytes: 3000,
        onDrives: 3,
        offsite: 3,
        bytesOnDrives: 3000,
        bytesOffsite: 3000,
      },
      oldestEvidenceAt: NOW - 1000,
    });
  });

  it('names the oldest evidence of all files', () => {
    const { files, drafts } = card(2);
    const [first, ...rest] = drafts.map((draft) =>
      draft.kind === 'copy-read-back' && draft.fileId === 2 ? { ...draft, at: NOW - DAY } : draft,
    );
    const all = first === undefined ? [] : [first, ...rest];
    expect(verdictOn(all, { files })).toMatchObject({ oldestEvidenceAt: NOW - DAY });
    expect(verdictOn(all, { files: files.toReversed() })).toMatchObject({
      oldestEvidenceAt: NOW - DAY,
    });
  });

  it('is withheld when any one record is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(), (count, pick) => {
        const { files, drafts } = card(count);
        expect(verdictOn(drafts, { files }).kind).toBe('safe-to-format');
        const without = drafts.toSpliced(pick % drafts.length, 1);
        // On a card of up to a hundred files one sampled file is enough.
        const missing = drafts[pick % drafts.length];
        const needless = missing?.kind === 'source-sample' && count > 1;
        expect(verdictOn(without, { files }).kind).toBe(needless ? 'safe-to-format' : 'hold');
      }),
    );
  });

  it.each([
    ['read', 'not-read'],
    ['sample', 'source-sample-missing'],
    ['first copy', 'too-few-copies'],
    ['second copy', 'too-few-copies'],
    ['upload pass (its digest gives the sighting its meaning)', 'offsite-grade-low'],
    ['sighting', 'too-few-offsite'],
  ])('without the %s: %s', (what, reason) => {
    const order = ['read', 'sample', 'first', 'second', 'upload', 'sighting'];
    const index = order.findIndex((word) => what.startsWith(word));
    expect(reasons(verdictOn(enough().toSpliced(index, 1)))).toContain(reason);
  });

  it('does not depend on the order of the records, nor on repetition', () => {
    const { files, drafts } = card(2);
    const evidence = inOrder([
      ...drafts,
      lost({ destinationId: THIRD }),
      pass(),
      absent({ remoteId: NAS }),
    ]);
    const expected = judged(evidence, { files });
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...evidence, ...evidence], { minLength: evidence.length * 2 }),
        (shuffled) => {
          expect(judged(shuffled, { files })).toEqual(expected);
        },
      ),
    );
  });

  it('does not depend on the order of the files', () => {
    const { files, drafts } = card(4);
    const { oldestEvidenceAt, counts } = { oldestEvidenceAt: NOW - 1000, counts: { total: 4 } };
    fc.assert(
      fc.property(fc.shuffledSubarray([...files], { minLength: 4 }), (shuffled) => {
        expect(verdictOn(drafts, { files: shuffled })).toMatchObject({
          kind: 'safe-to-format',
          oldestEvidenceAt,
          counts,
        });
      }),
    );
  });

  it('is not said of a file by the evidence of another', () => {
    const { files } = card(2);
    const twice = [...enough(asFileId(1)), ...enough(asFileId(1))];
    expect(verdictOn(twice, { files }).kind).toBe('hold');
  });

  it('passes over evidence of files that are not in the inventory', () => {
    const more = [...enough(), unreadable({ fileId: asFileId(7) }), lost({ fileId: asFileId(7) })];
    expect(verdictOn(more).kind).toBe('safe-to-format');
  });
});

describe('the inventory', () => {
  const changed = 'card-changed';

  it('voids the answer when it has one file or one byte more or less than was judged', () => {
    for (const inventory of [
      { fileCount: 2 },
      { fileCount: 0 },
      { totalBytes: 1001 },
      { totalBytes: 999 },
    ]) {
      expect(reasons(verdictOn(enough(), { inventory }))).toEqual([changed]);
    }
    expect(verdictOn(enough(), { inventory: { fileCount: 1, totalBytes: 1000 } }).kind).toBe(
      'safe-to-format',
    );
  });

  it('is not completed by the same file handed over twice', () => {
    const inventory = { fileCount: 2, totalBytes: 2000 };
    expect(reasons(verdictOn(enough(), { files: [FILE, FILE], inventory }))).toEqual([changed]);
  });

  it('holds while any part of the card could not be listed', () => {
    const problems = [
      { path: 'DCIM/101CANON', reason: 'EIO' },
      { path: 'DCIM/102CANON', reason: 'EIO' },
    ];
    expect(verdictOn(enough(), { inventory: { problems } })).toMatchObject({
      kind: 'hold',
      blockers: [{ kind: 'card-unreadable', examples: ['DCIM/101CANON', 'DCIM/102CANON'] }],
    });
  });

  it('a file that the camera’s own list misses holds it', () => {
    const missing = {
      path: 'PRIVATE/M4ROOT/CLIP/C0002.MP4',
      reason: 'not there',
      missing: true,
    } as const;
    const problems = [missing, { path: 'DCIM', reason: 'EIO' }] as const;
    expect(verdictOn(enough(), { inventory: { problems } })).toMatchObject({
      kind: 'hold',
      blockers: [
        { kind: 'card-unreadable', examples: ['DCIM'] },
        { kind: 'card-incomplete', examples: ['PRIVATE/M4ROOT/CLIP/C0002.MP4'] },
      ],
    });
    expect(reasons(verdictOn(enough(), { inventory: { problems: [missing] } }))).toEqual([
      'card-incomplete',
    ]);
  });

  it('changed and unreadable are both told, before what concerns single files', () => {
    const inventory = { fileCount: 9, problems: [{ path: 'x', reason: 'EIO' }] };
    expect(reasons(verdictOn(enough().slice(0, 5), { inventory }))).toEqual([
      'card-changed',
      'card-unreadable',
      'too-few-offsite',
    ]);
  });
});

describe('nothing to protect', () => {
  const management = cardFile({ role: 'management', path: 'MISC/version.txt' });

  it('is said of an empty card, even with no offsite place set up', () => {
    expect(verdictOn([], { files: [], policy: STRICTEST })).toEqual({
      kind: 'nothing-to-protect',
      inventoryId: 1,
      inventoryAt: NOW - 1000,
      judgedAt: NOW,
      counts: { total: 0, bytes: 0, onDrives: 0, offsite: 0, bytesOnDrives: 0, bytesOffsite: 0 },
    });
  });

  it('is said only when all files are the camera’s own', () => {
    expect(verdictOn([], { files: [management] }).kind).toBe('nothing-to-protect');
    for (const role of ['media', 'sidecar', 'other'] as const) {
      expect(verdictOn([], { files: [cardFile({ role })] }).kind).toBe('hold');
      expect(verdictOn([], { files: [management, cardFile({ role, id: asFileId(2) })] }).kind).toBe(
        'hold',
      );
    }
  });

  it('is never said of a card that changed or could not be listed', () => {
    const problems = [{ path: 'DCIM', reason: 'EIO' }];
    expect(reasons(verdictOn([], { files: [], inventory: { problems } }))).toEqual([
      'card-unreadable',
    ]);
    expect(reasons(verdictOn([], { files: [], inventory: { fileCount: 1 } }))).toEqual([
      'card-changed',
    ]);
    expect(reasons(verdictOn([], { files: [management], inventory: { totalBytes: 1 } }))).toContain(
      'card-changed',
    );
  });

  it('never turns into safe: that word is for cards with something on them', () => {
    expect(verdictOn(enough(), { files: [management] }).kind).toBe('nothing-to-protect');
  });
});

describe('offsite places', () => {
  it('must be set up at all', () => {
    const policy: Policy = { ...POLICY, offsiteRemotes: new Set() };
    expect(reasons(verdictOn(enough(), { policy }))).toEqual([
      'no-offsite-remote',
      'too-few-offsite',
    ]);
  });

  it('and neither they nor the second copy can be waived', () => {
    const waived: Policy = { ...POLICY, copies: 0, offsite: 0 };
    expect(verdictOn(enough(), { policy: waived }).kind).toBe('safe-to-format');
    expect(reasons(verdictOn(enough().toSpliced(3, 1), { policy: waived }))).toEqual([
      'too-few-copies',
    ]);
    expect(reasons(verdictOn(enough().slice(0, 4), { policy: waived }))).toEqual([
      'too-few-offsite',
    ]);
    const one: Policy = { ...POLICY, copies: 1 };
    expect(verdictOn(enough().toSpliced(3, 1), { policy: one })).toMatchObject({
      kind: 'hold',
      counts: { onDrives: 0, bytesOnDrives: 0 },
    });
  });
});

describe('a destination that is not in use any more', () => {
  const two: Policy = { ...POLICY, destinations: new Set([WORKING, BACKUP]) };

  it('does not count: nobody looks there', () => {
    const one: Policy = { ...POLICY, destinations: new Set([WORKING]) };
    expect(reasons(verdictOn(enough(), { policy: one }))).toEqual(['too-few-copies']);
  });

  it('does not block either, whatever was lost there', () => {
    const drafts = [...enough(), readBack({ destinationId: THIRD, mediumId: DISK_3 })];
    const gone = [...drafts, lost({ destinationId: THIRD })];
    expect(reasons(verdictOn(gone))).toEqual(['copy-lost']);
    expect(verdictOn(gone, { policy: two }).kind).toBe('safe-to-format');
  });
});

const moved = (seq: number): Policy => ({ ...POLICY, movedAfter: new Map([[B2, seq]]) });

describe('a remote that stands elsewhere now', () => {
  const last = enough().length;

  it('takes no look along that was made before', () => {
    expect(reasons(verdictOn(enough(), { policy: moved(last) }))).toEqual(['too-few-offsite']);
    expect(verdictOn(enough(), { policy: moved(0) }).kind).toBe('safe-to-format');
  });

  it('counts again once it was looked at there', () => {
    const looked = [...enough(), sighting()];
    expect(verdictOn(looked, { policy: moved(last) }).kind).toBe('safe-to-format');
  });

  it('takes no failure along either', () => {
    const failed = [...enough(), absent()];
    expect(reasons(verdictOn(failed, { policy: moved(last + 1) }))).toEqual(['too-few-offsite']);
  });
});

describe('a card whose files were never weighed', () => {
  const none = { onDrives: 0, offsite: 0, bytesOnDrives: 0, bytesOffsite: 0 };

  it('is on hold, with what was listed', () => {
    const verdict = unjudged(NOW, { at: NOW - 5, files: 3, bytes: 30 });
    expect(verdict).toMatchObject({ kind: 'hold', inventoryAt: NOW - 5, judgedAt: NOW });
    expect(verdict.counts).toEqual({ total: 3, bytes: 30, ...none });
    expect(reasons(verdict)).toEqual(['never-scanned']);
  });

  it('is on hold when nothing could be listed', () => {
    const verdict = unjudged(NOW);
    expect([verdict.kind, verdict.inventoryAt, verdict.judgedAt]).toEqual(['hold', NOW, NOW]);
    expect(verdict.counts).toEqual({ total: 0, bytes: 0, ...none });
  });
});
