/** Where one place (a destination or a remote) stands with one file. */
import { assertNever } from './assert-never.ts';
import type {
  CopyLost,
  CopyReadBack,
  Digest,
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
  /** All uploads of the file, in any order. */
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
      // Other bytes may have replaced what was seen. The same bytes reopen the question only where the last answer
      // was bad. Neither outweighs it.
      if (best === undefined) {
        best = { remoteId, state: 'passed' };
      } else if (isFailure(best.state) || record.hash !== expected.hash) {
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
  if (isFailure(state)) return { failure: state };
  return failure === undefined ? {} : { failure };
}

function isFailure(state: RemoteStanding['state']): state is RemoteFailure {
  return state === 'absent' || state === 'mismatch';
}

/** The grade a sighting earns for these bytes, or that it contradicts them. */
export function gradeOf(
  sighting: OffsiteSighting,
  expected: ExpectedOffsite,
): Grade | 'contradiction' {
  if (sighting.sizeBytes !== expected.sizeBytes) return 'contradiction';
  const { digest, method } = sighting;
  // What lies there was sent while the source was read otherwise, unless a digest says better.
  const sentLast = lastPassBefore(sighting, expected.passes) ?? expected;
  const unproven = sentLast.hash === expected.hash ? 'D' : 'contradiction';
  if (digest === undefined || method === 'listed') return unproven;
  const said = compareDigest(digest, sighting.remoteId, expected);
  if (said === 'unknown') return unproven;
  if (said === 'other') return 'contradiction';
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

/** The upload to the same remote that came last before the look. */
function lastPassBefore(
  { remoteId, seq }: OffsiteSighting,
  passes: readonly UploadPass[],
): UploadPass | undefined {
  let last: UploadPass | undefined;
  for (const pass of passes) {
    if (pass.remoteId !== remoteId || pass.seq >= seq) continue;
    if (last === undefined || pass.seq > last.seq) last = pass;
  }
  return last;
}

/**
 * Against what the digest may be: the source hash itself, or what an upload pass of the very same bytes computed.
 * `unknown` when there is nothing to compare with.
 */
function compareDigest(
  { algorithm, value }: Digest,
  remoteId: RemoteId,
  { hash, passes }: ExpectedOffsite,
): 'same' | 'other' | 'unknown' {
  if (algorithm === 'xxh64') return value === hash ? 'same' : 'other';
  let said: 'other' | 'unknown' = 'unknown';
  for (const pass of passes) {
    if (pass.remoteId !== remoteId || pass.hash !== hash) continue;
    for (const known of pass.digests) {
      if (known.algorithm !== algorithm) continue;
      if (known.value === value) return 'same';
      said = 'other';
    }
  }
  return said;
}
