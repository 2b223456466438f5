/** Sends a large file in parts, in constant memory, going on where an earlier try stopped. */
import type * as Sdk from '@aws-sdk/client-s3';
import type { Digest } from '../../core/evidence.ts';
import type { OffsiteObject, PutControl } from '../../ports/remote.ts';
import { RemoteError } from '../remote-error.ts';
import { openSource, type SourceFile } from '../source-file.ts';
import { BUFFER_BYTES } from './buffers.ts';
import { base64Of, type Crc64Nvme, compositeMd5, md5Of, startCrc64Nvme } from './digests.ts';
import { notThereYet } from './no-replace.ts';
import { partLengths, partSizeFor } from './part-plan.ts';
import { abandon, type PendingUpload, pendingUpload } from './pending-upload.ts';
import type { Sending } from './sending.ts';
import { unless } from './store.ts';

/** One part as it will be named at the end. */
interface SentPart {
  readonly number: number;
  readonly md5: string;
  readonly crc64nvme: string | undefined;
  /** The store's name for the part; a name only, nothing is concluded from it. */
  etag: string;
}

interface Work {
  readonly sending: Sending;
  readonly object: OffsiteObject;
  readonly control: PutControl;
  readonly upload: PendingUpload;
  /** Aborted by the caller, or by the first part that fails. */
  readonly signal: AbortSignal;
  readonly sums: Sums;
}

/** The running sum over the whole file, and the one for a single part; only where the store is given them. */
interface Sums {
  readonly whole: Crc64Nvme | undefined;
  readonly part: Crc64Nvme | undefined;
}

export async function sendInParts(
  sending: Sending,
  object: OffsiteObject,
  control: PutControl,
): Promise<void> {
  const partSize = partSizeFor(object.sizeBytes);
  const upload = await pendingUpload(sending, object, control, partSize);
  if (upload === 'finished') return;
  const sums = await startSums(sending);
  const failing = new AbortController();
  const signal = AbortSignal.any([control.signal, failing.signal]);
  const work: Work = { sending, object, control, upload, signal, sums };
  let parts: readonly SentPart[];
  try {
    parts = await withMemory(sending, partSize, control.signal, (memory) =>
      sendParts(work, lanesIn(memory, partSize), failing),
    );
  } catch (error) {
    // The bytes are not the ones they should be: what was sent of them is of no use to anybody.
    if (error instanceof RemoteError && error.code === 'source-differs') await giveUp(work);
    throw error;
  }
  const crc64nvme = sums.whole?.take();
  await control.commitPass(digestsOf(parts, crc64nvme));
  await complete(work, parts, crc64nvme);
}

async function startSums({ profile }: Sending): Promise<Sums> {
  const crc = profile.parts === 'crc64nvme';
  return {
    whole: crc ? await startCrc64Nvme() : undefined,
    part: crc ? await startCrc64Nvme() : undefined,
  };
}

/** Only files above 140 GB need parts so large that none fits into a shared buffer. */
async function withMemory<T>(
  { buffers }: Sending,
  partSize: number,
  signal: AbortSignal,
  work: (memory: Buffer) => Promise<T>,
): Promise<T> {
  if (partSize <= BUFFER_BYTES) return await buffers.lend(signal, work);
  return await work(Buffer.allocUnsafeSlow(partSize));
}

/** As many parts as fit may be on their way at once. */
function lanesIn(memory: Buffer, partSize: number): readonly Buffer[] {
  const count = Math.floor(memory.length / partSize);
  return Array.from({ length: count }, (_, i) => memory.subarray(i * partSize, (i + 1) * partSize));
}

