/** Ends uploads in parts that were begun and forgotten; stores charge for their parts and list them nowhere. */
import type * as Sdk from '@aws-sdk/client-s3';
import type { UploadNote } from '../../ports/ledger.ts';
import { abandon } from './pending-upload.ts';
import type { Store } from './store.ts';

interface Stale {
  readonly key: string;
  readonly uploadId: string;
}

/** Ends those below our prefix that began before `beforeMs` and that no note knows of. Returns how many. */
export async function endStaleUploads(
  store: Store,
  known: readonly UploadNote[],
  beforeMs: number,
  signal: AbortSignal,
): Promise<number> {
  const noted = new Set(known.map(({ uploadId }) => uploadId));
  const stale = (await begunBefore(store, beforeMs, signal)).filter(
    ({ uploadId }) => !noted.has(uploadId),
  );
  for (const { key, uploadId } of stale) {
    // oxlint-disable-next-line no-await-in-loop -- there is no hurry and there may be many
    await abandon(store, { Bucket: store.bucket, Key: key }, uploadId, signal);
  }
  return stale.length;
}

interface Marker {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

async function begunBefore(
  store: Store,
  beforeMs: number,
  signal: AbortSignal,
): Promise<readonly Stale[]> {
  const found: Stale[] = [];
  for (let from: Marker | undefined = {}; from !== undefined; ) {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next
    const page: Sdk.ListMultipartUploadsCommandOutput = await listPage(store, from, signal);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue;
      if (Initiated.getTime() < beforeMs) found.push({ key: Key, uploadId: UploadId });
    }
    from = nextMarker(page);
  }
  return found;
}

function listPage(
  store: Store,
  from: Marker,
  abortSignal: AbortSignal,
): Promise<Sdk.ListMultipartUploadsCommandOutput> {
  const what = { Bucket: store.bucket, Prefix: store.prefix, ...from };
  return store.ask(abortSignal, ({ client, sdk }) =>
    client.send(new sdk.ListMultipartUploadsCommand(what), { abortSignal }),
  );
}

function nextMarker(page: Sdk.ListMultipartUploadsCommandOutput): Marker | undefined {
  const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
  if (IsTruncated !== true || NextKeyMarker === undefined) return undefined;
  const upload = NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker };
  return { KeyMarker: NextKeyMarker, ...upload };
}
