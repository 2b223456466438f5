/** A bucket of its own on a real server, with a remote and a witness that reach it by a given way. */
import { asRemoteId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import type { Remote } from '../../src/ports/remote.ts';
import type { Witness } from '../../src/ports/witness.ts';
import type { ChecksumChoice } from '../../src/remotes/s3/options.ts';
import { makeS3Remote } from '../../src/remotes/s3/s3-remote.ts';
import { makeS3Witness } from '../../src/witnesses/s3-witness.ts';
import type { RemoteBench } from '../contracts/remote-contract.ts';
import type { WitnessBench } from '../contracts/witness-contract.ts';
import { makeBucket, type TestBucket } from '../support/servers/bucket.ts';
import type { S3Account } from '../support/servers/real-servers.ts';

/** Something that stands in front of a server and can be closed. */
export interface Way {
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface S3Bench<W extends Way> {
  readonly way: W;
  readonly bucket: TestBucket;
  readonly remote: Remote;
  readonly witness: Witness;
  /** A remote or witness like the others, but for some options. */
  another(changes: Changes): { readonly remote: Remote; readonly witness: Witness };
  close(): Promise<void>;
}

export interface Changes {
  readonly bucket?: string;
  readonly secretAccessKey?: string;
  readonly checksums?: ChecksumChoice;
  readonly storageClass?: string;
  readonly idleTimeoutMs?: number;
}

/** Nothing on the way. */
export async function straight(endpoint: string): Promise<Way> {
  return { endpoint, close: async () => {} };
}

export const PREFIX = 'cards';

export async function openBench<W extends Way>(
  account: S3Account,
  open: (target: string) => Promise<W>,
  checksums: ChecksumChoice = 'auto',
): Promise<S3Bench<W>> {
  const way = await open(account.endpoint);
  // By the same way, since a stub only knows what came by it.
  const bucket = await makeBucket({ ...account, endpoint: way.endpoint });
  const deps = { hasher: await makeHasher(), clock: systemClock };
  const another = (changes: Changes) => {
    const { secretAccessKey = account.secretAccessKey, ...rest } = changes;
    const { accessKeyId } = account;
    const options = {
      id: asRemoteId('b2'),
      endpoint: way.endpoint,
      region: 'us-east-1',
      bucket: bucket.name,
      prefix: PREFIX,
      checksums,
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      // Long enough for a machine with much else to do.
      idleTimeoutMs: 20_000,
      ...rest,
    };
    return { remote: makeS3Remote(options, deps), witness: makeS3Witness(options, deps) };
  };
  const close = async (): Promise<void> => {
    bucket.close();
    await way.close();
  };
  return { way, bucket, another, close, ...another({}) };
}

/** The same in the shape that both contracts want; the server is shared, so "away" is a port without a server. */
export async function contractBench(
  account: S3Account,
  open: (target: string) => Promise<Way>,
  checksums: ChecksumChoice = 'auto',
): Promise<RemoteBench & WitnessBench> {
  const here = await openBench(account, open, checksums);
  const { bucket } = here;
  let reachable = true;
  const away = await nowhere(here);
  return {
    get remote() {
      return reachable ? here.remote : away.remote;
    },
    get witness() {
      return reachable ? here.witness : away.witness;
    },
    stored: (key) => bucket.stored(`${PREFIX}/${key}`),
    plant: (key, bytes) => bucket.plant(`${PREFIX}/${key}`, bytes),
    remove: (key) => bucket.remove(`${PREFIX}/${key}`),
    keys: () => bucket.keys(),
    takePlace: () => bucket.drop(),
    async takeAway() {
      reachable = false;
    },
    dispose: () => here.close(),
  };
}

async function nowhere({ bucket }: S3Bench<Way>) {
  const deps = { hasher: await makeHasher(), clock: systemClock };
  const options = {
    id: asRemoteId('b2'),
    endpoint: 'http://127.0.0.1:9',
    region: 'us-east-1',
    bucket: bucket.name,
    credentials: async () => ({ accessKeyId: 'nobody', secretAccessKey: 'nothing' }),
  };
  return { remote: makeS3Remote(options, deps), witness: makeS3Witness(options, deps) };
}
