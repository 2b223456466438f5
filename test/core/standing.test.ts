import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId, asMediumId, asRemoteId } from '../../src/core/ids.ts';
import type { Policy } from '../../src/core/policy.ts';
import { standingOf } from '../../src/core/standing.ts';
import {
  absent,
  B2,
  BACKUP,
  BAD,
  backupReadBack,
  cardFile,
  DAY,
  DISK_1,
  DISK_2,
  DISK_3,
  enough,
  GOOD,
  inOrder,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  read,
  readBack,
  sighting,
  THIRD,
  WORKING,
} from './facts.ts';

function standing(drafts: readonly EvidenceDraft[], policy: Policy = POLICY) {
  return standingOf(cardFile(), inOrder(drafts), policy, NOW);
}

/** The kinds (with places) of all findings, in order. */
function findings(drafts: readonly EvidenceDraft[], policy: Policy = POLICY): readonly string[] {
  return standing(drafts, policy).findings.map(({ kind, place }) =>
    place === undefined ? kind : `${kind} ${place}`,
  );
}

const thirdReadBack = readBack({ destinationId: THIRD, mediumId: DISK_3 });

describe('a file with all that is needed', () => {
  it('has a hash, two media, one remote and no finding', () => {
    expect(standing(enough())).toEqual({
      hash: GOOD,
      reread: true,
      copies: [
        expect.objectContaining({ destinationId: WORKING, state: 'good' }),
        expect.objectContaining({ destinationId: BACKUP, state: 'good' }),
      ],
      remotes: [expect.objectContaining({ remoteId: B2, state: 'good' })],
      media: new Set([DISK_1, DISK_2]),
      offsite: new Set([B2]),
      findings: [],
      oldestAt: NOW - 1000,
    });
  });

  it('rests on the oldest of the evidence that counts', () => {
    const oldest = (copyAt: number, sightingAt: number): number | undefined =>
      standing([
        read(),
        readBack({ at: copyAt }),
        backupReadBack(),
        pass(),
        sighting({ at: sightingAt }),
      ]).oldestAt;
    expect(oldest(NOW - 3000, NOW - 2000)).toBe(NOW - 3000);
    expect(oldest(NOW - 2000, NOW - 3000)).toBe(NOW - 3000);
    // Neither the read nor what does not count is part of it.
    expect(standing([read({ at: 5 }), readBack({ at: 6 })]).oldestAt).toBeUndefined();
    expect(standing([read(), lost(), pass({ at: 7 })]).oldestAt).toBeUndefined();
  });
});

const movedAfter = (seq: number): Policy => ({ ...POLICY, movedAfter: new Map([[B2, seq]]) });

describe('a remote that stands elsewhere now', () => {
  it('is to be looked at when something was sent before: it may lie there all the same', () => {
    const { remotes } = standing([read(), pass(), sighting()], movedAfter(3));
    expect(remotes).toEqual([{ remoteId: B2, state: 'passed' }]);
  });

  it('knows nothing of a file that was only seen before', () => {
    expect(standing([read(), sighting(), absent()], movedAfter(3)).remotes).toEqual([]);
  });
});

describe('a file without a hash', () => {
  it('has no copies, whatever lies on the drives: there is nothing to compare them with', () => {
    expect(standing([readBack(), backupReadBack(), pass(), sighting()])).toEqual({
      reread: false,
      copies: [],
      remotes: [],
      media: new Set(),
      offsite: new Set(),
      findings: [{ kind: 'not-read' }],
    });
  });
});

