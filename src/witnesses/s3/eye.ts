/** The witness's own connection to a bucket: its own client, its own sockets, made when first needed. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type * as Sdk from '@aws-sdk/client-s3';
import type { S3WitnessOptions, WitnessCredentials } from './options.ts';
import { asWitnessError, httpStatusOf, nameOf, UnreadableCredentials } from './trouble.ts';

export interface View {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** Where an object is: bucket and full key. */
export interface Spot {
  readonly Bucket: string;
  readonly Key: string;
}

export interface Eye {
  readonly id: string;
  spot(key: string): Spot;
  /** Runs requests; whatever they throw comes out as WitnessError. */
  ask<T>(signal: AbortSignal, work: (view: View) => Promise<T>): Promise<T>;
}

const CONNECT_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

export function openEye(options: S3WitnessOptions): Eye {
  const { id, bucket } = options;
  const prefix = options.prefix === undefined || options.prefix === '' ? '' : `${options.prefix}/`;
  let opened: Promise<View> | undefined;
  return {
    id,
    spot: (key) => ({ Bucket: bucket, Key: `${prefix}${key}` }),
    async ask(signal, work) {
      try {
        signal.throwIfAborted();
        opened ??= connect(options);
        return await work(await opened);
      } catch (error) {
        const trouble = asWitnessError(error, id, signal);
        // The next look reads the credentials anew: somebody may have put them right.
        if (trouble.code === 'credentials') opened = undefined;
        throw trouble;
      }
    },
  };
}

async function connect(options: S3WitnessOptions): Promise<View> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, idleTimeoutMs = IDLE_TIMEOUT_MS } = options;
  const client = new sdk.S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...identityOf(options),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    retryMode: 'standard',
    maxAttempts: ATTEMPTS,
    expectContinueHeader: false,
    // Nobody else's sockets: what an upload's connection believes is none of our business.
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: idleTimeoutMs,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 8 }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 8 }),
    },
  });
  return { sdk, client };
}

function identityOf({ credentials }: S3WitnessOptions) {
  if (typeof credentials !== 'function') return { profile: credentials.profile };
  return {
    credentials: async (): Promise<WitnessCredentials> => {
      try {
        return await credentials();
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new UnreadableCredentials(why, { cause });
      }
    },
  };
}

/** The request's answer, or undefined when the store answered with one of these error names or statuses. */
export async function unless<T>(
  refusals: readonly (string | number)[],
  request: Promise<T>,
): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    const status = httpStatusOf(error);
    if (status !== undefined && refusals.includes(status)) return undefined;
    if (refusals.includes(nameOf(error))) return undefined;
    throw error;
  }
}
