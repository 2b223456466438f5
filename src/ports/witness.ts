/** Looking at a remote with eyes of one's own: another client, another connection, after the upload. */
import type { Digest, DigestAlgorithm, SightingMethod } from '../core/evidence.ts';
import type { RemoteId } from '../core/ids.ts';
import type { Grade } from '../core/policy.ts';
import type { TrialReport } from './remote.ts';

export interface LookRequest {
  /** Slash-separated name below the remote's own prefix. */
  readonly key: string;
  readonly sizeBytes: number;
  /** The least grade wanted; a witness that cannot reach it by asking fetches the bytes and hashes them. */
  readonly minimumGrade: Grade;
  /**
   * Algorithms with which the asker could compare an answer (those of its upload passes, and XXH64). A witness that
   * has none of them fetches the bytes instead. When not given, every algorithm is taken for comparable.
   */
  readonly comparable?: readonly DigestAlgorithm[];
}

/** What was seen, raw. Whether it is good news is for the core to say. */
export type Look =
  | {
      readonly kind: 'seen';
      readonly method: SightingMethod;
      readonly sizeBytes: number;
      readonly digest?: Digest;
      readonly versionId?: string;
      readonly storageClass?: string;
      readonly requestId?: string;
    }
  | { readonly kind: 'absent' };

export interface Witness {
  readonly id: RemoteId;
  /**
   * Looks once. `absent` only on the store's definite word. Everything else that is not an answer (no connection,
   * refused credentials, a server error, a missing bucket) throws WitnessError: unknown, never absent.
   */
  look(request: LookRequest, signal: AbortSignal): Promise<Look>;
  /** Finds out what the store's digests are worth, with a wrong value among others; for `doctor` and before grading. */
  tryOut(signal: AbortSignal): Promise<TrialReport>;
}
