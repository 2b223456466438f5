/** What "safe" demands. The defaults are the strictest; only a person can lower them, by name. */
import type { DestinationId, RemoteId } from './ids.ts';

/**
 * How good an offsite proof is: A fetched back and hashed, B the server's own digest of the whole object,
 * B' composed of the server's part digests, C the uploader's word, D name and size.
 */
export type Grade = 'A' | 'B' | "B'" | 'C' | 'D';

/** The lower the better. */
const RANKS: Readonly<Record<Grade, number>> = { A: 0, B: 1, "B'": 2, C: 3, D: 4 };

/** Whether `grade` is at least as good as `minimum`. */
export function meets(grade: Grade, minimum: Grade): boolean {
  return RANKS[grade] <= RANKS[minimum];
}

/** How much of the card is read a second time before it may be called safe. */
export type SourceVerify = 'none' | 'sample' | 'full';

export interface Policy {
  /** Distinct physical media holding a read-back copy; at least 2. */
  readonly copies: number;
  /** Distinct remotes whose copy a witness has seen; at least 1. */
  readonly offsite: number;
  /** The least offsite grade that counts. */
  readonly minimumGrade: Grade;
  /** Remotes for which the person has lowered the grade by name. */
  readonly loweredGrades: ReadonlyMap<RemoteId, Grade>;
  /** Destinations in use. Copies at any other neither count nor block: nobody looks at them any more. */
  readonly destinations: ReadonlySet<DestinationId>;
  /** Remotes that stand elsewhere. A remote that is not in here never counts. */
  readonly offsiteRemotes: ReadonlySet<RemoteId>;
  /**
   * Remotes that stand elsewhere than they did: looks with a seq up to this one were at another place of that name, and
   * neither count nor block.
   */
  readonly movedAfter: ReadonlyMap<RemoteId, number>;
  /** Evidence older than this no longer counts. Milliseconds. */
  readonly maxEvidenceAgeMs: number;
  readonly sourceVerify: SourceVerify;
}

const DAY_MS = 86_400_000;

/** The policy of a person who has configured nothing. */
export const STRICTEST: Policy = {
  copies: 2,
  offsite: 1,
  minimumGrade: "B'",
  loweredGrades: new Map(),
  destinations: new Set(),
  offsiteRemotes: new Set(),
  movedAfter: new Map(),
  maxEvidenceAgeMs: 30 * DAY_MS,
  sourceVerify: 'sample',
};

/** The least grade that counts for one remote. */
export function minimumGradeFor(policy: Policy, remoteId: RemoteId): Grade {
  return policy.loweredGrades.get(remoteId) ?? policy.minimumGrade;
}

/** How many media must hold a copy: never fewer than two, whatever is configured. */
export function copiesNeeded(policy: Policy): number {
  return Math.max(2, policy.copies);
}

/** How many remotes must be seen to hold a copy: never fewer than one, whatever is configured. */
export function offsiteNeeded(policy: Policy): number {
  return Math.max(1, policy.offsite);
}
