/** Where one place (a destination or a remote) stands with one file. */
import { assertNever } from './assert-never.ts';
import type {
  CopyLost,
  CopyReadBack,
  OffsiteAbsent,
  OffsiteSighting,
  UploadPass,
} from './evidence.ts';
import type { ContentHash, DestinationId, MediumId, RemoteId } from './ids.ts';
import { type Grade, meets, minimumGradeFor, type Policy } from './policy.ts';

/** Where one destination stands with one file. */
export interface CopyStanding {
  readonly destinationId: DestinationId;
  readonly state: 'good' | 'old' | 'weak' | 'mismatch' | 'lost' | 'future';
  /** The latest record's place below the destination's root. */
  readonly placedAt: string;
  readonly mediumId?: MediumId;
  /** When the counting evidence was taken; only for `good`. */
  readonly at?: number;
}

/** Where one remote stands with one file. */
export interface RemoteStanding {
  readonly remoteId: RemoteId;
  /** `passed`: an upload pass is on record and no witness has looked since. */
  readonly state: 'good' | 'old' | 'low-grade' | 'mismatch' | 'absent' | 'passed' | 'future';
  readonly grade?: Grade;
  readonly at?: number;
  /** A failure on record that no sufficient look has outweighed since: the file may be on its way again. */
  readonly failure?: RemoteFailure;
}

export type RemoteFailure = 'mismatch' | 'absent';

export interface AgeRule {
  readonly now: number;
  readonly maxAgeMs: number;
}

interface Expected {
  readonly hash: ContentHash;
  readonly sizeBytes: number;
}

/** Weighs one destination's records, oldest first, against the settled source hash. */
export function copyStanding(
  destinationId: DestinationId,
  records: readonly (CopyReadBack | CopyLost)[],
  expected: Expected,
  age: AgeRule,
): CopyStanding {
  let best: CopyStanding | undefined;
  for (const record of records) {
    const { placedAt } = record;
    if (record.kind === 'copy-lost') {
      best = { destinationId, placedAt, state: 'lost' };
      continue;
    }
    if (record.hash !== expected.hash || record.sizeBytes !== expected.sizeBytes) {
      best = { destinationId, placedAt, state: 'mismatch' };
      continue;
    }
    const { mediumId, at } = record;
    if (record.proof === 'cached') {
      // Weak news never repairs a failure and never hides better news.
      best ??= { destinationId, placedAt, mediumId, state: 'weak' };
      continue;
    }
    best = { destinationId, placedAt, mediumId, at, state: ageState(at, age) };
  }
  if (best === undefined) throw new TypeError(`no record for destination ${destinationId}`);
  return best;
}

function ageState(at: number, age: AgeRule): 'good' | 'old' | 'future' {
  if (at > age.now) return 'future';
  return age.now - at > age.maxAgeMs ? 'old' : 'good';
}

interface ExpectedOffsite extends Expected {
  readonly passes: readonly UploadPass[];
}

/** Weighs one remote's records, oldest first, against the settled source hash. */
export function remoteStanding(
  remoteId: RemoteId,
  records: readonly (OffsiteSighting | OffsiteAbsent | UploadPass)[],
  expected: ExpectedOffsite,
  rule: AgeRule & { readonly policy: Policy },
): RemoteStanding {
  const minimum = minimumGradeFor(rule.policy, remoteId);
  let best: RemoteStanding | undefined;
  for (const record of records) {
    if (record.kind === 'upload-pass') {
      // A new pass reopens the question only where the last answer was bad; it does not outweigh it.
      if (best === undefined || best.state === 'absent' || best.state === 'mismatch') {
        best = { remoteId, state: 'passed', ...failureOf(best) };
      }
      continue;
    }
    if (record.kind === 'offsite-absent') {
      best = { remoteId, state: 'absent' };
      continue;
    }
    const grade = gradeOf(record, expected);
    if (grade === 'contradiction') {
      best = { remoteId, state: 'mismatch' };
    } else if (meets(grade, minimum)) {
      best = { remoteId, grade, at: record.at, state: ageState(record.at, rule) };
    } else if (best === undefined || best.state === 'passed' || best.state === 'low-grade') {
      best = { remoteId, grade, at: record.at, state: 'low-grade', ...failureOf(best) };
    }
  }
  if (best === undefined) throw new TypeError(`no record for remote ${remoteId}`);
  return best;
}

/** The failure that is still on record after `standing`, if any. */
export function failureOf(standing: RemoteStanding | undefined): Pick<RemoteStanding, 'failure'> {
  if (standing === undefined) return {};
  const { state, failure } = standing;
  if (state === 'absent' || state === 'mismatch') return { failure: state };
  return failure === undefined ? {} : { failure };
}

/** The grade a sighting earns for these bytes, or that it contradicts them. */
export function gradeOf(
  sighting: OffsiteSighting,
  expected: ExpectedOffsite,
): Grade | 'contradiction' {
  if (sighting.sizeBytes !== expected.sizeBytes) return 'contradiction';
  const { digest, method } = sighting;
  if (digest === undefined || method === 'listed') return 'D';
  const known = knownDigests(digest.algorithm, sighting, expected);
  if (known.size === 0) return 'D';
  if (!known.has(digest.value)) return 'contradiction';
  switch (method) {
    case 'fetched':
      return 'A';
    case 'server-digest':
      return digest.algorithm.endsWith('-composite') ? "B'" : 'B';
    case 'uploader-record':
      return 'C';
    default:
      return assertNever(method);
  }
}

/** What the digest may be: the source hash itself, or what an upload pass of the very same bytes computed. */
function knownDigests(
  algorithm: string,
  sighting: OffsiteSighting,
  expected: ExpectedOffsite,
): ReadonlySet<string> {
  if (algorithm === 'xxh64') return new Set([expected.hash]);
  const values = new Set<string>();
  for (const pass of expected.passes) {
    if (pass.hash !== expected.hash || pass.remoteId !== sighting.remoteId) continue;
    for (const digest of pass.digests) {
      if (digest.algorithm === algorithm) values.add(digest.value);
    }
  }
  return values;
}
