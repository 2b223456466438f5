/** Asking an S3 store about one object, and being sure when it is not there. */
import type * as Sdk from '@aws-sdk/client-s3';
import { WitnessError } from '../witness-error.ts';
import { type Eye, type Spot, unless } from './eye.ts';

/**
 * The store's description of the object, or `absent`. A bare 404 is not believed: it has no words, and a missing
 * bucket, a proxy or a login page gives one as well. Asked for the bytes, the store must say "no such key".
 */
export async function headOf(
  eye: Eye,
  spot: Spot,
  withChecksums: boolean,
  abortSignal: AbortSignal,
): Promise<Sdk.HeadObjectCommandOutput | 'absent'> {
  const mode = withChecksums ? ({ ChecksumMode: 'ENABLED' } as const) : {};
  const head = await eye.ask(abortSignal, ({ client, sdk }) =>
    unless([404], client.send(new sdk.HeadObjectCommand({ ...spot, ...mode }), { abortSignal })),
  );
  if (head !== undefined) return head;
  const byte = await eye.ask(abortSignal, ({ client, sdk }) =>
    unless(
      ['NoSuchKey'],
      client.send(new sdk.GetObjectCommand({ ...spot, Range: 'bytes=0-0' }), { abortSignal }),
    ),
  );
  if (byte === undefined) return 'absent';
  dropBody(byte);
  throw new WitnessError(
    'unknown',
    `${eye.id} says first that it does not have ${spot.Key}, then that it does.`,
    'It is asked again by itself.',
  );
}

/** Lets go of an answer whose body nobody wants; left unread it would hold its connection. */
function dropBody({ Body }: Sdk.GetObjectCommandOutput): void {
  if (Body !== undefined && 'destroy' in Body) Body.destroy();
}