/** Reads the file from first to last byte, whatever is there already: the whole must have the right hash. */
async function sendParts(
  work: Work,
  lanes: readonly Buffer[],
  failing: AbortController,
): Promise<readonly SentPart[]> {
  const { object, control, sending } = work;
  const { store, hasher } = sending;
  const source = await openSource(object, { id: store.id, hasher }, control.signal);
  const partSize = lanes[0]?.length ?? 0;
  const sends: Promise<void>[] = [];
  const parts: SentPart[] = [];
  try {
    for (const [index, length] of partLengths(object.sizeBytes, partSize).entries()) {
      const lane = index % lanes.length;
      // oxlint-disable-next-line no-await-in-loop -- the lane's buffer is in use until its part has left
      await sends[lane];
      const bytes = lanes[lane]?.subarray(0, length) ?? Buffer.alloc(length);
      // oxlint-disable-next-line no-await-in-loop -- the file is hashed in order
      const part = await readPart(work, source, index + 1, bytes);
      parts.push(part);
      sends[lane] = sendPart(work, part, bytes);
      // It is awaited later; until then its failure must not count as unhandled.
      sends[lane].catch(() => {});
    }
    await Promise.all(sends);
    await source.finish();
    return parts;
  } catch (error) {
    failing.abort(error);
    await Promise.allSettled(sends);
    throw error;
  } finally {
    source.close();
  }
}

async function readPart(
  { sums }: Work,
  source: SourceFile,
  number: number,
  bytes: Buffer,
): Promise<SentPart> {
  await source.fill(bytes);
  sums.whole?.update(bytes);
  sums.part?.update(bytes);
  const md5 = md5Of(bytes);
  return { number, md5, crc64nvme: sums.part?.take(), etag: `"${md5}"` };
}

async function sendPart(work: Work, part: SentPart, bytes: Buffer): Promise<void> {
  const { sending, upload, control, signal } = work;
  const stored = upload.stored.get(part.number);
  if (stored !== undefined && stored.sizeBytes === bytes.length) {
    const same =
      stored.md5 === part.md5 ||
      (stored.crc64nvme !== undefined && stored.crc64nvme === part.crc64nvme);
    if (same) {
      part.etag = stored.etag;
      return;
    }
  }
  await sending.limiter?.take(bytes.length, signal);
  const digest =
    part.crc64nvme === undefined
      ? { ContentMD5: base64Of(part.md5) }
      : { ChecksumCRC64NVME: base64Of(part.crc64nvme) };
  await sending.store.ask(signal, async ({ client, sdk }) => {
    const { uploadId: UploadId, place } = upload;
    const named = { ...place, UploadId, PartNumber: part.number };
    const answer = await client.send(
      new sdk.UploadPartCommand({ ...named, ...digest, Body: bytes }),
      { abortSignal: signal },
    );
    part.etag = answer.ETag ?? part.etag;
  });
  control.onBytes(bytes.length);
}

function digestsOf(parts: readonly SentPart[], crc64nvme: string | undefined): readonly Digest[] {
  const md5: Digest = { algorithm: 'md5-composite', value: compositeMd5(parts.map((p) => p.md5)) };
  return crc64nvme === undefined ? [md5] : [md5, { algorithm: 'crc64nvme', value: crc64nvme }];
}

async function complete(
  { sending, object, control, upload }: Work,
  parts: readonly SentPart[],
  crc64nvme: string | undefined,
): Promise<void> {
  const { store } = sending;
  const { place, uploadId } = upload;
  const checksum =
    crc64nvme === undefined
      ? {}
      : ({
          ChecksumCRC64NVME: base64Of(crc64nvme),
          ChecksumType: 'FULL_OBJECT',
          MpuObjectSize: object.sizeBytes,
        } as const);
  const outcome = await store.ask(control.signal, ({ client, sdk }) =>
    notThereYet(sending, { place, control, askFirst: true }, (condition) =>
      // The SDK asks again after a lost answer. "No such upload" then means that the first asking came through.
      unless(
        ['NoSuchUpload', 'NoSuchKey'],
        client.send(
          new sdk.CompleteMultipartUploadCommand({
            ...place,
            ...checksum,
            ...condition,
            UploadId: uploadId,
            MultipartUpload: {
              Parts: parts.map((part) => namedPart(part)),
            },
          }),
          { abortSignal: control.signal },
        ),
      ),
    ),
  );
  if (outcome === 'stands') await abandon(store, place, uploadId, control.signal);
  await control.notes.drop();
}

function namedPart({ number, etag, crc64nvme }: SentPart): Sdk.CompletedPart {
  const checksum = crc64nvme === undefined ? {} : { ChecksumCRC64NVME: base64Of(crc64nvme) };
  return { PartNumber: number, ETag: etag, ...checksum };
}

async function giveUp({ sending, upload, control }: Work): Promise<void> {
  await abandon(sending.store, upload.place, upload.uploadId, control.signal);
  await control.notes.drop();
}
