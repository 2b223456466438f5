/** What a failed S3 request means, in words for a person. */
import { codeOf } from '../../platform/durable-fs.ts';
import { abortedError, RemoteError, type RemoteErrorCode } from '../remote-error.ts';

/** Thrown by the credentials provider, so that it is not taken for the store's answer. */
export class CredentialsUnreadable extends Error {}

/** The parts of an SDK error that are decided on. */
interface Answer {
  readonly name: string;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  readonly message: string;
}

type Means = readonly [RemoteErrorCode, string, string];

const BY_NAME: Readonly<Record<string, Means>> = {
  InvalidAccessKeyId: [
    'credentials',
    'does not know the access key',
    'Check accessKeyId in the configuration, and whether the key was revoked.',
  ],
  SignatureDoesNotMatch: [
    'credentials',
    'refuses the secret key',
    'Check secretAccessKey and region in the configuration.',
  ],
  ExpiredToken: [
    'credentials',
    'says that the session has expired',
    'Renew the credentials; they are read again by themselves.',
  ],
  AccessDenied: [
    'refused',
    'denies access to this key',
    'Allow the key to put, read, list and delete objects in the bucket.',
  ],
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
  AuthorizationHeaderMalformed: [
    'refused',
    'says that the region is wrong',
    'Correct region in the configuration.',
  ],
  PermanentRedirect: [
    'refused',
    'says that the bucket is in another region',
    'Correct region and endpoint in the configuration.',
  ],
  InvalidStorageClass: [
    'refused',
    'does not know the storage class',
    'Correct storageClass in the configuration, or leave it out.',
  ],
  KeyTooLongError: [
    'refused',
    'says that the name is too long',
    'Shorten prefix or the cards.folder template.',
  ],
  QuotaExceeded: ['quota', 'is full', 'Make room there or raise its quota.'],
  EntityTooLarge: [
    'quota',
    'does not take an object of this size',
    'Raise its quota or use another store for files this large.',
  ],
  InvalidPart: ['damaged', 'does not have the parts that were sent', 'It is sent again by itself.'],
  IncompleteBody: ['damaged', 'did not get all bytes', 'It is sent again by itself.'],
  BadDigest: ['damaged', 'got damaged bytes and refused them', 'It is sent again by itself.'],
  ConditionalRequestConflict: [
    'busy',
    'is being given the same object from elsewhere',
    'It is tried again by itself.',
  ],
  RequestTimeout: ['busy', 'gave up waiting for bytes', 'It is tried again by itself.'],
};

const SAME_AS: Readonly<Record<string, string>> = {
  InvalidToken: 'ExpiredToken',
  TokenRefreshRequired: 'ExpiredToken',
  Forbidden: 'AccessDenied',
  AllAccessDisabled: 'AccessDenied',
  InvalidDigest: 'BadDigest',
  XAmzContentSHA256Mismatch: 'BadDigest',
  XAmzContentChecksumMismatch: 'BadDigest',
  IllegalLocationConstraintException: 'PermanentRedirect',
  InvalidPartOrder: 'InvalidPart',
  InsufficientStorage: 'QuotaExceeded',
  QuotaExceededException: 'QuotaExceeded',
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

/** Makes a RemoteError of whatever a request threw. */
export function asRemoteError(error: unknown, id: string, signal: AbortSignal): RemoteError {
  if (error instanceof RemoteError) return error;
  if (signal.aborted) return abortedError(id, error);
  const [code, says, hint] = meaningOf(error);
  return new RemoteError(code, `${id} ${says}.`, hint, { cause: error });
}

function meaningOf(error: unknown): Means {
  const answer = answerOf(error);
  if (error instanceof CredentialsUnreadable || answer.name === 'CredentialsProviderError') {
    return [
      'credentials',
      `cannot be used: its credentials cannot be read (${answer.message})`,
      'Check the files, variables or profile named in credentials.',
    ];
  }
  return (
    BY_NAME[SAME_AS[answer.name] ?? answer.name] ?? byStatus(answer) ?? byNetwork(error, answer)
  );
}

function byStatus({ status, name }: Answer): Means | undefined {
  if (status === undefined || status < 300) return undefined;
  const said = `answered ${status} ${name}`;
  if (status === 401 || status === 403) {
    return ['credentials', said, 'Check the credentials and what they allow.'];
  }
  if (status === 429 || status >= 500) {
    if (status === 501) return ['refused', said, 'The store lacks something that is needed.'];
    if (status === 507) return ['quota', said, 'Make room there or raise its quota.'];
    return ['busy', said, 'It is tried again by itself.'];
  }
  return ['refused', said, 'Check endpoint, region and bucket in the configuration.'];
}

function byNetwork(error: unknown, answer: Answer): Means {
  const code = codeOf(error) ?? codeOf(causeOf(error)) ?? '';
  if (/CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(code)) {
    return [
      'refused',
      `has a certificate that is not trusted (${code})`,
      'Check endpoint; add the certificate authority to the system.',
    ];
  }
  const words = answer.name === 'TimeoutError' ? 'no answer in time' : NETWORK[code];
  if (words !== undefined) {
    return [
      'unreachable',
      `does not answer (${words})`,
      'Check the network and endpoint; sending goes on by itself when it is back.',
    ];
  }
  return [
    'unknown',
    `answered with something that is no S3 (${answer.name}: ${answer.message})`,
    'Check endpoint; a login page of the network in between can be the reason.',
  ];
}

/** What the SDK says about an answer it did not like. */
export function answerOf(error: unknown): Answer {
  return {
    name: textIn(error, 'name') ?? 'error',
    message: textIn(error, 'message') ?? String(error),
    status: statusOf(error),
  };
}

function textIn(error: unknown, field: 'name' | 'message'): string | undefined {
  const value: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, field) : 0;
  return typeof value === 'string' ? value : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const meta: unknown = error.$metadata;
  if (typeof meta !== 'object' || meta === null || !('httpStatusCode' in meta)) return undefined;
  return typeof meta.httpStatusCode === 'number' ? meta.httpStatusCode : undefined;
}

function causeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'cause') : undefined;
}
