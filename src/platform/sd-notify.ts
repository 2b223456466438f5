/** Tells systemd how the service is (sd_notify(3)), so that "systemctl status" is true in one line. */
import type { runProgram } from './exec.ts';
import type { Logger } from './logger.ts';
import { type SendDatagram, unixDatagrams } from './unix-datagram.ts';

export interface SdNotify {
  /** Started up; with Type=notify others wait for it. */
  ready(): Promise<void>;
  /** One line for "systemctl status". */
  status(line: string): Promise<void>;
  /** Still making progress. To be called by what makes the progress, never by a timer of its own. */
  watchdog(): Promise<void>;
  stopping(): Promise<void>;
  /** How often `watchdog` must be called: half of what systemd allows; undefined when it does not watch. */
  readonly watchdogEveryMs: number | undefined;
}

export interface SdNotifyDeps {
  readonly run: typeof runProgram;
  readonly logger: Logger;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How datagrams are sent; `undefined` from it means that they cannot be sent from here. */
  readonly datagrams?: () => Promise<SendDatagram | undefined>;
}

const HELPER_TIMEOUT_MS = 3_000;

/**
 * Never throws, and does nothing at all outside systemd ($NOTIFY_SOCKET unset). Messages go straight to the socket
 * (0.1 ms, and systemd sees the service's own pid); without koffi by `systemd-notify`, for which the unit needs
 * NotifyAccess=all. A failure is logged once.
 */
export function makeSdNotify(deps: SdNotifyDeps): SdNotify {
  const env = deps.env ?? process.env;
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return SILENT;
  const send = sender(socket, deps);
  return {
    ready: () => send(['READY=1']),
    status: (line) => send([`STATUS=${line.replace(/[\n\r]+/g, ' ')}`]),
    watchdog: () => send(['WATCHDOG=1']),
    stopping: () => send(['STOPPING=1']),
    watchdogEveryMs: watchdogEveryMs(env, process.pid),
  };
}

const SILENT: SdNotify = {
  async ready() {},
  async status() {},
  async watchdog() {},
  async stopping() {},
  watchdogEveryMs: undefined,
};

/** Half of WATCHDOG_USEC (microseconds), when it is meant for this process (sd_watchdog_enabled(3)). */
export function watchdogEveryMs(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  const allowedMs = Number(env['WATCHDOG_USEC']) / 1000;
  const forPid = env['WATCHDOG_PID'];
  if (!(allowedMs > 0) || (forPid !== undefined && forPid !== String(pid))) return undefined;
  return Math.floor(allowedMs / 2);
}

function sender(socket: string, deps: SdNotifyDeps): (fields: readonly string[]) => Promise<void> {
  const loadDatagrams = deps.datagrams ?? unixDatagrams;
  let datagrams: Promise<SendDatagram | undefined> | undefined;
  let complained = false;
  return async (fields) => {
    try {
      datagrams ??= loadDatagrams();
      const sendDatagram = await datagrams;
      if (sendDatagram === undefined) await byHelper(deps.run, fields);
      else sendDatagram(socket, fields.join('\n'));
      complained = false;
    } catch (error) {
      if (!complained) deps.logger.warn('systemd could not be told how the service is', { error });
      complained = true;
    }
  };
}

async function byHelper(run: typeof runProgram, fields: readonly string[]): Promise<void> {
  const signal = new AbortController().signal;
  await run('systemd-notify', ['--', ...fields], { signal, timeoutMs: HELPER_TIMEOUT_MS });
}
