/** Looks at an S3 bucket with a client and connections of its own. Shares no code with the upload. */
import type * as Sdk from '@aws-sdk/client-s3';
import type { Digest, DigestAlgorithm } from '../core/evidence.ts';
import { type Grade, meets } from '../core/policy.ts';
import type { TrialReport } from '../ports/remote.ts';
import type { Look, LookRequest, Witness } from '../ports/witness.ts';
import { type Eye, openEye, type Spot } from './s3/eye.ts';
import { fetchAndHash } from './s3/fetch.ts';
import { headOf } from './s3/head.ts';
import { asksChecksums, type S3WitnessDeps, type S3WitnessOptions } from './s3/options.ts';
import { keepTrust, type TrustKeeper } from './s3/trust.ts';
import { WitnessError } from './witness-error.ts';

/** A digest in the store's answer, and the grade it would earn if it may be believed. */
interface Offer {
  readonly digest: Digest;
  readonly grade: Grade;
}

interface Looking {
  readonly eye: Eye;
  readonly trust: TrustKeeper;
  readonly withChecksums: boolean;
  readonly deps: S3WitnessDeps;
}

/** Connects to nothing until first used. May serve many looks at once. */
export function makeS3Witness(options: S3WitnessOptions, deps: S3WitnessDeps): Witness {
  const eye = openEye(options);
  const withChecksums = asksChecksums(options);
  const trust = keepTrust(eye, deps, withChecksums);
  const looking: Looking = { eye, trust, withChecksums, deps };
  return {
    id: options.id,
    look: (request, signal) => look(looking, request, signal),
    tryOut: (signal) => tryOut(looking, signal),
  };
}

async function look(looking: Looking, request: LookRequest, signal: AbortSignal): Promise<Look> {
  const { eye, withChecksums } = looking;
  const spot = eye.spot(request.key);
  const head = await headOf(eye, spot, withChecksums, signal);
  if (head === 'absent') return { kind: 'absent' };
  const { ContentLength: sizeBytes } = head;
  if (sizeBytes === undefined) throw noLength(eye, spot);
  const facts = { kind: 'seen', sizeBytes, ...storeFacts(head) } as const;
  // A wrong size is a contradiction already; no byte need be fetched to be sure.
  if (sizeBytes !== request.sizeBytes) return { ...facts, method: 'listed' };
  const digest = await believedDigest(looking, head, request, signal);
  if (digest !== undefined) return { ...facts, method: 'server-digest', digest };
  if (request.minimumGrade === 'D') return { ...facts, method: 'listed' };
  return await fetched(looking, spot, facts, signal);
}

async function fetched(
  { eye, deps }: Looking,
  spot: Spot,
  facts: Omit<Look & { kind: 'seen' }, 'method' | 'digest'>,
  signal: AbortSignal,
): Promise<Look> {
  const got = await fetchAndHash(eye, spot, deps.hasher, signal);
  if (got === 'absent') return { kind: 'absent' };
  return {
    ...facts,
    ...named(got.versionId, got.requestId),
    method: 'fetched',
    sizeBytes: got.sizeBytes,
    digest: { algorithm: 'xxh64', value: got.hash },
  };
}

/** The best digest of the answer that is good enough, comparable, and from a store that may be believed. */
async function believedDigest(
  { trust }: Looking,
  head: Sdk.HeadObjectCommandOutput,
  request: LookRequest,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const { minimumGrade, comparable } = request;
  const useful = offersIn(head).filter(
    ({ digest, grade }) =>
      meets(grade, minimumGrade) && (comparable?.includes(digest.algorithm) ?? true),
  );
  for (const { digest } of useful) {
    // oxlint-disable-next-line no-await-in-loop -- the next one is asked about only if this one is not believed
    if (await isBelieved(trust, digest.algorithm, signal)) return digest;
  }
  return undefined;
}

