import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OffsiteSighting, SightingMethod } from '../../src/core/evidence.ts';
import { copyStanding, gradeOf, remoteStanding } from '../../src/core/place-standing.ts';
import { type Grade, type Policy, STRICTEST } from '../../src/core/policy.ts';
import {
  absent,
  B2,
  BAD,
  DAY,
  DISK_1,
  DISK_2,
  GOOD,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  readBack,
  SHA,
  sighting,
  WORKING,
} from './facts.ts';

const AGE = { now: NOW, maxAgeMs: 30 * DAY };
const EXPECTED = { hash: GOOD, sizeBytes: 1000 };

type CopyDraft = ReturnType<typeof readBack> | ReturnType<typeof lost>;
type RemoteDraft =
  | ReturnType<typeof sighting>
  | ReturnType<typeof absent>
  | ReturnType<typeof pass>;

function copy(...drafts: readonly CopyDraft[]) {
  const records = drafts.map((draft, index) => ({ ...draft, seq: index + 1 }));
  return copyStanding(WORKING, records, EXPECTED, AGE);
}

function remote(drafts: readonly RemoteDraft[], policy: Policy = POLICY) {
  const records = drafts.map((draft, index) => ({ ...draft, seq: index + 1 }));
  const passes = records.filter((record) => record.kind === 'upload-pass');
  return remoteStanding(B2, records, { ...EXPECTED, passes }, { ...AGE, policy });
}

/** An object that was seen without any digest. */
function noDigest(): ReturnType<typeof sighting> {
  const { digest: _, ...bare } = sighting();
  return bare;
}

describe('a copy on a drive', () => {
  it('is good by a read-back from the device or after a fresh mount', () => {
    for (const proof of ['device', 'remounted'] as const) {
      expect(copy(readBack({ proof, placedAt: 'x', at: NOW - 5 }))).toEqual({
        destinationId: WORKING,
        state: 'good',
        placedAt: 'x',
        mediumId: DISK_1,
        at: NOW - 5,
      });
    }
  });

  it('is weak by a read-back that may have come from memory', () => {
    expect(copy(readBack({ proof: 'cached' }))).toMatchObject({ state: 'weak', mediumId: DISK_1 });
    expect(copy(readBack({ proof: 'cached' }))).not.toHaveProperty('at');
  });

  it.each([
    ['now', NOW, 'good'],
    ['exactly as old as allowed', NOW - 30 * DAY, 'good'],
    ['a millisecond older', NOW - 30 * DAY - 1, 'old'],
    ['a millisecond in the future', NOW + 1, 'future'],
  ])('taken %s', (_when, at, state) => {
    expect(copy(readBack({ at })).state).toBe(state);
  });

  it.each([
    ['another hash', readBack({ hash: BAD })],
    ['another size', readBack({ sizeBytes: 999 })],
    ['another hash, from memory', readBack({ hash: BAD, proof: 'cached' })],
    ['another hash, long ago', readBack({ hash: BAD, at: 0 })],
    ['another hash, in the future', readBack({ hash: BAD, at: NOW + 1 })],
  ])('is a mismatch: %s', (_what, draft) => {
    expect(copy(readBack(), draft)).toEqual({
      destinationId: WORKING,
      placedAt: draft.placedAt,
      state: 'mismatch',
    });
  });

  it.each(['missing', 'unreadable', 'wrong-size'] as const)('is lost when it was %s', (reason) => {
    expect(copy(readBack(), lost({ reason, placedAt: 'y' }))).toEqual({
      destinationId: WORKING,
      placedAt: 'y',
      state: 'lost',
    });
  });

  it('is good again by a later good read-back, and only by that', () => {
    for (const failure of [lost(), readBack({ hash: BAD })]) {
      const failed = copy(failure).state;
      expect(copy(failure, readBack()).state).toBe('good');
      expect(copy(readBack(), failure).state).toBe(failed);
      expect(copy(failure, readBack({ proof: 'cached' })).state).toBe(failed);
      expect(copy(readBack(), failure, readBack({ proof: 'cached' })).state).toBe(failed);
    }
  });

  it('keeps better news when weak news comes after it', () => {
    const good = copy(readBack({ at: NOW - 7 }), readBack({ proof: 'cached' }));
    expect(good).toMatchObject({ state: 'good', at: NOW - 7 });
    const weak = [
      readBack({ proof: 'cached', placedAt: 'a' }),
      readBack({ proof: 'cached' }),
    ] as const;
    expect(copy(...weak)).toMatchObject({ state: 'weak', placedAt: 'a' });
    expect(copy(readBack({ proof: 'cached' }), readBack())).toMatchObject({ state: 'good' });
  });

  it('is where it was seen last: another disk under the same name is another medium', () => {
    const standing = copy(readBack(), readBack({ mediumId: DISK_2, placedAt: 'new' }));
    expect(standing).toMatchObject({ mediumId: DISK_2, placedAt: 'new' });
  });

  it('cannot be told from nothing', () => {
    expect(() => copy()).toThrow(new TypeError('no record for destination working'));
  });

  it('whatever came before, the last word of the device decides', () => {
    const any = fc.constantFrom<CopyDraft>(
      readBack(),
      readBack({ hash: BAD }),
      readBack({ proof: 'cached' }),
      readBack({ at: 0 }),
      lost(),
    );
    fc.assert(
      fc.property(fc.array(any), (before) => {
        expect(copy(...before, readBack()).state).toBe('good');
        expect(copy(...before, lost()).state).toBe('lost');
        expect(copy(...before, readBack({ hash: BAD })).state).toBe('mismatch');
        expect(copy(...before, readBack({ at: 0 })).state).toBe('old');
      }),
    );
  });
});

