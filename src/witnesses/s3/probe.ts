/**
 * Finds out what a store's digests are worth. A digest counts only if the store noticed a wrong one, and answered
 * with the right one although it was never told: then it computed it from the bytes it received.
 */
import { createHash, randomUUID } from 'node:crypto';
import type * as Sdk from '@aws-sdk/client-s3';
import type { Hasher } from '../../ports/hasher.ts';
import { type Eye, type Spot, unless, type View } from './eye.ts';

/** Digests of whole objects that a store may be believed. */
export type WholeDigest = 'md5' | 'xxh64' | 'crc64nvme';

export interface Trust {
  readonly digests: ReadonlySet<WholeDigest>;
  /** The key may not write, so nothing could be tried out. */
  readonly notAllowed: boolean;
}

type Put = Omit<Sdk.PutObjectCommandInput, 'Bucket' | 'Key' | 'Body'>;

interface Trial {
  readonly view: View;
  readonly spot: Spot;
  readonly abortSignal: AbortSignal;
}

const TEXT = 'safelight asks what a checksum is worth here';
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';
/** What stores answer to a wrong digest, and to a header that they do not know. */
const REFUSED = [400, 501] as const;

/** Six small requests for MD5, five more for each checksum; what is put is deleted. */
export async function probeDigests(
  eye: Eye,
  hasher: Hasher,
  withChecksums: boolean,
  abortSignal: AbortSignal,
): Promise<Trust> {
  const bytes = Buffer.from(`${TEXT}, ${randomUUID()}`);
  const other = Buffer.from(`${TEXT}?`);
  const digests = new Set<WholeDigest>();
  const tried = await eye.ask(abortSignal, async (view) => {
    const trial = (): Trial => ({
      view,
      spot: eye.spot(`.safelight-probe/${randomUUID()}`),
      abortSignal,
    });
    const md5 = await tried403(etagIsMd5(trial(), bytes, other));
    if (md5 === undefined) return false;
    if (md5) digests.add('md5');
    if (!withChecksums) return true;
    const xxh64 = { right: base64Of(hasher.of(bytes)), wrong: base64Of(hasher.of(other)) };
    if (await answersWith(trial(), 'ChecksumXXHASH64', bytes, xxh64)) digests.add('xxh64');
    const crc = { right: await crc64NvmeOf(bytes), wrong: await crc64NvmeOf(other) };
    if (await answersWith(trial(), 'ChecksumCRC64NVME', bytes, crc)) digests.add('crc64nvme');
    return true;
  });
  return { digests, notAllowed: !tried };
}

/** Undefined when the key may not write. */
async function tried403(work: Promise<boolean>): Promise<boolean | undefined> {
  return await unless(['AccessDenied'], work);
}

async function etagIsMd5(trial: Trial, bytes: Buffer, other: Buffer): Promise<boolean> {
  try {
    const wrong = { ContentMD5: md5Of(other).toString('base64') };
    if (!(await refusesAndStoresNothing(trial, bytes, wrong))) return false;
    // Told nothing at all, the store must have the MD5 from the bytes. With object lock it insists on being told.
    const right = { ContentMD5: md5Of(bytes).toString('base64') };
    if (!(await takes(trial, bytes, {})) && !(await takes(trial, bytes, right))) return false;
    const head = await look(trial, {});
    return head?.ETag === `"${md5Of(bytes).toString('hex')}"`;
  } finally {
    await remove(trial);
  }
}

async function answersWith(
  trial: Trial,
  field: 'ChecksumXXHASH64' | 'ChecksumCRC64NVME',
  bytes: Buffer,
  value: { readonly right: string; readonly wrong: string },
): Promise<boolean> {
  try {
    if (!(await refusesAndStoresNothing(trial, bytes, { [field]: value.wrong }))) return false;
    if (!(await takes(trial, bytes, { [field]: value.right }))) return false;
    const head = await look(trial, { ChecksumMode: 'ENABLED' });
    return head?.[field] === value.right && head.ChecksumType !== 'COMPOSITE';
  } finally {
    await remove(trial);
  }
}