async function isBelieved(
  trust: TrustKeeper,
  algorithm: DigestAlgorithm,
  signal: AbortSignal,
): Promise<boolean> {
  const { digests } = await trust.digests(signal);
  switch (algorithm) {
    case 'md5':
    case 'xxh64':
    case 'crc64nvme':
      return digests.has(algorithm);
    case 'md5-composite':
      // A store whose plain ETags are not MD5 has no better ones for parts.
      return digests.has('md5') && (await trust.composite(signal));
    default:
      return false;
  }
}

/** The digests in an answer, best first. */
function offersIn(head: Sdk.HeadObjectCommandOutput): readonly Offer[] {
  const offers: Offer[] = [];
  const add = (grade: Grade, algorithm: DigestAlgorithm, value: string | undefined): void => {
    if (value !== undefined) offers.push({ grade, digest: { algorithm, value } });
  };
  const full = head.ChecksumType !== 'COMPOSITE';
  const etag = isPlain(head) ? head.ETag : undefined;
  add('B', 'xxh64', full ? hexOf(head.ChecksumXXHASH64) : undefined);
  add('B', 'md5', /^"([0-9a-f]{32})"$/.exec(etag ?? '')?.[1]);
  add('B', 'crc64nvme', full ? hexOf(head.ChecksumCRC64NVME) : undefined);
  add("B'", 'md5-composite', /^"([0-9a-f]{32}-[1-9]\d*)"$/.exec(etag ?? '')?.[1]);
  return offers;
}

/** With keys of the customer's or a key service, ETags are not digests of the content. */
function isPlain({ ServerSideEncryption, SSECustomerAlgorithm }: Sdk.HeadObjectCommandOutput) {
  const plain = ServerSideEncryption === undefined || ServerSideEncryption === 'AES256';
  return plain && SSECustomerAlgorithm === undefined;
}

function hexOf(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

function storeFacts(head: Sdk.HeadObjectCommandOutput) {
  const { StorageClass, VersionId, $metadata } = head;
  return {
    ...(StorageClass === undefined ? {} : { storageClass: StorageClass }),
    ...named(VersionId, $metadata.requestId),
  };
}

function named(versionId: string | undefined, requestId: string | undefined) {
  return {
    ...(versionId === undefined || versionId === 'null' ? {} : { versionId }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function noLength(eye: Eye, spot: Spot): WitnessError {
  return new WitnessError(
    'unknown',
    `${eye.id} does not say how long ${spot.Key} is.`,
    'Check endpoint; something in between may change answers.',
  );
}

async function tryOut({ eye, trust }: Looking, signal: AbortSignal): Promise<TrialReport> {
  const { id } = eye;
  trust.forget();
  try {
    const { digests, notAllowed } = await trust.digests(signal);
    if (notAllowed) return report(id, `${id} does not let this key write a probe`);
    if (digests.size === 0) return report(id, `${id} does not notice wrong checksums`);
    const whole = `${id} notices wrong checksums; its own ${[...digests].join(', ')} counts (grade B).`;
    const findings = [{ ok: true, sentence: whole }];
    if (digests.has('crc64nvme')) return { ok: true, findings };
    const composite = digests.has('md5') && (await trust.composite(signal));
    const parts = composite
      ? `${id} computes a digest over parts as well (grade B').`
      : `${id} gives no usable digest for large files: they are fetched back and hashed (grade A).`;
    return { ok: true, findings: [...findings, { ok: true, sentence: parts }] };
  } catch (error) {
    if (signal.aborted || !(error instanceof WitnessError)) throw error;
    return { ok: false, findings: [{ ok: false, sentence: error.message, hint: error.hint }] };
  }
}

/** Not a failure: the proof is better, only dearer. */
function report(id: string, why: string): TrialReport {
  return {
    ok: true,
    findings: [
      {
        ok: true,
        sentence: `${why}, so every file at ${id} is fetched back and hashed (grade A).`,
        hint: 'That costs traffic, and money where the store charges for it.',
      },
    ],
  };
}
