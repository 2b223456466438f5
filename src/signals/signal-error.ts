/** What can go wrong with telling a person. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `unsupported`: this system has no such way of telling
 * - `no-device`: there is no such LED
 * - `device-failed`: the LED, file or program is there but does not take what it is told
 * - `no-answer`: it took too long
 */
export type SignalErrorCode = 'unsupported' | 'no-device' | 'device-failed' | 'no-answer';

export class SignalError extends RoomError<SignalErrorCode> {
  override readonly name = 'SignalError';
}
