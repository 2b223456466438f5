/** The connection to one bucket: made when first needed, so that an idle service never loads the SDK. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type * as Sdk from '@aws-sdk/client-s3';
import { RemoteError } from '../remote-error.ts';
import type { S3Credentials, S3RemoteOptions } from './options.ts';
import { answerOf, asRemoteError, CredentialsUnreadable } from './s3-trouble.ts';

export interface Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** Where requests go: bucket and full key. */
export interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

export interface Store {
  readonly id: string;
  readonly bucket: string;
  /** `<prefix>/`, or empty. */
  readonly prefix: string;
  /** @throws RemoteError `refused` for a key that S3 cannot take */
  at(key: string): Place;
  /** Runs requests; whatever they throw comes out as RemoteError. */
  ask<T>(signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T>;
}

const CONNECT_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 120_000;
/** Per request, in the SDK; longer trouble is for the retry around the whole upload. */
const ATTEMPTS = 3;
const MAX_KEY_BYTES = 1024;

export function openStore(options: S3RemoteOptions): Store {
  const { id, bucket } = options;
  const prefix = options.prefix === undefined || options.prefix === '' ? '' : `${options.prefix}/`;
  let opened: Promise<Connection> | undefined;
  return {
    id,
    bucket,
    prefix,
    at(key) {
      const full = `${prefix}${key}`;
      if (Buffer.byteLength(full) > MAX_KEY_BYTES) throw tooLong(id, key);
      return { Bucket: bucket, Key: full };
    },
    async ask(signal, work) {
      try {
        signal.throwIfAborted();
        opened ??= connect(options);
        return await work(await opened);
      } catch (error) {
        const trouble = asRemoteError(error, id, signal);
        // The next request reads the credentials anew: somebody may have put them right.
        if (trouble.code === 'credentials') opened = undefined;
        throw trouble;
      }
    },
  };
}

async function connect(options: S3RemoteOptions): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, idleTimeoutMs = IDLE_TIMEOUT_MS } = options;
  const client = new sdk.S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...identityOf(options),
    // We bring a digest of our own for every body; the SDK's defaults break many stores (offered as a stream they
    // would even send nothing at all).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    retryMode: 'standard',
    maxAttempts: ATTEMPTS,
    // Waiting for "100 Continue" would cost a new connection per request.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: idleTimeoutMs,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 16 }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 16 }),
    },
  });
  return { sdk, client };
}

function identityOf({ credentials }: S3RemoteOptions) {
  if (typeof credentials !== 'function') return { profile: credentials.profile };
  return {
    credentials: async (): Promise<S3Credentials> => {
      try {
        return await credentials();
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new CredentialsUnreadable(why, { cause });
      }
    },
  };
}

function tooLong(id: string, key: string): RemoteError {
  return new RemoteError(
    'refused',
    `${id} cannot take ${key}: its name is longer than ${MAX_KEY_BYTES} bytes.`,
    'Shorten prefix or the cards.folder template.',
  );
}

/** Whether the store answered with one of these error names or statuses. */
export function isRefusal(error: unknown, refusals: readonly (string | number)[]): boolean {
  const { name, status } = answerOf(error);
  return refusals.includes(name) || (status !== undefined && refusals.includes(status));
}

/** The request's answer, or undefined when the store answered with one of these error names or statuses. */
export async function unless<T>(
  refusals: readonly (string | number)[],
  request: Promise<T>,
): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isRefusal(error, refusals)) return undefined;
    throw error;
  }
}
