/** The one error of this room: why nothing could be seen. It always means "unknown", never "not there". */
import { RoomError } from '../core/room-error.ts';

/**
 * - `unreachable`: no connection, no answer in time, a broken answer, or the folder is not there
 * - `busy`: it answered that it cannot tell now
 * - `credentials`: the key is unknown, wrong, expired, cannot be read, or may not look
 * - `no-bucket`: there is no such bucket, so nobody can say what was in it
 * - `archived`: the object is there, but its bytes must be restored before they can be fetched
 * - `refused`: asking again brings nothing
 * - `aborted`: we stopped it ourselves
 * - `unknown`: an answer that nobody expected
 */
export type WitnessErrorCode =
  | 'unreachable'
  | 'busy'
  | 'credentials'
  | 'no-bucket'
  | 'archived'
  | 'refused'
  | 'aborted'
  | 'unknown';

const WANTS_A_PERSON: ReadonlySet<WitnessErrorCode> = new Set([
  'credentials',
  'no-bucket',
  'archived',
  'refused',
]);

export class WitnessError extends RoomError<WitnessErrorCode> {
  constructor(code: WitnessErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(code, message, hint, options);
    this.name = 'WitnessError';
  }

  /** Whether a person has to do something before another look can succeed. */
  get permanent(): boolean {
    return WANTS_A_PERSON.has(this.code);
  }
}

/** The error for a look that was stopped by its signal. */
export function stoppedLook(id: string, cause: unknown): WitnessError {
  return new WitnessError(
    'aborted',
    `Looking at ${id} was stopped.`,
    'Nothing to do: it is looked at again.',
    { cause },
  );
}
