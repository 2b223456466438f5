/** What the S3 witness is told. It may be given a key of its own. */
import type { RemoteId } from '../../core/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';

export interface WitnessCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** A profile of the AWS configuration of the service's user. */
export interface AwsProfile {
  readonly profile: string;
}

export interface S3WitnessOptions {
  readonly id: RemoteId;
  /** Path-style addressing is used with it. Amazon's own when not given. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  /** Above all keys, without slashes at its ends; none when not given. */
  readonly prefix?: string;
  /** Keys are asked for when a connection is made, and again after they were refused. */
  readonly credentials: (() => Promise<WitnessCredentials>) | AwsProfile;
  /** As for the remote: `md5` asks for no checksums beyond the ETag, which some stores refuse to be asked for. */
  readonly checksums?: 'auto' | 'md5' | 'xxh64' | 'crc64nvme';
  /** A connection on which nothing moves for so long is given up; 60 s when not given. */
  readonly idleTimeoutMs?: number;
}

export interface S3WitnessDeps {
  readonly hasher: Hasher;
  readonly clock: Clock;
}

/** Whether the store is asked for additional checksums. */
export function asksChecksums({
  checksums = 'auto',
  endpoint,
}: Pick<S3WitnessOptions, 'checksums' | 'endpoint'>): boolean {
  if (checksums !== 'auto') return checksums !== 'md5';
  if (endpoint === undefined) return true;
  return /\.(amazonaws\.com|amazonaws\.com\.cn|r2\.cloudflarestorage\.com)$/.test(
    new URL(endpoint).hostname,
  );
}
