/** What can come between a command and the running service. */
import { assertNever } from '../core/assert-never.ts';
import { RoomError } from '../core/room-error.ts';

/**
 * - `not-running`: nobody listens there
 * - `refused`: we may not ask, or the service said no; `reply` then holds its code
 * - `timeout`: no answer in time
 * - `broken`: the answer ended early or is none
 * - `in-use`: a service listens there already (when serving)
 */
export type ControlErrorCode = 'not-running' | 'refused' | 'timeout' | 'broken' | 'in-use';

/** How the service words a no. */
export interface Refusal {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string;
}

export class ControlError extends RoomError<ControlErrorCode> {
  /** The service's own code, when it was the service that said no. */
  readonly reply: string | undefined;

  constructor(
    code: ControlErrorCode,
    message: string,
    hint: string,
    options?: ControlErrorOptions,
  ) {
    super(code, message, hint, options);
    this.name = 'ControlError';
    this.reply = options?.reply;
  }
}

interface ControlErrorOptions {
  readonly cause?: unknown;
  readonly reply?: string;
}

/** The service's no as an error. */
export function refusedBy({ code, sentence, hint }: Refusal): ControlError {
  return new ControlError('refused', sentence, hint, { reply: code });
}

/** The error for a connection that could not be made or did not hold. */
export function connectionError(cause: unknown, socketPath: string): ControlError {
  const kind = kindOf(cause);
  switch (kind) {
    case 'not-running':
      return new ControlError(
        kind,
        'The service is not running.',
        'Start it: systemctl start safelight, or "safelight daemon" in a window of its own.',
        { cause },
      );
    case 'refused':
      return new ControlError(
        kind,
        `The service's socket ${socketPath} may not be used by this user.`,
        'Run the command as the user of the service (with sudo, or sudo -u safelight).',
        { cause },
      );
    case 'broken':
      return new ControlError(
        kind,
        'The service broke off in the middle of its answer.',
        'It may have been stopped or restarted: try again, and look at its log if it stays.',
        { cause },
      );
    default:
      return assertNever(kind);
  }
}

function kindOf(cause: unknown): 'not-running' | 'refused' | 'broken' {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : '';
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
    case 'ENOTSOCK':
      return 'not-running';
    case 'EACCES':
    case 'EPERM':
      return 'refused';
    default:
      return 'broken';
  }
}
