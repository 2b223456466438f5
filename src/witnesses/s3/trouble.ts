/** Why an S3 store gave no answer that could be used, in words for a person. */
import { codeOf } from '../../platform/durable-fs.ts';
import { stoppedLook, WitnessError, type WitnessErrorCode } from '../witness-error.ts';

/** Thrown by the credentials provider, so that it is not taken for the store's answer. */
export class UnreadableCredentials extends Error {}

type Means = readonly [WitnessErrorCode, string, string];

const CREDENTIALS: Means = [
  'credentials',
  'does not accept the credentials, or they may not look',
  'Check the credentials in the configuration; the key must be allowed to read and list the bucket.',
];
const REGION: Means = [
  'refused',
  'says that the bucket is in another region',
  'Correct region and endpoint in the configuration.',
];

const BY_NAME: Readonly<Record<string, Means>> = {
  InvalidAccessKeyId: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  ExpiredToken: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  AccessDenied: CREDENTIALS,
  RequestTimeTooSkewed: [
    'refused',
    "says that this computer's clock is wrong",
    'Set the clock right (turn on network time).',
  ],
  NoSuchBucket: [
    'no-bucket',
    'has no such bucket',
    'Create the bucket, or correct its name in the configuration.',
  ],
  AuthorizationHeaderMalformed: REGION,
  PermanentRedirect: REGION,
  InvalidObjectState: [
    'archived',
    'keeps the file in an archive from which it cannot be fetched at once',
    'Restore the file in the store, or let the grade B count for this remote.',
  ],
};

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'no answer in time',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'names cannot be looked up',
  EHOSTUNREACH: 'no way there',
  ENETUNREACH: 'no network',
  ENETDOWN: 'no network',
};

/** Makes a WitnessError of whatever a request threw. */
export function asWitnessError(error: unknown, id: string, signal: AbortSignal): WitnessError {
  if (error instanceof WitnessError) return error;
  if (signal.aborted) return stoppedLook(id, error);
  const [code, says, hint] = meaningOf(error);
  return new WitnessError(code, `${id} ${says}.`, hint, { cause: error });
}

function meaningOf(error: unknown): Means {
  const name = nameOf(error);
  if (error instanceof UnreadableCredentials || name === 'CredentialsProviderError') {
    const why = error instanceof Error ? error.message : name;
    return [
      'credentials',
      `cannot be asked: its credentials cannot be read (${why})`,
      'Check the files, variables or profile named in credentials.',
    ];
  }
  const named = BY_NAME[name];
  if (named !== undefined) return named;
  const status = httpStatusOf(error);
  if (status === 401 || status === 403) return CREDENTIALS;
  if (status === 429 || (status !== undefined && status >= 500)) {
    return ['busy', `answered ${status} ${name}`, 'It is asked again by itself.'];
  }
  if (status !== undefined && status >= 300) {
    return ['refused', `answered ${status} ${name}`, 'Check endpoint, region and bucket.'];
  }
  return networkTrouble(error, name);
}

function networkTrouble(error: unknown, name: string): Means {
  const code = codeOf(error) ?? codeOf(fieldOf(error, 'cause')) ?? '';
  if (/CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(code)) {
    return [
      'refused',
      `has a certificate that is not trusted (${code})`,
      'Check endpoint; add the certificate authority to the system.',
    ];
  }
  const words = name === 'TimeoutError' ? 'no answer in time' : NETWORK[code];
  if (words !== undefined) {
    return [
      'unreachable',
      `does not answer (${words})`,
      'Check the network and endpoint; it is asked again by itself.',
    ];
  }
  return [
    'unknown',
    `answered with something that is no S3 (${name})`,
    'Check endpoint; a login page of the network in between can be the reason.',
  ];
}

/** The SDK's name for what went wrong, e.g. NoSuchKey. */
export function nameOf(error: unknown): string {
  const name = fieldOf(error, 'name');
  return typeof name === 'string' ? name : 'error';
}

function fieldOf(error: unknown, field: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
}

/** The HTTP status of an answer that the SDK threw; undefined when there was none. */
export function httpStatusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const meta: unknown = error.$metadata;
  if (typeof meta !== 'object' || meta === null || !('httpStatusCode' in meta)) return undefined;
  return typeof meta.httpStatusCode === 'number' ? meta.httpStatusCode : undefined;
}
