/** What can go wrong when asking what is plugged in and where a path lives. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `unexpected-answer`: the system or a tool answered in a form that is not known
 * - `no-answer`: the system or a tool gave none
 * - `unknown-place`: it cannot be told on which filesystem a path lives
 * - `gone`: the drive that was looked at is no longer there
 */
export type VolumeErrorCode = 'unexpected-answer' | 'no-answer' | 'unknown-place' | 'gone';

export class VolumeError extends RoomError<VolumeErrorCode> {
  override readonly name = 'VolumeError';
}
