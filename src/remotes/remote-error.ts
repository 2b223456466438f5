/** The one error of this room: what stopped an upload, in a sentence that names the remote. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `unreachable`: no connection, no answer in time, or the folder is not there
 * - `busy`: it answered that it cannot take this now
 * - `damaged`: it noticed that the bytes did not arrive as they were sent
 * - `credentials`: the key is unknown, wrong, expired or cannot be read
 * - `no-bucket`: there is no such bucket
 * - `refused`: it will not take this object, and asking again brings nothing
 * - `quota`: it is full
 * - `source-differs`: the drive copy no longer has the hash it is to be sent under
 * - `source-unreadable`: the drive copy cannot be read
 * - `aborted`: we stopped it ourselves
 * - `unknown`: an answer that nobody expected
 */
export type RemoteErrorCode =
  | 'unreachable'
  | 'busy'
  | 'damaged'
  | 'credentials'
  | 'no-bucket'
  | 'refused'
  | 'quota'
  | 'source-differs'
  | 'source-unreadable'
  | 'aborted'
  | 'unknown';

const WANTS_A_PERSON: ReadonlySet<RemoteErrorCode> = new Set([
  'credentials',
  'no-bucket',
  'refused',
  'quota',
]);

export class RemoteError extends RoomError<RemoteErrorCode> {
  constructor(code: RemoteErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(code, message, hint, options);
    this.name = 'RemoteError';
  }

  /** Whether a person has to do something before another try can succeed. */
  get permanent(): boolean {
    return WANTS_A_PERSON.has(this.code);
  }
}

/** The error for work that was stopped by its signal. */
export function abortedError(id: string, cause: unknown): RemoteError {
  return new RemoteError(
    'aborted',
    `Sending to ${id} was stopped.`,
    'Nothing to do: it goes on where it stopped.',
    { cause },
  );
}
