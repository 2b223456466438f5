/** Every kind of remote that there is, made from plain options. */
import type { RemoteId } from '../core/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { Remote } from '../ports/remote.ts';
import { assertNever } from '../core/assert-never.ts';
import { type FolderRemoteOptions, makeFolderRemote } from './folder/folder-remote.ts';
import type { S3RemoteOptions } from './s3/options.ts';
import { makeS3Remote } from './s3/s3-remote.ts';
import { makeLimiter, parseBandwidth } from './wrappers/limit.ts';
import { withRetry } from './wrappers/retry.ts';

/** `bandwidth` is the text of the configuration, e.g. `08:00-19:00 2MB/s, else unlimited`. */
export type RemoteOptions =
  | ({ readonly kind: 's3'; readonly bandwidth?: string } & S3RemoteOptions)
  | ({ readonly kind: 'folder'; readonly bandwidth?: string } & FolderRemoteOptions);

export interface RemoteDeps {
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Whether the ledger has any sighting at a remote. */
  readonly usedBefore: (id: RemoteId) => Promise<boolean>;
}

/**
 * The remote, limited and retried as it should be. Connects to nothing yet.
 * @throws TypeError for a bandwidth text that cannot be read
 */
export function makeRemote(options: RemoteOptions, deps: RemoteDeps): Remote {
  return withRetry(bareRemote(options, deps), deps);
}

function bareRemote(options: RemoteOptions, deps: RemoteDeps): Remote {
  const { hasher, clock } = deps;
  const { bandwidth } = options;
  const limiter =
    bandwidth === undefined ? {} : { limiter: makeLimiter(parseBandwidth(bandwidth), { clock }) };
  switch (options.kind) {
    case 's3':
      return makeS3Remote(options, { hasher, clock, ...limiter });
    case 'folder': {
      const usedBefore = (): Promise<boolean> => deps.usedBefore(options.id);
      return makeFolderRemote(options, { hasher, clock, usedBefore, ...limiter });
    }
    default:
      return assertNever(options);
  }
}
