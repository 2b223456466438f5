/**
 * Everything that may ever be stored as proof, or as failure of proof.
 *
 * Records are raw: they say who looked, at what, how and when, and what was seen. Whether that is good news is
 * decided by `standing.ts` each time anew. There is no record that says "fine".
 */
import type { ContentHash, DestinationId, FileId, MediumId, RemoteId } from './ids.ts';

/**
 * How sure it is that read-back bytes came from the medium and not from memory.
 * - `device`: direct I/O, or evicted and proven not resident in the page cache
 * - `remounted`: read after the filesystem was mounted afresh
 * - `cached`: may have come from memory; never counts
 */
export type ReadProof = 'device' | 'remounted' | 'cached';

/** Algorithms that a store may answer with. `-composite` values carry their part count: `<value>-<n>`. */
export type DigestAlgorithm =
  | 'xxh64'
  | 'md5'
  | 'md5-composite'
  | 'sha1'
  | 'sha256'
  | 'sha256-composite'
  | 'crc64nvme'
  | 'crc32';

/** A digest as lower-case hex (composites: hex, dash, number of parts). */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly value: string;
}

interface About {
  /** Commit order, given by the ledger. "Later" always means a higher seq: clocks jump, this does not. */
  readonly seq: number;
  readonly fileId: FileId;
  /** Wall clock, milliseconds since 1970. Used for age only. */
  readonly at: number;
}

/** The card's bytes were read from first to last and hashed. */
export interface SourceRead extends About {
  readonly kind: 'source-read';
  readonly hash: ContentHash;
  readonly sizeBytes: number;
}

/** Some blocks of the file were read from the card again and compared with the first read's. */
export interface SourceSample extends About {
  readonly kind: 'source-sample';
  /** Digest of the sampled blocks in the first read, 16 hex digits. */
  readonly firstHash: string;
  /** Digest of the same blocks in the second read. */
  readonly secondHash: string;
  readonly sampledBytes: number;
}

/** The card did not give this file's bytes (read error, short, or vanished while the card stayed in). */
export interface SourceUnreadable extends About {
  readonly kind: 'source-unreadable';
  readonly reason: string;
}

/** A placed copy was read and hashed. Equal or not: the hash says so. */
export interface CopyReadBack extends About {
  readonly kind: 'copy-read-back';
  readonly destinationId: DestinationId;
  readonly mediumId: MediumId;
  /** Path below the destination's root, with forward slashes. */
  readonly placedAt: string;
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly proof: ReadProof;
}

/** A copy that had been placed was not there, or could not be read back. */
export interface CopyLost extends About {
  readonly kind: 'copy-lost';
  readonly destinationId: DestinationId;
  readonly placedAt: string;
  readonly reason: 'missing' | 'unreadable' | 'wrong-size';
}

/**
 * The local half of an upload: which bytes were about to be sent where, and their digests, computed in the same
 * pass in which the bytes matched `hash`. Says nothing about what arrived, and never counts as a copy.
 */
export interface UploadPass extends About {
  readonly kind: 'upload-pass';
  readonly remoteId: RemoteId;
  readonly key: string;
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly digests: readonly Digest[];
}

/**
 * How a witness came by its digest.
 * - `fetched`: the bytes were fetched over a connection of the witness's own and hashed here (grade A)
 * - `server-digest`: the server's digest of the bytes it received, the algorithm having passed the wrong-value
 *   probe (grade B, or B' for a composite)
 * - `uploader-record`: what the uploader or its client says (grade C)
 * - `listed`: name and size only (grade D)
 */
export type SightingMethod = 'fetched' | 'server-digest' | 'uploader-record' | 'listed';

/** A witness saw an object at the remote. */
export interface OffsiteSighting extends About {
  readonly kind: 'offsite-sighting';
  readonly remoteId: RemoteId;
  readonly key: string;
  readonly method: SightingMethod;
  readonly sizeBytes: number;
  readonly digest?: Digest;
  readonly versionId?: string;
  readonly storageClass?: string;
  readonly requestId?: string;
}

/** A witness looked, got a definite answer, and the object was not there. */
export interface OffsiteAbsent extends About {
  readonly kind: 'offsite-absent';
  readonly remoteId: RemoteId;
  readonly key: string;
}

export type Evidence =
  | SourceRead
  | SourceSample
  | SourceUnreadable
  | CopyReadBack
  | CopyLost
  | UploadPass
  | OffsiteSighting
  | OffsiteAbsent;

type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never;

/** Evidence on its way to the ledger, which gives it its place in the order. */
export type EvidenceDraft = WithoutSeq<Evidence>;
