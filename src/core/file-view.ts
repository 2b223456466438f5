/** One file of a card as `show` tells it: where each copy is, who looked, when, how, and what is still missing. */
import { assertNever } from './assert-never.ts';
import type {
  CopyLost,
  CopyReadBack,
  Evidence,
  OffsiteAbsent,
  OffsiteSighting,
  ReadProof,
  SightingMethod,
  UploadPass,
} from './evidence.ts';
import type { FindingKind } from './finding.ts';
import type { DestinationId } from './ids.ts';
import type { CardFile, FileRole } from './inventory.ts';
import { type CopyStanding, gradeOf, type RemoteStanding } from './place-standing.ts';
import type { Grade } from './policy.ts';
import type { FileStanding } from './standing.ts';
import type { IsoTime } from './status.ts';

/** Times are ISO 8601 in UTC, or null. */
export interface FileView {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  readonly role: FileRole;
  /** XXH64 of the card's bytes once it is beyond dispute. */
  readonly hash: string | null;
  readonly readTwice: boolean;
  readonly copies: readonly CopyView[];
  readonly remotes: readonly OffsiteView[];
  /** What stands between this file and "safe"; empty when nothing does. */
  readonly missing: readonly MissingView[];
}

export interface CopyView {
  readonly destination: string;
  readonly medium: string | null;
  /** Absolute where the destination is still configured, else below its root. */
  readonly path: string;
  readonly state: CopyStanding['state'];
  readonly counts: boolean;
  /** How the last look was taken; null when it found nothing to read. */
  readonly proof: ReadProof | null;
  readonly words: string;
  readonly at: string | null;
}

export interface OffsiteView {
  readonly remote: string;
  readonly key: string | null;
  readonly state: RemoteStanding['state'];
  readonly counts: boolean;
  readonly grade: Grade | null;
  readonly method: SightingMethod | null;
  readonly storageClass: string | null;
  readonly words: string;
  readonly at: string | null;
}

export interface MissingView {
  readonly kind: FindingKind;
  readonly place: string | null;
  readonly words: string;
}

export interface FileViewContext {
  readonly iso: IsoTime;
  /** Configured folders of the destinations. */
  readonly roots: ReadonlyMap<DestinationId, string>;
}

/** `evidence` is that of this file; it only adds the circumstances, what counts is the standing's word. */
export function fileView(
  file: CardFile,
  standing: FileStanding,
  evidence: readonly Evidence[],
  context: FileViewContext,
): FileView {
  const newestFirst = evidence
    .filter((item) => item.fileId === file.id)
    .toSorted((a, b) => b.seq - a.seq);
  const known: Known = { file, standing, newestFirst };
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    modifiedAt: context.iso(file.mtimeMs),
    role: file.role,
    hash: standing.hash ?? null,
    readTwice: standing.reread,
    copies: standing.copies.map((copy) => copyView(copy, known, context)),
    remotes: standing.remotes.map((remote) => offsiteView(remote, known, context)),
    missing: standing.findings.map(({ kind, place }) => ({
      kind,
      place: place ?? null,
      words: MISSING_WORDS[kind],
    })),
  };
}

interface Known {
  readonly file: CardFile;
  readonly standing: FileStanding;
  readonly newestFirst: readonly Evidence[];
}

function copyView(copy: CopyStanding, known: Known, { iso, roots }: FileViewContext): CopyView {
  const looks = known.newestFirst
    .filter(isCopyLook)
    .filter((record) => record.destinationId === copy.destinationId);
  const look = looks.find((record) => accountsFor(record, copy, known));
  const root = roots.get(copy.destinationId);
  const proof = look?.kind === 'copy-read-back' ? look.proof : null;
  return {
    destination: copy.destinationId,
    medium: copy.mediumId ?? null,
    path: root === undefined ? copy.placedAt : `${root}/${copy.placedAt}`,
    state: copy.state,
    counts: copy.state === 'good' && copy.mediumId !== undefined,
    proof,
    words: copyWords(copy.state, proof, look),
    at: look === undefined ? null : iso(look.at),
  };
}

function isCopyLook(item: Evidence): item is CopyReadBack | CopyLost {
  return item.kind === 'copy-read-back' || item.kind === 'copy-lost';
}

/** Whether this record is what the copy's standing rests on. */
function accountsFor(
  record: CopyReadBack | CopyLost,
  { state }: CopyStanding,
  { file, standing }: Known,
): boolean {
  if (record.kind === 'copy-lost') return state === 'lost';
  const equal = record.hash === standing.hash && record.sizeBytes === file.sizeBytes;
  switch (state) {
    case 'good':
    case 'old':
    case 'future':
      return equal && record.proof !== 'cached';
    case 'weak':
      return equal && record.proof === 'cached';
    case 'mismatch':
      return !equal;
    case 'lost':
      return false;
    default:
      return assertNever(state);
  }
}

