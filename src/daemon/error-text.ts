import { RoomError } from '../core/room-error.ts';

/** An error for the log: sentence and hint where it has them, else where it came from. */
export function errorText(error: unknown): string {
  if (error instanceof RoomError) return `${error.message} ${error.hint}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
