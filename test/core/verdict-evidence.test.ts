import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import type { Policy } from '../../src/core/policy.ts';
import {
  absent,
  B2,
  BACKUP,
  BAD,
  backupReadBack,
  DAY,
  DISK_1,
  DISK_3,
  enough,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  read,
  readBack,
  sample,
  sighting,
  THIRD,
  unequalSample,
  unreadable,
} from './facts.ts';
import { reasons, verdictOn } from './judging.ts';

describe('failures', () => {
  const third = readBack({ destinationId: THIRD, mediumId: DISK_3 });
  const plenty = [...enough(), third, pass({ remoteId: NAS }), sighting({ remoteId: NAS })];
  const policy: Policy = {
    ...POLICY,
    offsiteRemotes: new Set([B2, NAS]),
    sourceVerify: 'none',
  };

  it.each<[string, EvidenceDraft, readonly EvidenceDraft[]]>([
    ['copy-mismatch', readBack({ hash: BAD }), [readBack()]],
    ['copy-mismatch', backupReadBack({ sizeBytes: 1 }), [backupReadBack()]],
    ['copy-lost', lost({ destinationId: THIRD }), [third]],
    ['source-unreadable', unreadable(), [read(), read()]],
    ['source-unstable', unequalSample(), [read(), read()]],
    ['source-unstable', read({ hash: BAD }), [read(), read()]],
    ['source-unstable', read({ sizeBytes: 1 }), [read(), read()]],
    ['offsite-absent', absent({ remoteId: NAS }), [sighting({ remoteId: NAS })]],
    ['offsite-mismatch', sighting({ sizeBytes: 1 }), [sighting()]],
  ])(
    '%s blocks although everything else is there, until later good evidence',
    (kind, bad, good) => {
      expect(verdictOn(plenty, { policy }).kind).toBe('safe-to-format');
      expect(reasons(verdictOn([...plenty, bad], { policy }))).toEqual([kind]);
      expect(verdictOn([...plenty, bad, ...good], { policy }).kind).toBe('safe-to-format');
      // Evidence that came before the failure does not end it.
      expect(reasons(verdictOn([...plenty, ...good, bad], { policy }))).toEqual([kind]);
    },
  );

  it('block from wherever they stand in the story until the same place is good again', () => {
    const repairs = new Map<EvidenceDraft, (draft: EvidenceDraft) => boolean>([
      [lost(), (d) => d.kind === 'copy-read-back' && d.destinationId === 'working'],
      [
        readBack({ hash: BAD }),
        (d) => d.kind === 'copy-read-back' && d.destinationId === 'working',
      ],
      [
        lost({ destinationId: BACKUP }),
        (d) => d.kind === 'copy-read-back' && d.destinationId === 'backup',
      ],
      [absent(), (d) => d.kind === 'offsite-sighting' && d.remoteId === 'b2'],
      [sighting({ sizeBytes: 1 }), (d) => d.kind === 'offsite-sighting' && d.remoteId === 'b2'],
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...repairs), fc.nat(plenty.length), ([bad, repairs_], index) => {
        const kind = verdictOn(plenty.toSpliced(index, 0, bad), { policy }).kind;
        const repaired = plenty.slice(index).some(repairs_);
        expect(kind).toBe(repaired ? 'safe-to-format' : 'hold');
      }),
    );
  });
});

describe('evidence that does not count', () => {
  const counting = enough().flatMap((draft, index) =>
    draft.kind === 'copy-read-back' || draft.kind === 'offsite-sighting' ? [index] : [],
  );

  it('is as old as the policy allows, and no older', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...counting),
        fc.integer({ min: -DAY, max: 60 * DAY }),
        (index, age) => {
          const drafts = enough().map((draft, i) =>
            i === index ? { ...draft, at: NOW - age } : draft,
          );
          const inTime = age >= 0 && age <= 30 * DAY;
          expect(verdictOn(drafts).kind).toBe(inTime ? 'safe-to-format' : 'hold');
        },
      ),
    );
  });

  it('grows too old with time: a safe answer is withdrawn by itself', () => {
    const takenAt = NOW - 1000;
    expect(verdictOn(enough(), { now: takenAt + 30 * DAY }).kind).toBe('safe-to-format');
    expect(verdictOn(enough(), { now: takenAt + 30 * DAY + 1 }).kind).toBe('hold');
  });

  it('is withdrawn when the clock goes back behind it', () => {
    expect(verdictOn(enough(), { now: NOW - 1001 }).kind).toBe('hold');
  });

  it('was read from memory', () => {
    for (const index of [2, 3]) {
      const drafts = enough().map((draft, i) =>
        i === index && draft.kind === 'copy-read-back'
          ? { ...draft, proof: 'cached' as const }
          : draft,
      );
      expect(reasons(verdictOn(drafts))).toEqual(['read-back-weak', 'too-few-copies']);
    }
  });

  it('is of one medium only, in whatever number', () => {
    const rows = Array.from({ length: 10 }, (_, i) =>
      readBack({ mediumId: DISK_1, destinationId: i % 2 === 0 ? BACKUP : THIRD }),
    );
    const drafts = [read(), sample(), readBack(), ...rows, pass(), sighting()];
    expect(reasons(verdictOn(drafts))).toEqual(['too-few-copies']);
  });

  it('is of a remote that does not stand elsewhere', () => {
    const nas = [pass({ remoteId: NAS }), sighting({ remoteId: NAS })];
    const drafts = [...enough().slice(0, 4), ...nas];
    expect(reasons(verdictOn(drafts))).toEqual(['too-few-offsite']);
    expect(verdictOn(drafts, { policy: { ...POLICY, offsiteRemotes: new Set([NAS]) } }).kind).toBe(
      'safe-to-format',
    );
  });

  it('is of too low a grade, unless a person lowered it by name', () => {
    const drafts = [...enough().slice(0, 5), sighting({ method: 'uploader-record' })];
    expect(reasons(verdictOn(drafts))).toEqual(['offsite-grade-low', 'too-few-offsite']);
    const lowered = { ...POLICY, loweredGrades: new Map([[B2, 'C']] as const) };
    expect(verdictOn(drafts, { policy: lowered }).kind).toBe('safe-to-format');
  });

  it('is an upload, however often', () => {
    const drafts = [...enough().slice(0, 4), pass(), pass(), pass()];
    expect(reasons(verdictOn(drafts))).toEqual(['too-few-offsite']);
  });
});
