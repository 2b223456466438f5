/** An upload in parts that was begun: finding out what of it the store has, so that only the rest is sent. */
import type * as Sdk from '@aws-sdk/client-s3';
import type { UploadNote } from '../../ports/ledger.ts';
import type { OffsiteObject, PutControl } from '../../ports/remote.ts';
import { md5InEtag } from './digests.ts';
import { stands } from './no-replace.ts';
import type { Sending } from './sending.ts';
import { type Place, type Store, unless } from './store.ts';

/** What the store says about a part that it has. */
export interface StoredPart {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly md5: string | undefined;
  readonly crc64nvme: string | undefined;
}

export interface PendingUpload {
  readonly uploadId: string;
  readonly place: Place;
  readonly stored: ReadonlyMap<number, StoredPart>;
}

/**
 * Goes on with the noted upload where that is possible, otherwise begins one and notes it. `finished`: the noted
 * upload is gone and the object is there, so its end came through although the answer did not.
 */
export async function pendingUpload(
  sending: Sending,
  object: OffsiteObject,
  control: PutControl,
  partSizeBytes: number,
): Promise<PendingUpload | 'finished'> {
  const { store } = sending;
  const place = store.at(object.key);
  const note = await control.notes.load();
  if (note !== undefined) {
    const fits = note.key === object.key && note.partSizeBytes === partSizeBytes;
    const stored = fits ? await listParts(sending, place, note, control.signal) : undefined;
    if (stored !== undefined) return { uploadId: note.uploadId, place, stored };
    await abandon(store, { ...place, Key: store.at(note.key).Key }, note.uploadId, control.signal);
    await control.notes.drop();
    // Our own earlier object may be the bad one that is to be replaced, so its presence says nothing then.
    if (fits && !control.replaceOwn && (await stands(store, place, control.signal))) {
      return 'finished';
    }
  }
  const uploadId = await begin(sending, place, object, control.signal);
  await control.notes.save({
    key: object.key,
    uploadId,
    partSizeBytes,
    startedAt: sending.clock.now(),
  });
  return { uploadId, place, stored: new Map() };
}

async function begin(
  { store, profile, headersFor }: Sending,
  place: Place,
  object: OffsiteObject,
  abortSignal: AbortSignal,
): Promise<string> {
  const checksum =
    profile.parts === 'crc64nvme'
      ? ({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' } as const)
      : {};
  return await store.ask(abortSignal, async ({ client, sdk }) => {
    const { UploadId } = await client.send(
      new sdk.CreateMultipartUploadCommand({ ...place, ...headersFor(object), ...checksum }),
      { abortSignal },
    );
    if (UploadId === undefined) throw new TypeError('an upload was begun without a name');
    return UploadId;
  });
}

/** The parts that the store has; undefined when it no longer knows the upload, or counts it differently. */
async function listParts(
  { store, profile }: Sending,
  place: Place,
  note: UploadNote,
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<number, StoredPart> | undefined> {
  const parts = new Map<number, StoredPart>();
  let after: string | undefined;
  do {
    const marker = after === undefined ? {} : { PartNumberMarker: after };
    // oxlint-disable-next-line no-await-in-loop -- each page names the next
    const page = await store.ask(abortSignal, ({ client, sdk }) =>
      unless(
        ['NoSuchUpload', 'NoSuchKey', 404],
        client.send(new sdk.ListPartsCommand({ ...place, UploadId: note.uploadId, ...marker }), {
          abortSignal,
        }),
      ),
    );
    if (page === undefined) return undefined;
    if (page.ChecksumAlgorithm !== undefined) {
      const counted = page.ChecksumAlgorithm === 'CRC64NVME' ? 'crc64nvme' : 'other';
      if (counted !== profile.parts) return undefined;
    }
    for (const part of page.Parts ?? []) take(parts, part);
    after = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (after !== undefined);
  return parts;
}

function take(parts: Map<number, StoredPart>, part: Sdk.Part): void {
  const { PartNumber, ETag, Size, ChecksumCRC64NVME } = part;
  if (PartNumber === undefined || ETag === undefined || Size === undefined) return;
  parts.set(PartNumber, {
    sizeBytes: Size,
    etag: ETag,
    md5: md5InEtag(ETag),
    crc64nvme:
      ChecksumCRC64NVME === undefined
        ? undefined
        : Buffer.from(ChecksumCRC64NVME, 'base64').toString('hex'),
  });
}

/** Ends an upload and frees its parts; one that the store does not know any more is as good. */
export async function abandon(
  store: Store,
  place: Place,
  uploadId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await store.ask(abortSignal, ({ client, sdk }) =>
    unless(
      ['NoSuchUpload', 'NoSuchKey', 404],
      client.send(new sdk.AbortMultipartUploadCommand({ ...place, UploadId: uploadId }), {
        abortSignal,
      }),
    ),
  );
}
