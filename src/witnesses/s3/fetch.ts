/** Fetching an object's bytes and hashing them here: the proof that needs no faith in the store. */
import { Readable } from 'node:stream';
import type { ContentHash } from '../../core/ids.ts';
import type { Hasher } from '../../ports/hasher.ts';
import { WitnessError } from '../witness-error.ts';
import { type Eye, type Spot, unless } from './eye.ts';

export interface Fetched {
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly versionId: string | undefined;
  readonly requestId: string | undefined;
}

/** Streams the object through the hash in constant memory. `absent` when the store says there is no such key. */
export async function fetchAndHash(
  eye: Eye,
  spot: Spot,
  hasher: Hasher,
  abortSignal: AbortSignal,
): Promise<Fetched | 'absent'> {
  return await eye.ask(abortSignal, async ({ client, sdk }) => {
    const answer = await unless(
      ['NoSuchKey'],
      client.send(new sdk.GetObjectCommand(spot), { abortSignal }),
    );
    if (answer === undefined) return 'absent';
    const { Body, ContentLength, VersionId, $metadata } = answer;
    if (!(Body instanceof Readable)) throw new TypeError('an answer without a body');
    const running = hasher.start();
    let sizeBytes = 0;
    for await (const chunk of Body) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('a body that is not bytes');
      running.update(chunk);
      sizeBytes += chunk.length;
    }
    if (ContentLength !== undefined && sizeBytes !== ContentLength) throw cutShort(eye, spot);
    return {
      hash: running.digest(),
      sizeBytes,
      versionId: VersionId,
      requestId: $metadata.requestId,
    };
  });
}

/** An answer that ends early says nothing about the object. */
function cutShort(eye: Eye, spot: Spot): WitnessError {
  return new WitnessError(
    'unreachable',
    `${eye.id} broke off while ${spot.Key} was fetched back.`,
    'It is fetched again by itself.',
  );
}
