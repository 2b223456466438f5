/** Sending files offsite. Nothing a remote answers is evidence, in either direction. */
import type { Digest } from '../core/evidence.ts';
import type { ContentHash, RemoteId } from '../core/ids.ts';
import type { UploadNote } from './ledger.ts';

/** One file on its way offsite, read from a drive copy that has been read back. */
export interface OffsiteObject {
  /** Slash-separated name below the remote's own prefix: `<roll folder>/<path on card>`. */
  readonly key: string;
  /** Absolute path of the good drive copy. */
  readonly localPath: string;
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

export interface PutControl {
  readonly signal: AbortSignal;
  readonly notes: {
    load(): Promise<UploadNote | undefined>;
    save(note: UploadNote): Promise<void>;
    drop(): Promise<void>;
  };
  /**
   * Must be awaited before the request that makes the object visible: records which bytes are being sent and their
   * digests, all computed in one pass in which the bytes matched `hash`.
   */
  commitPass(digests: readonly Digest[]): Promise<void>;
  /** Called with the number of bytes that have left since the last call. */
  onBytes(count: number): void;
  /** Our own earlier object may be replaced; anybody else's never. */
  readonly replaceOwn: boolean;
}

/** What a trial of the remote found; for `doctor`. */
export interface TrialReport {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly ok: boolean;
    readonly sentence: string;
    readonly hint?: string;
  }[];
}

export interface Remote {
  readonly id: RemoteId;
  readonly kind: string;
  /**
   * Sends one object; resumes where an earlier try stopped when a note is there. Resolving or throwing means
   * nothing about what is stored: only a witness can tell. Throws RemoteError; `permanent` ones want a person.
   */
  put(object: OffsiteObject, control: PutControl): Promise<void>;
  /** Ends uploads of ours that no note knows of, older than `olderThanMs`. Returns how many. */
  sweep(known: readonly UploadNote[], olderThanMs: number, signal: AbortSignal): Promise<number>;
  /** Puts and deletes a small probe object. */
  tryOut(signal: AbortSignal): Promise<TrialReport>;
}