describe('media', () => {
  it('are counted once, however many records or places are on them', () => {
    const rows = Array.from({ length: 10 }, () => readBack());
    expect(standing([read(), ...rows]).media).toEqual(new Set([DISK_1]));
    const samePlatter = readBack({ destinationId: BACKUP, mediumId: DISK_1 });
    expect(standing([read(), ...rows, samePlatter]).media).toEqual(new Set([DISK_1]));
    expect(findings([read(), readBack(), samePlatter, pass(), sighting()])).toEqual([
      'too-few-copies',
    ]);
    expect(findings([read(), readBack(), backupReadBack(), pass(), sighting()])).toEqual([]);
  });

  it('any number of rows from n disks are n media', () => {
    const disk = fc.integer({ min: 1, max: 5 });
    const place = fc.constantFrom(WORKING, BACKUP, THIRD);
    fc.assert(
      fc.property(fc.array(fc.tuple(disk, place), { minLength: 1, maxLength: 30 }), (rows) => {
        const drafts = rows.map(([n, destinationId]) =>
          readBack({ destinationId, mediumId: asMediumId(`disk-${n}`) }),
        );
        // A destination is on the disk where it was seen last.
        const latest = new Map(rows.map(([n, destinationId]) => [destinationId, n]));
        const { media } = standing([read(), ...drafts]);
        expect(media.size).toBe(new Set(latest.values()).size);
        expect(media.size).toBeLessThanOrEqual(3);
      }),
    );
  });

  it.each([
    ['from memory', backupReadBack({ proof: 'cached' }), 'read-back-weak backup'],
    ['too long ago', backupReadBack({ at: NOW - 31 * DAY }), 'copy-evidence-old backup'],
    ['in the future', backupReadBack({ at: NOW + 1 }), 'evidence-from-future backup'],
  ])('do not count by a read-back %s', (_what, draft, finding) => {
    expect(findings([read(), readBack(), draft, pass(), sighting()])).toEqual([
      finding,
      'too-few-copies',
    ]);
    // With a third good copy it is nobody's concern.
    expect(findings([read(), readBack(), draft, thirdReadBack, pass(), sighting()])).toEqual([]);
  });

  it.each([
    ['a mismatch', backupReadBack({ hash: BAD }), 'copy-mismatch backup'],
    ['a loss', lost({ destinationId: BACKUP }), 'copy-lost backup'],
  ])('%s anywhere is a finding, even with enough other copies', (_what, draft, finding) => {
    expect(findings([read(), readBack(), draft, pass(), sighting()])).toEqual([
      finding,
      'too-few-copies',
    ]);
    expect(findings([read(), readBack(), draft, thirdReadBack, pass(), sighting()])).toEqual([
      finding,
    ]);
    expect(
      findings([read(), readBack(), draft, thirdReadBack, backupReadBack(), pass(), sighting()]),
    ).toEqual([]);
  });

  it('more can be asked for', () => {
    const three: Policy = { ...POLICY, copies: 3 };
    expect(findings(enough(), three)).toEqual(['too-few-copies']);
    expect(findings([...enough(), thirdReadBack], three)).toEqual([]);
  });
});

describe('offsite', () => {
  const copied = [read(), readBack(), backupReadBack()] as const;
  const both: Policy = { ...POLICY, offsiteRemotes: new Set([B2, NAS]) };
  const nas = [pass({ remoteId: NAS }), sighting({ remoteId: NAS })] as const;

  it('remotes are counted once, however many sightings there are', () => {
    const rows = Array.from({ length: 10 }, () => sighting());
    const two: Policy = { ...both, offsite: 2 };
    expect(standing([...copied, pass(), ...rows], two).offsite).toEqual(new Set([B2]));
    expect(findings([...copied, pass(), ...rows], two)).toEqual(['too-few-offsite']);
    expect(findings([...copied, pass(), ...rows, ...nas], two)).toEqual([]);
  });

  it('a remote that does not stand elsewhere never counts, and its troubles are not the card’s', () => {
    expect(standing([...copied, ...nas]).offsite).toEqual(new Set());
    expect(findings([...copied, ...nas])).toEqual(['too-few-offsite']);
    expect(findings([...copied, ...nas], both)).toEqual([]);
    const gone = absent({ remoteId: NAS });
    expect(findings([...enough(), ...nas, gone])).toEqual([]);
    expect(findings([...enough(), ...nas, gone], both)).toEqual(['offsite-absent nas']);
  });

  it('nor does its evidence make the answer look older than it is', () => {
    const { oldestAt } = standing([
      ...enough(),
      pass({ remoteId: NAS }),
      sighting({ remoteId: NAS, at: NOW - DAY }),
    ]);
    expect(oldestAt).toBe(NOW - 1000);
  });

  it.each([
    ['nothing but an upload', [pass()], []],
    [
      'a sighting too long ago',
      [pass(), sighting({ at: NOW - 31 * DAY })],
      ['offsite-evidence-old b2'],
    ],
    ['a sighting in the future', [pass(), sighting({ at: NOW + 1 })], ['evidence-from-future b2']],
    ['a weak proof', [pass(), sighting({ method: 'listed' })], ['offsite-grade-low b2']],
  ])('%s is not enough', (_what, drafts, extra) => {
    expect(findings([...copied, ...drafts])).toEqual([...extra, 'too-few-offsite']);
    // With another good remote it is nobody's concern.
    expect(findings([...copied, ...drafts, ...nas], both)).toEqual([]);
  });

  it.each([
    ['absent', absent(), 'offsite-absent b2'],
    ['a mismatch', sighting({ sizeBytes: 1 }), 'offsite-mismatch b2'],
  ])(
    '%s anywhere is a finding, even with another good remote, until it is seen good',
    (_what, bad, finding) => {
      expect(findings([...copied, pass(), bad])).toEqual([finding, 'too-few-offsite']);
      expect(findings([...copied, pass(), bad, ...nas], both)).toEqual([finding]);
      expect(findings([...copied, pass(), bad, ...nas, pass()], both)).toEqual([finding]);
      expect(findings([...copied, pass(), bad, pass(), ...nas], both)).toEqual([finding]);
      const weak = sighting({ method: 'listed' });
      expect(findings([...copied, pass(), bad, pass(), weak, ...nas], both)).toEqual([finding]);
      expect(findings([...copied, pass(), bad, ...nas, pass(), sighting()], both)).toEqual([]);
    },
  );

  it('other bytes that were sent may have replaced what was seen', () => {
    const other = pass({ hash: BAD });
    const seen = [...copied, pass(), sighting()];
    expect(findings([...seen, pass()])).toEqual([]);
    expect(findings([...seen, other])).toEqual(['too-few-offsite']);
    expect(findings([...seen, other, sighting()])).toEqual([]);
    expect(findings([...copied, other, sighting({ method: 'listed' })])).toEqual([
      'offsite-mismatch b2',
      'too-few-offsite',
    ]);
  });

  it('an upload after a failure is still nothing but an upload', () => {
    expect(findings([...copied, pass(), absent(), pass()])).toEqual([
      'offsite-absent b2',
      'too-few-offsite',
    ]);
  });
});

