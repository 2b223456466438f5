/** What the S3 remote is told. */
import type { RemoteId } from '../../core/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Limiter } from '../wrappers/limit.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the session ends; the credentials are asked for again before. */
  readonly expiration?: Date;
}

/**
 * Which digest goes with every request.
 * - `md5`: Content-MD5, which every S3 store checks
 * - `xxh64`: Amazon's XXHASH64, and CRC64NVME over the whole object for uploads in parts
 * - `crc64nvme`: CRC64NVME for both, where XXHASH64 is not known
 * - `auto`: by the endpoint's host
 *
 * The last two are tried with a wrong value first; a store that does not mind gets `md5`.
 */
export type ChecksumChoice = 'auto' | 'md5' | 'xxh64' | 'crc64nvme';

/** A profile of the AWS configuration of the service's user. */
export interface AwsProfile {
  readonly profile: string;
}

export interface S3RemoteOptions {
  readonly id: RemoteId;
  /** Path-style addressing is used with it. Amazon's own when not given. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  /** Above all keys, without slashes at its ends; none when not given. */
  readonly prefix?: string;
  /** The store's own word, e.g. STANDARD or DEEP_ARCHIVE. */
  readonly storageClass?: string;
  /** Keys are asked for when a connection is made, and again after they were refused. */
  readonly credentials: (() => Promise<S3Credentials>) | AwsProfile;
  readonly checksums?: ChecksumChoice;
  /** A connection on which nothing moves for so long is given up; 120 s when not given. */
  readonly idleTimeoutMs?: number;
}

export interface S3RemoteDeps {
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly limiter?: Limiter;
}
