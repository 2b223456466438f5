/** What the copy engine refuses or cannot find out; failures of files and drives are evidence or lost legs instead. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `bad-job`: a path that leads out of the card or out of the roll's folder, or a destination without a target
 * - `drive-changed`: the drive is not there as it was when it was looked at, so nothing can be said about its files
 */
export type OffloadErrorCode = 'bad-job' | 'drive-changed';

export class OffloadError extends RoomError<OffloadErrorCode> {
  override readonly name = 'OffloadError';
}

export function badJob(message: string): OffloadError {
  return new OffloadError('bad-job', message, 'This is a fault of the program: please report it.');
}