describe('the grade of a sighting', () => {
  const passes = [{ ...pass(), seq: 1 }];
  const grade = (draft: Omit<OffsiteSighting, 'seq'>, known = passes): Grade | 'contradiction' =>
    gradeOf({ ...draft, seq: 2 }, { ...EXPECTED, passes: known });
  const md5 = { algorithm: 'md5', value: '5e' } as const;

  it.each<[SightingMethod, Grade]>([
    ['fetched', 'A'],
    ['server-digest', 'B'],
    ['uploader-record', 'C'],
    ['listed', 'D'],
  ])('%s: %s', (method, expected) => {
    expect(grade(sighting({ method }))).toBe(expected);
  });

  it('refuses a method that nobody knows', () => {
    const method = 'hearsay' as SightingMethod;
    expect(() => grade(sighting({ method }))).toThrow(/unexpected value.*hearsay/);
  });

  it("is B' for a digest composed of part digests", () => {
    for (const algorithm of ['sha256-composite', 'md5-composite'] as const) {
      const digest = { algorithm, value: 'ab-3' };
      const known = [{ ...pass({ digests: [digest] }), seq: 1 }];
      expect(grade(sighting({ digest }), known)).toBe("B'");
      expect(grade(sighting({ digest: { algorithm, value: 'ab-4' } }), known)).toBe(
        'contradiction',
      );
    }
  });

  it('knows the source hash itself without any pass', () => {
    const digest = { algorithm: 'xxh64', value: GOOD } as const;
    expect(grade(sighting({ method: 'fetched', digest }), [])).toBe('A');
    const other = { algorithm: 'xxh64', value: BAD } as const;
    expect(grade(sighting({ method: 'fetched', digest: other }), [])).toBe('contradiction');
  });

  it('is a contradiction when the size or the digest is another one', () => {
    for (const method of ['fetched', 'server-digest', 'uploader-record'] as const) {
      const digest = { algorithm: 'sha256', value: '00' } as const;
      expect(grade(sighting({ method, digest }))).toBe('contradiction');
    }
    for (const method of ['fetched', 'server-digest', 'uploader-record', 'listed'] as const) {
      expect(grade(sighting({ method, sizeBytes: 999 }))).toBe('contradiction');
    }
  });

  it('is D when there is no digest, or none to compare it with', () => {
    const { digest: _, ...bare } = sighting();
    expect(grade(bare)).toBe('D');
    expect(grade(sighting({ method: 'fetched', digest: md5 }))).toBe('D');
    expect(grade(sighting(), [])).toBe('D');
  });

  it('compares only with passes to the same remote', () => {
    expect(grade(sighting(), [{ ...pass({ remoteId: NAS }), seq: 1 }])).toBe('D');
    expect(grade(sighting(), [{ ...pass({ remoteId: NAS, hash: BAD }), seq: 1 }])).toBe('D');
  });

  it('is a contradiction where other bytes were sent last, unless a digest says better', () => {
    const other = { ...pass({ hash: BAD }), seq: 1 };
    const right = { ...pass({ digests: [] }), seq: 1 };
    const { digest: _, ...bare } = sighting();
    for (const look of [sighting(), bare, sighting({ method: 'listed' })]) {
      expect(grade(look, [other])).toBe('contradiction');
      expect(grade(look, [{ ...right, seq: 0 }, other])).toBe('contradiction');
      expect(grade(look, [other, { ...right, seq: 0 }])).toBe('contradiction');
      expect(grade(look, [{ ...other, seq: 0 }, right])).toBe('D');
      // What is sent after the look changes nothing about it.
      expect(grade(look, [other, { ...right, seq: 3 }])).toBe('contradiction');
      expect(grade(look, [right, { ...other, seq: 3 }])).toBe('D');
    }
    const xxh64 = { algorithm: 'xxh64', value: GOOD } as const;
    expect(grade(sighting({ method: 'fetched', digest: xxh64 }), [other])).toBe('A');
    expect(grade(sighting(), [{ ...pass(), seq: 0 }, other])).toBe('B');
  });

  it('takes any of several digests that passes computed', () => {
    const digests = [md5, { algorithm: 'sha256', value: SHA }] as const;
    const known = [
      { ...pass({ digests: [{ algorithm: 'sha256', value: '00' }] }), seq: 1 },
      { ...pass({ digests }), seq: 2 },
    ];
    expect(grade(sighting(), known)).toBe('B');
    expect(grade(sighting({ digest: md5 }), known)).toBe('B');
  });
});

