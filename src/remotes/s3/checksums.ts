/** Which digest a store is given with every request: by its host, and by what it does with a wrong one. */
import type { Hasher } from '../../ports/hasher.ts';
import { base64Of, md5Of, startCrc64Nvme } from './digests.ts';
import type { ChecksumChoice, S3RemoteOptions } from './options.ts';
import { answerOf } from './s3-trouble.ts';
import { type Connection, type Place, type Store, unless } from './store.ts';

/** The digest for whole objects and the one for parts. */
export interface ChecksumProfile {
  readonly whole: 'md5' | 'xxh64' | 'crc64nvme';
  readonly parts: 'md5' | 'crc64nvme';
}

/** Request fields with a digest. Exactly one of them: some stores refuse two. */
export type DigestFields =
  | { readonly ContentMD5: string }
  | { readonly ChecksumXXHASH64: string }
  | { readonly ChecksumCRC64NVME: string };

const MD5: ChecksumProfile = { whole: 'md5', parts: 'md5' };

/** What is wanted, before it is known whether the store can. */
export function wantedProfile(
  options: Pick<S3RemoteOptions, 'checksums' | 'endpoint'>,
): ChecksumProfile {
  const { checksums = 'auto', endpoint } = options;
  const choice = checksums === 'auto' ? choiceForHost(endpoint) : checksums;
  return choice === 'md5' ? MD5 : { whole: choice, parts: 'crc64nvme' };
}

function choiceForHost(endpoint: string | undefined): Exclude<ChecksumChoice, 'auto'> {
  if (endpoint === undefined) return 'xxh64';
  const { hostname } = new URL(endpoint);
  if (/\.amazonaws\.com(\.cn)?$/.test(hostname)) return 'xxh64';
  // Its ETags of uploads in parts are random, so that a checksum is the only thing a witness could go by.
  if (hostname.endsWith('.r2.cloudflarestorage.com')) return 'crc64nvme';
  return 'md5';
}

/** The fields for a whole object; `hash` is its XXH64. */
export async function digestFields(
  algorithm: ChecksumProfile['whole'],
  bytes: Uint8Array,
  hash: string,
): Promise<DigestFields> {
  switch (algorithm) {
    case 'md5':
      return { ContentMD5: base64Of(md5Of(bytes)) };
    case 'xxh64':
      return { ChecksumXXHASH64: base64Of(hash) };
    default:
      return { ChecksumCRC64NVME: base64Of(await crc64NvmeOf(bytes)) };
  }
}

export async function crc64NvmeOf(bytes: Uint8Array): Promise<string> {
  const crc = await startCrc64Nvme();
  crc.update(bytes);
  return crc.take();
}

const PROBE_TEXT = 'safelight tries whether a wrong checksum is noticed here';

/**
 * Finds out once which profile works, by offering the wanted digest wrongly (must be refused) and rightly (must be
 * taken). Any other outcome means `md5`. Two small requests, and one to tidy up; none when `md5` is wanted.
 */
export function makeProfileProbe(
  store: Store,
  options: S3RemoteOptions,
  hasher: Hasher,
): (signal: AbortSignal) => Promise<ChecksumProfile> {
  const wanted = wantedProfile(options);
  let found: ChecksumProfile | undefined = wanted === MD5 ? MD5 : undefined;
  return async (signal) => {
    found ??= await store.ask(signal, async (connection) => {
      const place = store.at(`.safelight-probe/${store.id}-checksum`);
      const bytes = Buffer.from(PROBE_TEXT);
      const works = await noticesWrong(connection, place, { bytes, wanted, hasher }, signal);
      return works ? wanted : MD5;
    });
    return found;
  };
}

interface Probe {
  readonly bytes: Buffer;
  readonly wanted: ChecksumProfile;
  readonly hasher: Hasher;
}

async function noticesWrong(
  { client, sdk }: Connection,
  place: Place,
  { bytes, wanted, hasher }: Probe,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const put = (fields: DigestFields): Promise<unknown> =>
    client.send(new sdk.PutObjectCommand({ ...place, Body: bytes, ...fields }), { abortSignal });
  const other = Buffer.from(`${PROBE_TEXT}!`);
  const wrong = await digestFields(wanted.whole, other, hasher.of(other));
  const right = await digestFields(wanted.whole, bytes, hasher.of(bytes));
  try {
    // 400: noticed, or the header itself is not liked; the right value tells them apart.
    if ((await unless([400, 501], put(wrong))) !== undefined) return false;
    return (await unless([400, 501], put(right))) !== undefined;
  } finally {
    // A key that may not delete leaves one small object behind, always the same one.
    await client.send(new sdk.DeleteObjectCommand(place), { abortSignal }).catch(tolerate);
  }
}

/** Tidying up may fail where the key must not delete; nothing depends on it. */
function tolerate(error: unknown): void {
  if (answerOf(error).status === undefined) throw error;
}
