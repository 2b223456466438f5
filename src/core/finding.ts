/** The vocabulary of what can be wrong or missing for one file. */
import type { DestinationId, RemoteId } from './ids.ts';

/** One thing that is wrong or missing for one file. `place` is a destination's or a remote's name. */
export interface Finding {
  readonly kind: FindingKind;
  readonly place?: DestinationId | RemoteId;
}

export type FindingKind =
  | 'not-read'
  | 'source-unreadable'
  | 'source-unstable'
  | 'source-not-reread'
  | 'too-few-copies'
  | 'copy-mismatch'
  | 'copy-lost'
  | 'read-back-weak'
  | 'copy-evidence-old'
  | 'too-few-offsite'
  | 'offsite-mismatch'
  | 'offsite-absent'
  | 'offsite-grade-low'
  | 'offsite-evidence-old'
  | 'evidence-from-future';