describe('a remote', () => {
  it('is good by a sighting of a sufficient grade', () => {
    expect(remote([pass(), sighting({ at: NOW - 9 })])).toEqual({
      remoteId: B2,
      state: 'good',
      grade: 'B',
      at: NOW - 9,
    });
  });

  it('is only passed when nobody has looked: what an upload says is no evidence', () => {
    expect(remote([pass()])).toEqual({ remoteId: B2, state: 'passed' });
    expect(remote([pass(), pass()])).toEqual({ remoteId: B2, state: 'passed' });
  });

  it.each([
    ['now', NOW, 'good'],
    ['exactly as old as allowed', NOW - 30 * DAY, 'good'],
    ['a millisecond older', NOW - 30 * DAY - 1, 'old'],
    ['a millisecond in the future', NOW + 1, 'future'],
  ])('seen %s', (_when, at, state) => {
    expect(remote([pass(), sighting({ at })])).toMatchObject({ state, at });
  });

  it('is only passed after other bytes were sent, whatever was seen before', () => {
    const other = pass({ hash: BAD });
    expect(remote([other])).toEqual({ remoteId: B2, state: 'passed' });
    expect(remote([pass(), sighting(), other])).toEqual({ remoteId: B2, state: 'passed' });
    expect(remote([pass(), sighting({ at: 0 }), other]).state).toBe('passed');
    expect(remote([pass(), absent(), other])).toMatchObject({ state: 'passed', failure: 'absent' });
    expect(remote([pass(), other, sighting()]).state).toBe('good');
  });

  it('is absent, or a mismatch, by the witness’s word', () => {
    expect(remote([pass(), sighting(), absent()])).toEqual({ remoteId: B2, state: 'absent' });
    const other = sighting({ sizeBytes: 1 });
    expect(remote([pass(), sighting(), other])).toEqual({ remoteId: B2, state: 'mismatch' });
  });

  it('is good again by a later sufficient sighting', () => {
    expect(remote([pass(), absent(), sighting()]).state).toBe('good');
    expect(remote([pass(), sighting({ sizeBytes: 1 }), sighting()]).state).toBe('good');
  });

  it('keeps the failure in mind while the file is sent again', () => {
    const wrong = sighting({ sizeBytes: 1 });
    expect(remote([pass(), absent(), pass()])).toEqual({
      remoteId: B2,
      state: 'passed',
      failure: 'absent',
    });
    expect(remote([pass(), wrong, pass(), pass()])).toEqual({
      remoteId: B2,
      state: 'passed',
      failure: 'mismatch',
    });
    // A look that proves too little leaves the failure standing.
    expect(remote([pass(), wrong, pass(), noDigest()])).toMatchObject({
      state: 'low-grade',
      failure: 'mismatch',
    });
    expect(remote([pass(), wrong, pass(), noDigest(), noDigest()])).toMatchObject({
      state: 'low-grade',
      failure: 'mismatch',
    });
    // A good look ends it, a new failure replaces it.
    expect(remote([pass(), wrong, pass(), sighting()])).not.toHaveProperty('failure');
    expect(remote([pass(), wrong, pass(), absent(), pass()])).toMatchObject({ failure: 'absent' });
  });

  it('stays good while the file is sent once more, and when a weaker look follows', () => {
    expect(remote([pass(), sighting(), pass()]).state).toBe('good');
    expect(remote([pass(), sighting({ at: NOW - 3 }), noDigest()])).toMatchObject({
      state: 'good',
      at: NOW - 3,
    });
  });

  it('stays old, or in the future, when only a weaker look follows', () => {
    expect(remote([pass(), sighting({ at: 0 }), noDigest()]).state).toBe('old');
    expect(remote([pass(), sighting({ at: NOW + 1 }), noDigest()]).state).toBe('future');
    expect(remote([pass(), sighting({ at: 0 }), pass()]).state).toBe('old');
  });

  it('is not cleared of a failure by a weaker look', () => {
    expect(remote([pass(), absent(), noDigest()]).state).toBe('absent');
    expect(remote([pass(), sighting({ sizeBytes: 1 }), noDigest()]).state).toBe('mismatch');
  });

  it('is low-grade when the best look proves too little', () => {
    expect(remote([pass(), noDigest()])).toMatchObject({ state: 'low-grade', grade: 'D' });
    expect(remote([noDigest()])).toMatchObject({ state: 'low-grade', grade: 'D' });
    expect(remote([pass(), noDigest()])).not.toHaveProperty('failure');
    const record = sighting({ method: 'uploader-record', at: NOW - 2 });
    expect(remote([pass(), noDigest(), record])).toEqual({
      remoteId: B2,
      state: 'low-grade',
      grade: 'C',
      at: NOW - 2,
    });
    expect(remote([pass(), noDigest(), pass()]).state).toBe('low-grade');
  });

  it('cannot be told from nothing', () => {
    expect(() => remote([])).toThrow(new TypeError('no record for remote b2'));
  });

  const GRADED: readonly (readonly [Grade, ReturnType<typeof sighting>])[] = [
    ['A', sighting({ method: 'fetched' })],
    ['B', sighting()],
    ["B'", sighting({ digest: { algorithm: 'sha256-composite', value: 'ab-2' } })],
    ['C', sighting({ method: 'uploader-record' })],
    ['D', sighting({ method: 'listed' })],
  ];
  const order = GRADED.map(([grade]) => grade);
  const pairs = GRADED.flatMap(([grade, look]) =>
    order.map((minimum) => ({
      grade,
      minimum,
      look,
      good: order.indexOf(grade) <= order.indexOf(minimum),
    })),
  );
  const composite = pass({
    digests: [
      { algorithm: 'sha256', value: SHA },
      { algorithm: 'sha256-composite', value: 'ab-2' },
    ],
  });

  it.each(pairs)(
    'grade $grade where $minimum is asked: good is $good',
    ({ grade, minimum, look, good }) => {
      const asked: Policy = { ...STRICTEST, minimumGrade: minimum };
      const state = good ? 'good' : 'low-grade';
      expect(remote([composite, look], asked)).toMatchObject({ grade, state });
      // Lowered by name for this remote: the same. For another remote: no matter.
      const lowered = (id: typeof B2): Policy => ({
        ...STRICTEST,
        minimumGrade: 'A',
        loweredGrades: new Map([[id, minimum]]),
      });
      expect(remote([composite, look], lowered(B2))).toMatchObject({ grade, state });
      const strict = grade === 'A' ? 'good' : 'low-grade';
      expect(remote([composite, look], lowered(NAS)).state).toBe(strict);
    },
  );
});
