/** Random evidence and scans for the ledger's tests: every kind, odd texts, numbers at their limits. */
import fc from 'fast-check';
import type { Digest, Evidence, EvidenceDraft } from '../../src/core/evidence.ts';
import {
  asContentHash,
  asDestinationId,
  asMediumId,
  asRemoteId,
  type FileId,
} from '../../src/core/ids.ts';
import type { FileRole } from '../../src/core/inventory.ts';
import type { NewFile } from '../../src/ports/ledger.ts';

/** Any text that UTF-8 can hold, zero characters and astral planes included. */
export const anyText = fc.string({ unit: 'binary', maxLength: 40 });
/** Any moment a clock may claim; fractions included. Minus zero is no moment. */
export const anyTime = fc.oneof(
  fc.maxSafeNat(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((ms) => ms + 0),
);
export const anyBytes = fc.maxSafeNat();

const hash = fc.stringMatching(/^[0-9a-f]{16}$/).map((text) => asContentHash(text));
const placeName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const destinationId = placeName.map((text) => asDestinationId(text));
const remoteId = placeName.map((text) => asRemoteId(text));
const mediumId = anyText.map((text) => asMediumId(`${text}disk`));
const digest: fc.Arbitrary<Digest> = fc.record(
  {
    algorithm: fc.constantFrom(
      'xxh64',
      'md5',
      'md5-composite',
      'sha1',
      'sha256',
      'sha256-composite',
      'crc64nvme',
      'crc32',
    ),
    value: fc.stringMatching(/^[0-9a-f]{8,64}(-[1-9][0-9]{0,3})?$/),
  },
  // Without a prototype none comes back.
  { noNullPrototype: true },
);

type Kind = Evidence['kind'];
type Own<K extends Kind> = Omit<Extract<Evidence, { kind: K }>, 'seq' | 'fileId' | 'at' | 'kind'>;

const OWN: { readonly [K in Kind]: fc.Arbitrary<Own<K>> } = {
  'source-read': fc.record({ hash, sizeBytes: anyBytes }),
  'source-sample': fc.record({
    firstHash: hash,
    secondHash: hash,
    sampledBytes: anyBytes,
  }),
  'source-unreadable': fc.record({ reason: anyText }),
  'copy-read-back': fc.record({
    destinationId,
    mediumId,
    placedAt: anyText,
    hash,
    sizeBytes: anyBytes,
    proof: fc.constantFrom('device', 'remounted', 'cached'),
  }),
  'copy-lost': fc.record({
    destinationId,
    placedAt: anyText,
    reason: fc.constantFrom('missing', 'unreadable', 'wrong-size'),
  }),
  'upload-pass': fc.record({
    remoteId,
    key: anyText,
    hash,
    sizeBytes: anyBytes,
    digests: fc.array(digest, { maxLength: 4 }),
  }),
  'offsite-sighting': fc.record(
    {
      remoteId,
      key: anyText,
      method: fc.constantFrom('fetched', 'server-digest', 'uploader-record', 'listed'),
      sizeBytes: anyBytes,
      digest,
      versionId: anyText,
      storageClass: anyText,
      requestId: anyText,
    },
    { requiredKeys: ['remoteId', 'key', 'method', 'sizeBytes'] },
  ),
  'offsite-absent': fc.record({ remoteId, key: anyText }),
};

export const KINDS = Object.keys(OWN) as readonly Kind[];

/** A record of one kind about any of the files. */
export function evidenceOfKind(
  kind: Kind,
  fileIds: readonly FileId[],
): fc.Arbitrary<EvidenceDraft> {
  return fc
    .tuple(fc.constantFrom(...fileIds), anyTime, OWN[kind])
    .map(([fileId, at, own]) => ({ kind, fileId, at, ...own }) as EvidenceDraft);
}

/** A record of any kind about any of the files. */
export function anyEvidence(fileIds: readonly FileId[]): fc.Arbitrary<EvidenceDraft> {
  return fc.constantFrom(...KINDS).chain((kind) => evidenceOfKind(kind, fileIds));
}

/** Mostly the first. */
function few<T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(first) }, fc.constantFrom(first, ...others));
}

/** A file that was read and copied: records that say the same of it, or nearly. */
export function anyCopied([first, ...others]: readonly FileId[]): fc.Arbitrary<
  readonly EvidenceDraft[]
> {
  if (first === undefined) throw new TypeError('no files');
  const same = fc.record(
    {
      fileId: few(first, ...others),
      at: few(1, 2),
      hash: few(asContentHash('0'.repeat(16)), asContentHash('1'.repeat(16))),
      sizeBytes: few(10, 11),
    },
    { noNullPrototype: true },
  );
  const read = same.map((own): EvidenceDraft => ({ kind: 'source-read', ...own }));
  const copy = fc
    .tuple(same, few('here', 'there'), destinationId, mediumId, fc.constantFrom('device', 'cached'))
    .map(
      ([own, placedAt, destination, medium, proof]): EvidenceDraft => ({
        kind: 'copy-read-back',
        ...own,
        placedAt,
        destinationId: destination,
        mediumId: medium,
        proof,
      }),
    );
  return fc
    .tuple(read, fc.array(copy, { maxLength: 4 }))
    .map(([readFirst, copies]) => [readFirst, ...copies]);
}

export const anyNewFile: fc.Arbitrary<NewFile> = fc.record({
  path: anyText,
  sizeBytes: fc.nat(),
  mtimeMs: anyTime,
  role: fc.constantFrom<FileRole>('media', 'sidecar', 'management', 'other'),
  placement: anyText,
});
