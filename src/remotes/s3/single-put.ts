/** Sends a small file in one request. */
import type { Digest } from '../../core/evidence.ts';
import type { OffsiteObject, PutControl } from '../../ports/remote.ts';
import { openSource } from '../source-file.ts';
import { crc64NvmeOf, digestFields } from './checksums.ts';
import { md5Of } from './digests.ts';
import { notThereYet } from './no-replace.ts';
import type { Sending } from './sending.ts';

/** The whole file in memory, hashed and sent from there: the bytes that were hashed are the bytes that leave. */
export async function sendWhole(
  sending: Sending,
  object: OffsiteObject,
  control: PutControl,
): Promise<void> {
  const { store, hasher, limiter, profile } = sending;
  const { signal } = control;
  const place = store.at(object.key);
  const bytes = await readWhole(sending, object, signal);
  const digests: Digest[] = [{ algorithm: 'md5', value: md5Of(bytes) }];
  if (profile.whole !== 'md5') {
    digests.push({ algorithm: 'crc64nvme', value: await crc64NvmeOf(bytes) });
  }
  await control.commitPass(digests);
  await limiter?.take(bytes.length, signal);
  const fields = await digestFields(profile.whole, bytes, hasher.of(bytes));
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

async function readWhole(
  { store, hasher }: Sending,
  object: OffsiteObject,
  signal: AbortSignal,
): Promise<Buffer> {
  const source = await openSource(object, store.id, signal);
  try {
    const bytes = Buffer.allocUnsafe(object.sizeBytes);
    await source.fill(bytes);
    await source.finish(hasher.of(bytes));
    return bytes;
  } finally {
    source.close();
  }
}
