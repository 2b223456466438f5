/** A way to put one message on a desktop. */
import type { Message } from './message.ts';

export interface Notifier {
  /**
   * Shows a message in place of the earlier one of its group.
   * @throws SignalError or ExecError when it could not
   */
  show(message: Message, signal: AbortSignal): Promise<void>;
}

/** How long a desktop may take to answer. */
export const NOTIFY_TIMEOUT_MS = 3_000;
