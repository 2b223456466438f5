/** What a failed file operation at a folder remote means, in words for a person. */
import { codeOf } from '../../platform/durable-fs.ts';
import { TooSlow, within } from '../patience.ts';
import { abortedError, RemoteError, type RemoteErrorCode } from '../remote-error.ts';
import { notThere } from './folder-root.ts';

type Means = readonly [RemoteErrorCode, string, string];

const FULL: Means = ['quota', 'is full', 'Make room there.'];
const READ_ONLY: Means = [
  'refused',
  'cannot be written to',
  'See that it is mounted for writing and that the service may write there.',
];
const BAD_NAME: Means = [
  'refused',
  'cannot hold a file of that name',
  'Use a filesystem or share that takes all names of the card.',
];

const BY_CODE: Readonly<Record<string, Means>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: ['quota', 'does not take a file of this size', 'Use a filesystem without that limit.'],
  EROFS: READ_ONLY,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  ENAMETOOLONG: BAD_NAME,
  EINVAL: BAD_NAME,
  EILSEQ: BAD_NAME,
  ENOTDIR: ['refused', 'has a file where a folder is needed', 'Move that file away.'],
};

/** Codes of a share or drive that went away. */
const GONE = new Set(['EIO', 'ESTALE', 'ENOTCONN', 'EHOSTDOWN', 'ETIMEDOUT', 'ENODEV', 'ENXIO']);

/** Makes a RemoteError of whatever a file operation threw. */
function asFolderTrouble(error: unknown, id: string, signal: AbortSignal): RemoteError {
  if (error instanceof RemoteError) return error;
  if (signal.aborted) return abortedError(id, error);
  if (error instanceof TooSlow) return notThere(id, 'it gives no answer', error);
  const code = codeOf(error) ?? '';
  if (GONE.has(code) || code === 'ENOENT') return notThere(id, `it went away (${code})`, error);
  const [kind, says, hint] = BY_CODE[code] ?? [
    'unknown',
    `failed in a way nobody expected (${String(error)})`,
    'Look at the system log.',
  ];
  return new RemoteError(kind, `${id} ${says}.`, hint, { cause: error });
}

/** Runs one file operation: bounded in time, ended by the signal, and whatever it throws is a RemoteError. */
export type Step = <T>(work: Promise<T>) => Promise<T>;

/** A share that has not done one step in this time is taken for dead. */
const STEP_TIMEOUT_MS = 120_000;

export function stepsOf(id: string, signal: AbortSignal): Step {
  return async (work) => {
    try {
      return await within(STEP_TIMEOUT_MS, signal, work);
    } catch (error) {
      throw asFolderTrouble(error, id, signal);
    }
  };
}
