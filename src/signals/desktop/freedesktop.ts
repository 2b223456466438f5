/** Messages on Linux desktops: org.freedesktop.Notifications (Desktop Notifications Specification 1.2). */
import { pathToFileURL } from 'node:url';
import { ExecError, type runProgram } from '../../platform/exec.ts';
import { SignalError } from '../signal-error.ts';
import { escapeMarkup, type Message } from './message.ts';
import { type Notifier, NOTIFY_TIMEOUT_MS } from './notifier.ts';
import { sessionBus } from './session-bus.ts';

export interface FreedesktopDeps {
  readonly run: typeof runProgram;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How many groups' last messages are known; older ones are not replaced any more but shown anew. */
const MAX_GROUPS = 200;

/**
 * Talks to the session's bus by `busctl`, or by `notify-send` where that is missing. Both are started with an
 * argument list and see card labels as plain arguments. A root service is refused by a user's bus (tried): it must
 * run as the user, or signal in another way.
 */
export function makeFreedesktopNotifier({ run, env }: FreedesktopDeps): Notifier {
  const ids = new Map<string, number>();
  let takesMarkup: boolean | undefined;
  return {
    async show(message, signal) {
      const bus = sessionBus(env);
      if (bus === undefined) throw noSession();
      const exec = { run, bus, signal };
      const replaces = ids.get(message.group) ?? 0;
      let id: number;
      try {
        takesMarkup ??= await asksMarkup(exec);
        id = await byBusctl(exec, message, { replaces, takesMarkup });
      } catch (error) {
        // Another server may answer next time.
        takesMarkup = undefined;
        if (!(error instanceof ExecError) || error.code !== 'not-found') throw error;
        id = await byNotifySend(exec, message, replaces);
      }
      ids.delete(message.group);
      ids.set(message.group, id);
      for (const oldest of [...ids.keys()].slice(0, -MAX_GROUPS)) ids.delete(oldest);
    },
  };
}

interface Exec {
  readonly run: typeof runProgram;
  readonly bus: string;
  readonly signal: AbortSignal;
}

const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';

async function call({ run, bus, signal }: Exec, method: string, args: readonly string[]) {
  const argv = [
    `--address=${bus}`,
    '--json=short',
    '--',
    'call',
    NAME,
    PATH,
    NAME,
    method,
    ...args,
  ];
  const { stdout } = await run('busctl', argv, { signal, timeoutMs: NOTIFY_TIMEOUT_MS });
  return parseReply(stdout);
}

/** Without the capability the server shows the body as it is, and escaping would be seen. */
async function asksMarkup(exec: Exec): Promise<boolean> {
  const capabilities = await call(exec, 'GetCapabilities', []);
  return Array.isArray(capabilities) && capabilities.includes('body-markup');
}

async function byBusctl(
  exec: Exec,
  message: Message,
  { replaces, takesMarkup }: { readonly replaces: number; readonly takesMarkup: boolean },
): Promise<number> {
  const body = takesMarkup ? escapeMarkup(message.body) : message.body;
  const hints = hintArgs(message);
  const id = await call(exec, 'Notify', [
    'susssasa{sv}i',
    'safelight',
    String(replaces),
    '',
    message.title,
    body,
    // No actions.
    '0',
    String(hints.length),
    ...hints.flat(),
    // The server's own time.
    '-1',
  ]);
  return typeof id === 'number' ? id : 0;
}

function hintArgs({ critical, picture }: Message): readonly (readonly string[])[] {
  const hints = [
    ['urgency', 'y', critical ? '2' : '1'],
    ['desktop-entry', 's', 'safelight'],
  ];
  if (picture !== undefined) hints.push(['image-path', 's', pathToFileURL(picture).href]);
  return hints;
}

/** `busctl --json=short` prints {"type":"u","data":[7]}; the value of a single result is wanted. */
export function parseReply(stdout: string): unknown {
  try {
    const reply: unknown = JSON.parse(stdout);
    if (typeof reply !== 'object' || reply === null || !('data' in reply)) return undefined;
    return Array.isArray(reply.data) ? reply.data[0] : undefined;
  } catch {
    return undefined;
  }
}

async function byNotifySend(
  { run, bus, signal }: Exec,
  { title, body, critical, picture }: Message,
  replaces: number,
): Promise<number> {
  const args = [
    '--print-id',
    '--app-name=safelight',
    `--urgency=${critical ? 'critical' : 'normal'}`,
    ...(replaces > 0 ? [`--replace-id=${replaces}`] : []),
    ...(picture === undefined ? [] : [`--hint=string:image-path:${pathToFileURL(picture).href}`]),
    '--',
    title,
    escapeMarkup(body),
  ];
  const env = { DBUS_SESSION_BUS_ADDRESS: bus };
  const { stdout } = await run('notify-send', args, { signal, timeoutMs: NOTIFY_TIMEOUT_MS, env });
  const id = Number(stdout.trim());
  return Number.isSafeInteger(id) ? id : 0;
}

function noSession(): SignalError {
  return new SignalError(
    'no-answer',
    'There is no desktop session to show messages on.',
    'Run safelight as a user service of the person at the desktop, or set enabled = false in [signals.desktop].',
  );
}