function copyWords(
  state: CopyStanding['state'],
  proof: ReadProof | null,
  look: CopyReadBack | CopyLost | undefined,
): string {
  const how = proof === null ? 'read back' : PROOF_WORDS[proof];
  switch (state) {
    case 'good':
    case 'weak':
      return how;
    case 'old':
      return `${how}, too long ago`;
    case 'future':
      return `${how}, but dated later than now`;
    case 'mismatch':
      return 'did not read back the same as on the card';
    case 'lost':
      return look?.kind === 'copy-lost' ? LOST_WORDS[look.reason] : 'no longer there';
    default:
      return assertNever(state);
  }
}

const PROOF_WORDS: Readonly<Record<ReadProof, string>> = {
  device: 'read back from the device',
  remounted: 'read back after mounting it afresh',
  cached: 'read back from memory, does not count',
};

const LOST_WORDS: Readonly<Record<CopyLost['reason'], string>> = {
  missing: 'no longer there',
  unreadable: 'cannot be read',
  'wrong-size': 'has another size',
};

function offsiteView(remote: RemoteStanding, known: Known, { iso }: FileViewContext): OffsiteView {
  const looks = known.newestFirst.filter(isOffsite).filter((r) => r.remoteId === remote.remoteId);
  const newest = looks[0];
  const seen = looks
    .filter((record) => record.kind === 'offsite-sighting')
    .find((record) => record.at === remote.at && gradeIn(record, known) === remote.grade);
  const counts = known.standing.offsite.has(remote.remoteId);
  const at = remote.at ?? newest?.at;
  return {
    remote: remote.remoteId,
    key: (seen ?? newest)?.key ?? null,
    state: remote.state,
    counts,
    grade: remote.grade ?? null,
    method: seen?.method ?? null,
    storageClass: seen?.storageClass ?? null,
    words: offsiteWords(remote, counts),
    at: at === undefined ? null : iso(at),
  };
}

function gradeIn(sighting: OffsiteSighting, { file, standing, newestFirst }: Known): string {
  if (standing.hash === undefined) return 'none';
  const passes = newestFirst.filter((item) => item.kind === 'upload-pass');
  return gradeOf(sighting, { hash: standing.hash, sizeBytes: file.sizeBytes, passes });
}

function isOffsite(item: Evidence): item is OffsiteSighting | OffsiteAbsent | UploadPass {
  return (
    item.kind === 'offsite-sighting' ||
    item.kind === 'offsite-absent' ||
    item.kind === 'upload-pass'
  );
}

function offsiteWords(remote: RemoteStanding, counts: boolean): string {
  const { state, failure } = remote;
  const how = remote.grade === undefined ? 'seen' : GRADE_WORDS[remote.grade];
  const again = failure === undefined ? '' : ` (last seen: ${FAILURE_WORDS[failure]})`;
  switch (state) {
    case 'good':
      return counts ? how : `${how}, but it does not stand offsite`;
    case 'old':
      return `${how}, too long ago`;
    case 'future':
      return `${how}, but dated later than now`;
    case 'low-grade':
      return `${how}, does not count${again}`;
    case 'passed':
      return `sent, not confirmed yet${again}`;
    case 'mismatch':
    case 'absent':
      return FAILURE_WORDS[state];
    default:
      return assertNever(state);
  }
}

const GRADE_WORDS: Readonly<Record<Grade, string>> = {
  A: 'fetched back and hashed (grade A)',
  B: "the store's own checksum (grade B)",
  "B'": "the store's checksum of its parts (grade B')",
  C: "only the sender's own record (grade C)",
  D: 'only name and size (grade D)',
};

const FAILURE_WORDS = { mismatch: 'not what was on the card', absent: 'not to be found there' };

const MISSING_WORDS: Readonly<Record<FindingKind, string>> = {
  'not-read': 'not copied yet',
  'source-unreadable': 'could not be read from the card',
  'source-unstable': 'gave different bytes when read twice from the card',
  'source-not-reread': 'not yet read a second time from the card',
  'too-few-copies': 'not yet on enough separate drives',
  'copy-mismatch': 'a copy did not read back the same',
  'copy-lost': 'a copy is no longer there',
  'read-back-weak': 'a copy could only be read back from memory',
  'copy-evidence-old': 'the last look at a copy is too long ago',
  'too-few-offsite': 'not yet confirmed offsite',
  'offsite-mismatch': 'what is offsite is not what was on the card',
  'offsite-absent': 'not to be found offsite',
  'offsite-grade-low': 'only seen offsite by a proof too weak to count',
  'offsite-evidence-old': 'the last look offsite is too long ago',
  'evidence-from-future': 'records are dated later than now: the clock is or was wrong',
};
