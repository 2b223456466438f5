/** What can go wrong with making a contact sheet; never anything that matters to a verdict. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `crashed`: the child process ended by itself
 * - `too-slow`, `too-large`: it was ended at its limit of time or memory
 * - `failed`: it said that it could not do what it was asked
 */
export type PreviewErrorCode = 'crashed' | 'too-slow' | 'too-large' | 'failed';

export class PreviewError extends RoomError<PreviewErrorCode> {
  override readonly name = 'PreviewError';

  constructor(code: PreviewErrorCode, message: string, options?: ErrorOptions) {
    super(
      code,
      message,
      'Nothing needs to be done: a contact sheet is only for looking at.',
      options,
    );
  }
}
