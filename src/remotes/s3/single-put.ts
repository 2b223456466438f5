/** Sends a small file in one request. */
import type { Digest } from '../../core/evidence.ts';
import type { OffsiteObject, PutControl } from '../../ports/remote.ts';
import { openSource } from '../source-file.ts';
import { crc64NvmeOf, digestFields } from './checksums.ts';
import { md5Of } from './digests.ts';
import { notThereYet } from './no-replace.ts';
import type { Sending } from './sending.ts';

/** Files up to this size bring a buffer of their own instead of waiting for a large one. */
const SMALL_BYTES = 512 * 1024;

/** The whole file in memory, hashed and sent from there: the bytes that were hashed are the bytes that leave. */
export async function sendWhole(
  sending: Sending,
  object: OffsiteObject,
  control: PutControl,
): Promise<void> {
  const { sizeBytes } = object;
  const send = (buffer: Buffer): Promise<void> =>
    sendFrom(buffer.subarray(0, sizeBytes), sending, object, control);
  if (sizeBytes <= SMALL_BYTES) await send(Buffer.allocUnsafeSlow(sizeBytes));
  else await sending.buffers.lend(control.signal, send);
}

async function sendFrom(
  bytes: Buffer,
  sending: Sending,
  object: OffsiteObject,
  control: PutControl,
): Promise<void> {
  const { store, limiter, profile } = sending;
  const { signal } = control;
  const place = store.at(object.key);
  await fillFrom(bytes, sending, object, signal);
  const digests: Digest[] = [{ algorithm: 'md5', value: md5Of(bytes) }];
  if (profile.whole !== 'md5') {
    digests.push({ algorithm: 'crc64nvme', value: await crc64NvmeOf(bytes) });
  }
  await control.commitPass(digests);
  await limiter?.take(bytes.length, signal);
  const fields = await digestFields(profile.whole, bytes, object.hash);
  await store.ask(signal, ({ client, sdk }) =>
    notThereYet(sending, { place, control }, (condition) =>
      client.send(
        new sdk.PutObjectCommand({
          ...place,
          ...sending.headersFor(object),
          ...fields,
          ...condition,
          Body: bytes,
        }),
        { abortSignal: signal },
      ),
    ),
  );
  control.onBytes(bytes.length);
}

async function fillFrom(
  bytes: Buffer,
  { store, hasher }: Sending,
  object: OffsiteObject,
  signal: AbortSignal,
): Promise<void> {
  const source = await openSource(object, { id: store.id, hasher }, signal);
  try {
    await source.fill(bytes);
    await source.finish();
  } finally {
    source.close();
  }
}
