/** What both ways of sending share. */
import type * as Sdk from '@aws-sdk/client-s3';
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { OffsiteObject } from '../../ports/remote.ts';
import type { Limiter } from '../wrappers/limit.ts';
import type { Buffers } from './buffers.ts';
import type { ChecksumProfile } from './checksums.ts';
import type { Conditions } from './no-replace.ts';
import type { Store } from './store.ts';

export interface Sending {
  readonly store: Store;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly limiter: Limiter | undefined;
  readonly profile: ChecksumProfile;
  readonly conditions: Conditions;
  readonly buffers: Buffers;
  /** Storage class and times; the same for one request and for parts. */
  readonly headersFor: (object: OffsiteObject) => ObjectHeaders;
}

export interface ObjectHeaders {
  readonly Metadata: Record<string, string>;
  readonly StorageClass?: Sdk.StorageClass;
}

/** Makes the headers of objects; `mtime` is in the form that rclone writes and restores. */
export function objectHeaders(
  storageClass: string | undefined,
): (object: OffsiteObject) => ObjectHeaders {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- stores have classes that the SDK does not list
  const known = storageClass as Sdk.StorageClass | undefined;
  // The usual class goes without saying, and some stores do not know even that name.
  const named = known === undefined || known === 'STANDARD' ? {} : { StorageClass: known };
  return (object) => ({
    Metadata: { mtime: (object.mtimeMs / 1000).toFixed(3) },
    ...named,
  });
}
