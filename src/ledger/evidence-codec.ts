/** Evidence as a row and back. What cannot be read back exactly is refused, in either direction. */
import { assertNever } from '../core/assert-never.ts';
import type {
  Digest,
  DigestAlgorithm,
  Evidence,
  EvidenceDraft,
  OffsiteSighting,
  SightingMethod,
  SourceSample,
} from '../core/evidence.ts';
import { asRemoteId, type RemoteId } from '../core/ids.ts';
import {
  detailsOf,
  refuseHalfCharacters,
  type Row,
  rowListOf,
  rowOf,
  textOf,
  type Value,
  wordOf,
} from './column.ts';
import {
  destinationOf,
  DETAILS,
  type EvidenceValues,
  fileIn,
  hashIn,
  KIND,
  locationIn,
  MEDIUM,
  mediumOf,
  METHOD,
  PLACE,
  PROOF,
  proofOf,
  type RawRow,
  seqIn,
  sizeIn,
  timeIn,
} from './evidence-columns.ts';

const KINDS: readonly Evidence['kind'][] = [
  'source-read',
  'source-sample',
  'source-unreadable',
  'copy-read-back',
  'copy-lost',
  'upload-pass',
  'offsite-sighting',
  'offsite-absent',
];
const METHODS: readonly SightingMethod[] = [
  'fetched',
  'server-digest',
  'uploader-record',
  'listed',
];
const LOSSES = ['missing', 'unreadable', 'wrong-size'] as const;
const ALGORITHMS: readonly DigestAlgorithm[] = [
  'xxh64',
  'md5',
  'md5-composite',
  'sha1',
  'sha256',
  'sha256-composite',
  'crc64nvme',
  'crc32',
];

/** @throws TypeError when a text could not be stored exactly */
export function encodeEvidence(draft: EvidenceDraft, seq: number): EvidenceValues {
  const values = [seq, draft.fileId, draft.kind, draft.at, ...ownValues(draft)];
  refuseHalfCharacters(values);
  return values;
}

/** Place, medium, location, hash, size, proof, method, details. Plain arrays: this runs half a million times. */
function ownValues(draft: EvidenceDraft): readonly Value[] {
  switch (draft.kind) {
    case 'source-read':
      return [null, null, null, draft.hash, draft.sizeBytes, null, null, null];
    case 'source-sample': {
      const { firstHash, secondHash, sampledBytes } = draft;
      const details = JSON.stringify({ firstHash, secondHash });
      return [null, null, null, null, sampledBytes, null, null, details];
    }
    case 'source-unreadable': {
      const details = JSON.stringify({ reason: draft.reason });
      return [null, null, null, null, null, null, null, details];
    }
    case 'copy-read-back': {
      const { destinationId, mediumId, placedAt, hash, sizeBytes, proof } = draft;
      return [destinationId, mediumId, placedAt, hash, sizeBytes, proof, null, null];
    }
    case 'copy-lost': {
      const details = JSON.stringify({ reason: draft.reason });
      return [draft.destinationId, null, draft.placedAt, null, null, null, null, details];
    }
    case 'upload-pass': {
      const { remoteId, key, hash, sizeBytes, digests } = draft;
      return [remoteId, null, key, hash, sizeBytes, null, null, JSON.stringify({ digests })];
    }
    case 'offsite-sighting': {
      const { remoteId, key, method, sizeBytes, digest, versionId, storageClass, requestId } =
        draft;
      const details = JSON.stringify({ digest, versionId, storageClass, requestId });
      return [remoteId, null, key, null, sizeBytes, null, method, details];
    }
    case 'offsite-absent':
      return [draft.remoteId, null, draft.key, null, null, null, null, null];
    default:
      return assertNever(draft);
  }
}

/** @throws TypeError when the row is not what `encodeEvidence` writes */
export function decodeEvidence(row: RawRow): Evidence {
  const seq = seqIn(row);
  const fileId = fileIn(row);
  const at = timeIn(row);
  const kind = wordOf(row[KIND], KINDS, 'kind');
  switch (kind) {
    case 'source-read':
      return { kind, seq, fileId, at, hash: hashIn(row), sizeBytes: sizeIn(row) };
    case 'source-sample':
      return sampleIn(row, { kind, seq, fileId, at });
    case 'source-unreadable':
      return { kind, seq, fileId, at, reason: textOf(reasonIn(row), 'reason') };
    case 'copy-read-back':
      return {
        kind,
        seq,
        fileId,
        at,
        destinationId: destinationOf(row[PLACE]),
        mediumId: mediumOf(row[MEDIUM]),
        placedAt: locationIn(row),
        hash: hashIn(row),
        sizeBytes: sizeIn(row),
        proof: proofOf(row[PROOF]),
      };
    case 'copy-lost': {
      const reason = wordOf(reasonIn(row), LOSSES, 'reason');
      const placedAt = locationIn(row);
      return { kind, seq, fileId, at, destinationId: destinationOf(row[PLACE]), placedAt, reason };
    }
    case 'upload-pass':
      return {
        kind,
        seq,
        fileId,
        at,
        remoteId: remoteIn(row),
        key: locationIn(row),
        hash: hashIn(row),
        sizeBytes: sizeIn(row),
        digests: digestsIn(row),
      };
    case 'offsite-sighting':
      return sightingIn(row, {
        kind,
        seq,
        fileId,
        at,
        remoteId: remoteIn(row),
        key: locationIn(row),
        method: wordOf(row[METHOD], METHODS, 'method'),
        sizeBytes: sizeIn(row),
      });
    case 'offsite-absent':
      return { kind, seq, fileId, at, remoteId: remoteIn(row), key: locationIn(row) };
    default:
      return assertNever(kind);
  }
}

function remoteIn(row: RawRow): RemoteId {
  return asRemoteId(textOf(row[PLACE], 'place'));
}

function reasonIn(row: RawRow): unknown {
  return detailsOf(row[DETAILS], 'details')['reason'];
}

function sampleIn(
  row: RawRow,
  { kind, seq, fileId, at }: Pick<SourceSample, 'kind' | 'seq' | 'fileId' | 'at'>,
): SourceSample {
  const details = detailsOf(row[DETAILS], 'details');
  const firstHash = textOf(details['firstHash'], 'first hash');
  const secondHash = textOf(details['secondHash'], 'second hash');
  return { kind, seq, fileId, at, sampledBytes: sizeIn(row), firstHash, secondHash };
}

function digestsIn(row: RawRow): readonly Digest[] {
  return rowListOf(detailsOf(row[DETAILS], 'details')['digests'], 'digests').map(digestOf);
}

function digestOf(row: Row): Digest {
  return {
    algorithm: wordOf(row['algorithm'], ALGORITHMS, 'digest algorithm'),
    value: textOf(row['value'], 'digest'),
  };
}

/** Fills in what only some answers have. Field by field: spreading costs more than the reading. */
function sightingIn(row: RawRow, sighting: Changeable<OffsiteSighting>): OffsiteSighting {
  const { digest, versionId, storageClass, requestId } = detailsOf(row[DETAILS], 'details');
  if (digest !== undefined) sighting.digest = digestOf(rowOf(digest, 'digest'));
  if (versionId !== undefined) sighting.versionId = textOf(versionId, 'version');
  if (storageClass !== undefined) sighting.storageClass = textOf(storageClass, 'storage class');
  if (requestId !== undefined) sighting.requestId = textOf(requestId, 'request id');
  return sighting;
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };
