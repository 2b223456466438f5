/** Tells turns of events by messages on the desktop: one per turn, a later one of a card in place of the earlier. */
import type { runProgram } from '../../platform/exec.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Signal, Turn } from '../../ports/signal.ts';
import { SignalError } from '../signal-error.ts';
import { makeFreedesktopNotifier } from './freedesktop.ts';
import { messageOf } from './message.ts';
import { makeNotificationCenterNotifier } from './notification-center.ts';
import type { Notifier } from './notifier.ts';

export interface DesktopOptions {
  /** The system's own when not given. */
  readonly platform?: NodeJS.Platform;
  /** For trials: `tell` throws what went wrong (SignalError, ExecError) where it otherwise logs it. */
  readonly tellsFailure?: boolean;
}

export interface DesktopDeps {
  readonly run: typeof runProgram;
  readonly logger: Logger;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * `start` throws only on systems without any way. A session that is not there (yet) or does not answer is logged
 * once and tried again with the next message; the message itself is lost, the page and the ledger have it.
 */
export function makeDesktopSignal(options: DesktopOptions, deps: DesktopDeps): Signal {
  const notifier = notifierFor(options.platform ?? process.platform, deps);
  const stopping = new AbortController();
  let failing = false;
  let last: Promise<void> = Promise.resolve();

  const show = async (turn: Turn): Promise<void> => {
    if (notifier === undefined || stopping.signal.aborted) return;
    try {
      await notifier.show(messageOf(turn), stopping.signal);
      failing = false;
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (options.tellsFailure === true) throw error;
      if (!failing) deps.logger.warn('messages cannot be shown on the desktop', { error });
      failing = true;
    }
  };
  return {
    name: 'desktop',
    async start() {
      if (notifier === undefined) throw unsupported();
    },
    async show() {},
    tell(turn) {
      // One after the other: a replacement must know the number of what it replaces.
      const shown = last.then(() => show(turn));
      last = shown.catch(() => undefined);
      return shown;
    },
    async stop() {
      stopping.abort(new Error('the service stops'));
      await last;
    },
  };
}

function notifierFor(platform: NodeJS.Platform, deps: DesktopDeps): Notifier | undefined {
  switch (platform) {
    case 'linux':
      return makeFreedesktopNotifier({ run: deps.run, env: deps.env ?? process.env });
    case 'darwin':
      return makeNotificationCenterNotifier(deps.run);
    default:
      return undefined;
  }
}

function unsupported(): SignalError {
  return new SignalError(
    'unsupported',
    'Messages on the desktop are known for Linux and macOS only.',
    'Set enabled = false in [signals.desktop].',
  );
}
