import { describe, expect, it } from '@jest/globals';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { type FileView, fileView } from '../../src/core/file-view.ts';
import { asFileId } from '../../src/core/ids.ts';
import { type Policy, STRICTEST } from '../../src/core/policy.ts';
import { standingOf } from '../../src/core/standing.ts';
import {
  absent,
  BACKUP,
  B2,
  BAD,
  backupReadBack,
  cardFile,
  DAY,
  enough,
  inOrder,
  lost,
  NOW,
  pass,
  POLICY,
  read,
  readBack,
  SHA,
  sample,
  sighting,
  WORKING,
} from './facts.ts';

const iso = (ms: number): string => `t${ms - NOW}`;
const roots = new Map([
  [WORKING, '/mnt/work'],
  [BACKUP, '/mnt/backup'],
]);

function view(drafts: readonly EvidenceDraft[], policy: Policy = POLICY): FileView {
  const file = cardFile();
  const evidence = inOrder(drafts);
  return fileView(file, standingOf(file, evidence, policy, NOW), evidence, { iso, roots });
}

const copyOf = (drafts: readonly EvidenceDraft[]) => view([read(), ...drafts]).copies[0];
const remoteOf = (drafts: readonly EvidenceDraft[], policy?: Policy) =>
  view([read(), ...drafts], policy).remotes[0];

describe('a file with all it needs', () => {
  it('tells every copy, who looked, when and how', () => {
    expect(view(enough())).toEqual({
      path: 'DCIM/100CANON/IMG_0001.CR3',
      sizeBytes: 1000,
      modifiedAt: iso(1_700_000_000_000),
      role: 'media',
      hash: '00000000000000aa',
      readTwice: true,
      copies: [
        {
          destination: 'working',
          medium: 'disk-1',
          path: '/mnt/work/roll/DCIM/100CANON/IMG_0001.CR3',
          state: 'good',
          counts: true,
          proof: 'device',
          words: 'read back from the device',
          at: 't-1000',
        },
        {
          destination: 'backup',
          medium: 'disk-2',
          path: '/mnt/backup/roll/DCIM/100CANON/IMG_0001.CR3',
          state: 'good',
          counts: true,
          proof: 'device',
          words: 'read back from the device',
          at: 't-1000',
        },
      ],
      remotes: [
        {
          remote: 'b2',
          key: 'roll/IMG_0001.CR3',
          state: 'good',
          counts: true,
          grade: 'B',
          method: 'server-digest',
          storageClass: null,
          words: "the store's own checksum (grade B)",
          at: 't-1000',
        },
      ],
      missing: [],
    });
  });

  it('does not depend on the order of the records, nor on those of other files', () => {
    const file = cardFile();
    const evidence = inOrder(enough());
    const others = inOrder(enough(asFileId(2)), 100);
    const standing = standingOf(file, evidence, POLICY, NOW);
    expect(fileView(file, standing, [...others, ...evidence].toReversed(), { iso, roots })).toEqual(
      view(enough()),
    );
  });

  it('gives the path below the root when the destination is no longer configured', () => {
    const file = cardFile();
    const evidence = inOrder(enough());
    const standing = standingOf(file, evidence, POLICY, NOW);
    const { copies } = fileView(file, standing, evidence, { iso, roots: new Map() });
    expect(copies[0]?.path).toBe('roll/DCIM/100CANON/IMG_0001.CR3');
  });
});

describe('a file that nobody has read', () => {
  it('has no hash and no copies, and says so', () => {
    expect(view([])).toMatchObject({
      hash: null,
      readTwice: false,
      copies: [],
      remotes: [],
      missing: [{ kind: 'not-read', place: null, words: 'not copied yet' }],
    });
  });
});