describe('all evidence of a file', () => {
  const anything = fc.constantFrom<EvidenceDraft>(
    ...enough(),
    thirdReadBack,
    read({ hash: BAD }),
    readBack({ hash: BAD }),
    readBack({ proof: 'cached' }),
    readBack({ at: 0 }),
    lost(),
    absent(),
    sighting({ sizeBytes: 1 }),
    sighting({ method: 'listed' }),
  );
  const story = fc.array(anything, { maxLength: 15 });

  it('says the same in any order of the list, and when records come twice', () => {
    fc.assert(
      fc.property(
        story.chain((drafts) => {
          const evidence = inOrder(drafts);
          return fc.tuple(
            fc.constant(evidence),
            fc.shuffledSubarray([...evidence, ...evidence], { minLength: evidence.length * 2 }),
          );
        }),
        ([evidence, shuffled]) => {
          const once = standingOf(cardFile(), evidence, POLICY, NOW);
          expect(standingOf(cardFile(), shuffled, POLICY, NOW)).toEqual(once);
        },
      ),
    );
  });

  it('is of this file only: what is on record about another file changes nothing', () => {
    const other = asFileId(2);
    fc.assert(
      fc.property(story, story, (own, foreign) => {
        const evidence = inOrder(own);
        const more = inOrder(
          foreign.map((draft) => ({ ...draft, fileId: other })),
          100,
        );
        const alone = standingOf(cardFile(), evidence, POLICY, NOW);
        expect(standingOf(cardFile(), [...more, ...evidence], POLICY, NOW)).toEqual(alone);
      }),
    );
  });

  it('has no finding exactly when enough places count and nowhere a failure stands', () => {
    fc.assert(
      fc.property(story, (drafts) => {
        const { hash, copies, remotes, media, offsite, findings: found } = standing(drafts);
        const failed =
          copies.some((c) => c.state === 'mismatch' || c.state === 'lost') ||
          remotes.some(
            (r) => r.state === 'mismatch' || r.state === 'absent' || r.failure !== undefined,
          );
        const fine = hash !== undefined && media.size >= 2 && offsite.size >= 1 && !failed;
        expect(found.length === 0).toBe(fine);
      }),
      { numRuns: 300 },
    );
  });

  it('names a place in a finding only where the finding is about that place', () => {
    fc.assert(
      fc.property(story, (drafts) => {
        for (const { kind, place } of standing(drafts).findings) {
          const general = ['not-read', 'source-unstable', 'too-few-copies', 'too-few-offsite'];
          expect(place === undefined).toBe(general.includes(kind));
        }
      }),
    );
  });

  it('refuses a record of a kind it does not know', () => {
    const [first] = inOrder([read()]);
    const strange = JSON.parse(JSON.stringify({ ...first, kind: 'promise' })) as typeof first;
    const evidence = strange === undefined ? [] : [strange];
    expect(() => standingOf(cardFile(), evidence, POLICY, NOW)).toThrow(
      /unexpected value.*promise/,
    );
  });

  it('keeps remotes apart by name', () => {
    const other = asRemoteId('other');
    const states = standing([
      ...enough(),
      pass({ remoteId: other }),
      absent({ remoteId: other }),
    ]).remotes.map(({ remoteId, state }) => `${remoteId} ${state}`);
    expect(states).toEqual(['b2 good', 'other absent']);
  });
});