async function refusesAndStoresNothing(trial: Trial, bytes: Buffer, put: Put): Promise<boolean> {
  if (await takes(trial, bytes, put)) return false;
  return (await look(trial, {})) === undefined;
}

async function takes({ view, spot, abortSignal }: Trial, bytes: Buffer, put: Put) {
  const { client, sdk } = view;
  const request = client.send(new sdk.PutObjectCommand({ ...spot, ...put, Body: bytes }), {
    abortSignal,
  });
  return (await unless(REFUSED, request)) !== undefined;
}

async function look(
  { view, spot, abortSignal }: Trial,
  mode: { readonly ChecksumMode?: 'ENABLED' },
): Promise<Sdk.HeadObjectCommandOutput | undefined> {
  const { client, sdk } = view;
  return await unless(
    [404],
    client.send(new sdk.HeadObjectCommand({ ...spot, ...mode }), { abortSignal }),
  );
}

/** A key that may put but not delete leaves a small object behind; that is no reason to believe less. */
async function remove({ view, spot, abortSignal }: Trial): Promise<void> {
  const { client, sdk } = view;
  const request = client.send(new sdk.DeleteObjectCommand(spot), { abortSignal });
  await unless([400, 401, 403, 404, 405, 409, 501], request);
}

const FIRST_PART_BYTES = 5 * 1024 * 1024;

/**
 * Whether the ETag of an upload in parts is the MD5 of the parts' MD5s, computed by the store. Needs an upload of
 * two real parts (5 MiB and one byte, the least that S3 allows), so it is asked only when it matters.
 */
export async function probeComposite(eye: Eye, abortSignal: AbortSignal): Promise<boolean> {
  return await eye.ask(abortSignal, async (view) => {
    const spot = eye.spot(`.safelight-probe/${randomUUID()}`);
    const trial: Trial = { view, spot, abortSignal };
    try {
      return (await unless(['AccessDenied'], etagIsComposite(trial))) ?? false;
    } finally {
      await unless(['AccessDenied'], remove(trial));
    }
  });
}

async function etagIsComposite(trial: Trial): Promise<boolean> {
  const { view, spot, abortSignal } = trial;
  const { client, sdk } = view;
  const begun = await client.send(new sdk.CreateMultipartUploadCommand(spot), { abortSignal });
  const named = { ...spot, UploadId: begun.UploadId };
  const send = async (PartNumber: number, Body: Buffer, claimed: Buffer | undefined) => {
    const digest = claimed === undefined ? {} : { ContentMD5: md5Of(claimed).toString('base64') };
    const part = new sdk.UploadPartCommand({ ...named, ...digest, PartNumber, Body });
    return await unless(REFUSED, client.send(part, { abortSignal }));
  };
  const bodies = [Buffer.alloc(FIRST_PART_BYTES, randomUUID()), Buffer.from('.')] as const;
  try {
    if ((await send(2, bodies[1], bodies[0])) !== undefined) return false;
    const parts: Sdk.CompletedPart[] = [];
    for (const [index, body] of bodies.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- two parts, one after the other
      const sent = await send(index + 1, body, undefined);
      parts.push({ PartNumber: index + 1, ETag: sent?.ETag });
    }
    const MultipartUpload = { Parts: parts };
    const whole = new sdk.CompleteMultipartUploadCommand({ ...named, MultipartUpload });
    if ((await unless(REFUSED, client.send(whole, { abortSignal }))) === undefined) return false;
  } finally {
    // Ends what was not completed; a completed one is no longer known by that name.
    const end = new sdk.AbortMultipartUploadCommand(named);
    await unless([400, 403, 404], client.send(end, { abortSignal }));
  }
  const all = createHash('md5');
  for (const body of bodies) all.update(md5Of(body));
  const head = await look(trial, {});
  return head?.ETag === `"${all.digest('hex')}-2"`;
}

function md5Of(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

async function crc64NvmeOf(bytes: Buffer): Promise<string> {
  const { createCRC64 } = await import('hash-wasm');
  const crc = await createCRC64(CRC64NVME_POLYNOMIAL);
  return base64Of(crc.init().update(bytes).digest('hex'));
}