describe('a copy', () => {
  it.each([
    ['by direct reading', [readBack()], ['good', 'device'], 'read back from the device'],
    [
      'after mounting afresh',
      [readBack({ proof: 'remounted' })],
      ['good', 'remounted'],
      'read back after mounting it afresh',
    ],
    [
      'from memory',
      [readBack({ proof: 'cached' })],
      ['weak', 'cached'],
      'read back from memory, does not count',
    ],
    [
      'long ago',
      [readBack({ at: NOW - 31 * DAY })],
      ['old', 'device'],
      'read back from the device, too long ago',
    ],
    [
      'tomorrow',
      [readBack({ at: NOW + DAY })],
      ['future', 'device'],
      'read back from the device, but dated later than now',
    ],
    [
      'with other bytes',
      [readBack({ hash: BAD })],
      ['mismatch', 'device'],
      'did not read back the same as on the card',
    ],
    ['gone', [readBack(), lost()], ['lost', null], 'no longer there'],
    ['unreadable', [readBack(), lost({ reason: 'unreadable' })], ['lost', null], 'cannot be read'],
    ['cut', [readBack(), lost({ reason: 'wrong-size' })], ['lost', null], 'has another size'],
  ] as const)('seen %s', (_how, drafts, [state, proof], words) => {
    const copy = copyOf(drafts);
    expect(copy).toMatchObject({ state, proof, words, counts: state === 'good' });
    expect(copy?.at).toBe(iso(drafts.at(-1)?.at ?? 0));
  });

  it('rests on the look that counts, not on a later one that proves nothing', () => {
    const copy = copyOf([readBack({ at: NOW - 9 }), readBack({ at: NOW - 3, proof: 'cached' })]);
    expect(copy).toMatchObject({ state: 'good', proof: 'device', at: 't-9' });
  });

  it('that failed shows the failure, not a later look that proves nothing', () => {
    const copy = copyOf([
      readBack({ at: NOW - 9, sizeBytes: 7 }),
      readBack({ at: NOW - 3, proof: 'cached' }),
    ]);
    expect(copy).toMatchObject({ state: 'mismatch', at: 't-9', counts: false });
  });
});

const digest = (algorithm: 'xxh64' | 'sha256-composite', value: string) => ({
  digest: { algorithm, value },
});

describe('a remote', () => {
  it.each([
    [
      'fetched back',
      [sighting({ method: 'fetched', ...digest('xxh64', '00000000000000aa') })],
      'A',
      'fetched back and hashed (grade A)',
    ],
    ['by its own checksum', [pass(), sighting()], 'B', "the store's own checksum (grade B)"],
    [
      'by a checksum of parts',
      [
        pass({ digests: [{ algorithm: 'sha256-composite', value: `${SHA}-3` }] }),
        sighting(digest('sha256-composite', `${SHA}-3`)),
      ],
      "B'",
      "the store's checksum of its parts (grade B')",
    ],
  ] as const)('that counts, seen %s', (_how, drafts, grade, words) => {
    expect(remoteOf(drafts)).toMatchObject({ state: 'good', counts: true, grade, words });
  });

  it.each([
    ['sent', [pass()], 'passed', 'sent, not confirmed yet'],
    ['absent', [pass(), absent()], 'absent', 'not to be found there'],
    [
      'absent and sent again',
      [pass(), absent(), pass()],
      'passed',
      'sent, not confirmed yet (last seen: not to be found there)',
    ],
    ['other bytes', [pass(), sighting({ sizeBytes: 7 })], 'mismatch', 'not what was on the card'],
    [
      'name and size only',
      [pass(), sighting({ method: 'listed' })],
      'low-grade',
      'only name and size (grade D), does not count',
    ],
    [
      "the sender's word",
      [pass(), sighting({ method: 'uploader-record' })],
      'low-grade',
      "only the sender's own record (grade C), does not count",
    ],
    [
      'long ago',
      [pass(), sighting({ at: NOW - 31 * DAY })],
      'old',
      "the store's own checksum (grade B), too long ago",
    ],
    [
      'tomorrow',
      [pass(), sighting({ at: NOW + DAY })],
      'future',
      "the store's own checksum (grade B), but dated later than now",
    ],
  ] as const)('that does not count: %s', (_how, drafts, state, words) => {
    expect(remoteOf(drafts)).toMatchObject({ state, words, counts: false });
  });

  it('that does not stand elsewhere never counts, and says so', () => {
    expect(remoteOf([pass(), sighting()], STRICTEST)).toMatchObject({
      state: 'good',
      counts: false,
      words: "the store's own checksum (grade B), but it does not stand offsite",
    });
  });

  it('shows the sighting it rests on, even beside one of the same moment that is worth less', () => {
    const seen = remoteOf([
      pass(),
      sighting({ key: 'seen', storageClass: 'GLACIER' }),
      sighting({ key: 'listed', method: 'listed' }),
    ]);
    expect(seen).toMatchObject({
      key: 'seen',
      method: 'server-digest',
      storageClass: 'GLACIER',
      grade: 'B',
    });
  });

  it('that was never seen has the key it was sent to, and no method', () => {
    expect(remoteOf([pass({ remoteId: B2 })])).toMatchObject({
      key: 'roll/IMG_0001.CR3',
      method: null,
      grade: null,
    });
  });
});

it('names what is missing, with the place it is about', () => {
  const { missing } = view([read(), sample(), readBack({ hash: BAD }), backupReadBack()]);
  expect(missing).toEqual([
    { kind: 'copy-mismatch', place: 'working', words: 'a copy did not read back the same' },
    { kind: 'too-few-copies', place: null, words: 'not yet on enough separate drives' },
    { kind: 'too-few-offsite', place: null, words: 'not yet confirmed offsite' },
  ]);
});
