import { beforeEach, describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { ExecError, type runProgram } from '../../../src/platform/exec.ts';
import { type Logger, silentLogger } from '../../../src/platform/logger.ts';
import type { Turn } from '../../../src/ports/signal.ts';
import { makeDesktopSignal } from '../../../src/signals/desktop/desktop-signal.ts';
import { parseReply } from '../../../src/signals/desktop/freedesktop.ts';
import { escapeMarkup, messageOf } from '../../../src/signals/desktop/message.ts';
import { sessionBus } from '../../../src/signals/desktop/session-bus.ts';

const BUS = 'unix:path=/run/user/1000/bus';
const env = { DBUS_SESSION_BUS_ADDRESS: BUS };

let calls: { file: string; args: readonly string[] }[];
let said: string[];
let logger: Logger;
let capabilities: string[];
/** Programs that are not installed. */
let missing: Set<string>;
let refused: boolean;
let nextId: number;

beforeEach(() => {
  calls = [];
  said = [];
  logger = { ...silentLogger, warn: (message) => void said.push(message) };
  capabilities = ['body', 'body-markup'];
  missing = new Set();
  refused = false;
  nextId = 7;
});

const answer = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' });

/** A desktop that answers as a real one does. */
const run: typeof runProgram = async (file, args) => {
  calls.push({ file, args });
  const facts = { file, stdout: '', stderr: '' };
  if (missing.has(file)) throw new ExecError('not-found', `no ${file}`, facts);
  if (refused) throw new ExecError('failed', 'no such name', facts);
  if (args.includes('GetCapabilities')) {
    return answer(JSON.stringify({ type: 'as', data: [capabilities] }));
  }
  nextId += 1;
  if (file === 'notify-send') return answer(`${nextId}\n`);
  return answer(JSON.stringify({ type: 'u', data: [nextId] }));
};

function turn(kind: Turn['kind'], facts: Partial<Turn> = {}): Turn {
  return { kind, card: 'a003', title: 'A003', body: 'all files', ...facts };
}

const linux = () => makeDesktopSignal({ platform: 'linux' }, { run, logger, env });
const notifications = () => calls.filter(({ args }) => !args.includes('GetCapabilities'));
const lastArgs = () => notifications().at(-1)?.args ?? [];

describe('on Linux', () => {
  it('a message is one call on the bus, with everything as arguments', async () => {
    const signal = linux();
    await signal.start();
    await signal.tell(turn('safe', { picture: '/var/a b#c.jpg' }));
    expect(notifications()).toEqual([
      {
        file: 'busctl',
        args: [
          `--address=${BUS}`,
          '--json=short',
          '--',
          'call',
          'org.freedesktop.Notifications',
          '/org/freedesktop/Notifications',
          'org.freedesktop.Notifications',
          'Notify',
          'susssasa{sv}i',
          'safelight',
          '0',
          '',
          'A003',
          'all files',
          '0',
          '3',
          'urgency',
          'y',
          '1',
          'desktop-entry',
          's',
          'safelight',
          'image-path',
          's',
          'file:///var/a%20b%23c.jpg',
          '-1',
        ],
      },
    ]);
  });

  it('a later message of the same card replaces the earlier, another card’s does not', async () => {
    const signal = linux();
    await signal.tell(turn('started'));
    await signal.tell(turn('started', { card: 'b001' }));
    await signal.tell(turn('safe'));
    const replaced = notifications().map(({ args }) => args[args.indexOf('safelight') + 1]);
    expect(replaced).toEqual(['0', '0', '8']);
  });

  it('messages at once still replace one another', async () => {
    const signal = linux();
    await Promise.all([signal.tell(turn('started')), signal.tell(turn('safe'))]);
    const replaced = notifications().map(({ args }) => args[args.indexOf('safelight') + 1]);
    expect(replaced).toEqual(['0', '8']);
  });

  test.each([
    ['started', '1'],
    ['on-two-drives', '1'],
    ['safe', '1'],
    ['empty', '1'],
    ['hold', '2'],
    ['alarm', '2'],
  ] as const)('%s has urgency %s', async (kind, urgency) => {
    const signal = linux();
    await signal.tell(turn(kind));
    expect(lastArgs().slice(lastArgs().indexOf('urgency'))).toContain(urgency);
  });

  test.each([
    [['body', 'body-markup'], '&lt;b&gt;x&lt;/b&gt; &amp; "q"'],
    [['body'], '<b>x</b> & "q"'],
  ])('with a server that has %j the body is sent as %s', async (has, body) => {
    capabilities = has;
    const signal = linux();
    await signal.tell(turn('safe', { title: '<b>x</b>', body: '<b>x</b> & "q"' }));
    expect(lastArgs()).toContain(body);
    // The title is never markup.
    expect(lastArgs()).toContain('<b>x</b>');
  });

  it('without busctl notify-send does it', async () => {
    missing.add('busctl');
    const signal = linux();
    await signal.tell(turn('hold', { body: 'a < b', picture: '/p.jpg' }));
    await signal.tell(turn('safe', { title: '--help' }));
    const [first, second] = calls.filter(({ file }) => file === 'notify-send');
    expect(first?.args).toEqual([
      '--print-id',
      '--app-name=safelight',
      '--urgency=critical',
      '--hint=string:image-path:file:///p.jpg',
      '--',
      'A003',
      'a &lt; b',
    ]);
    expect(second?.args.slice(-5)).toEqual([
      '--urgency=normal',
      '--replace-id=8',
      '--',
      '--help',
      'all files',
    ]);
    expect(said).toEqual([]);
  });

  it('without a session nothing is run, it is said once, and the service lives', async () => {
    const signal = makeDesktopSignal({ platform: 'linux' }, { run, logger, env: {} });
    await signal.start();
    await signal.tell(turn('started'));
    await signal.tell(turn('safe'));
    await signal.stop();
    expect(calls).toEqual([]);
    expect(said).toEqual(['messages cannot be shown on the desktop']);
  });

  it('with nothing at all to notify by, it is said once', async () => {
    missing.add('busctl').add('notify-send');
    const signal = linux();
    await signal.tell(turn('started'));
    await signal.tell(turn('safe'));
    expect(said).toHaveLength(1);
  });

  it('a desktop that comes back is used again', async () => {
    const signal = linux();
    refused = true;
    await signal.tell(turn('started'));
    refused = false;
    await signal.tell(turn('on-two-drives'));
    refused = true;
    await signal.tell(turn('safe'));
    expect(said).toHaveLength(2);
  });

  it('another server is asked anew whether it takes markup', async () => {
    const signal = linux();
    await signal.tell(turn('started', { body: 'a & b' }));
    expect(lastArgs()).toContain('a &amp; b');
    refused = true;
    await signal.tell(turn('safe'));
    refused = false;
    capabilities = ['body'];
    await signal.tell(turn('safe', { body: 'a & b' }));
    expect(lastArgs()).toContain('a & b');
  });

  it('forgets old cards’ messages rather than growing for ever', async () => {
    const signal = linux();
    for (let i = 0; i < 250; i += 1) await signal.tell(turn('started', { card: `card ${i}` }));
    calls = [];
    await signal.tell(turn('safe', { card: 'card 0' }));
    await signal.tell(turn('safe', { card: 'card 249' }));
    const replaced = notifications().map(({ args }) => args[args.indexOf('safelight') + 1]);
    expect(replaced).toEqual(['0', '257']);
  });

  it('does not forget an old card that was told about lately', async () => {
    const signal = linux();
    await signal.tell(turn('started', { card: 'old' }));
    for (let i = 0; i < 150; i += 1) await signal.tell(turn('started', { card: `card ${i}` }));
    await signal.tell(turn('on-two-drives', { card: 'old' }));
    for (let i = 150; i < 250; i += 1) await signal.tell(turn('started', { card: `card ${i}` }));
    calls = [];
    await signal.tell(turn('safe', { card: 'old' }));
    expect(lastArgs()[lastArgs().indexOf('safelight') + 1]).not.toBe('0');
  });

  it('says nothing more after stop', async () => {
    const signal = linux();
    await signal.stop();
    await signal.tell(turn('safe'));
    expect(calls).toEqual([]);
  });
});

const trial = (session: Readonly<Record<string, string>> = env) =>
  makeDesktopSignal({ platform: 'linux', tellsFailure: true }, { run, logger, env: session });

describe('in a trial', () => {
  it('says that there is no session to show it on', async () => {
    await expect(trial({}).tell(turn('alarm'))).rejects.toMatchObject({ code: 'no-answer' });
  });

  it('says that the desktop did not take it, and goes on with the next', async () => {
    const signal = trial();
    refused = true;
    await expect(signal.tell(turn('alarm'))).rejects.toMatchObject({ code: 'failed' });
    refused = false;
    await expect(signal.tell(turn('alarm'))).resolves.toBeUndefined();
    expect(said).toEqual([]);
  });
});

describe('on macOS', () => {
  it('the text is handed to a fixed script as arguments', async () => {
    const signal = makeDesktopSignal({ platform: 'darwin' }, { run, logger, env });
    await signal.start();
    const title = '-e "do shell script"';
    await signal.tell(turn('safe', { title }));
    const [call] = calls;
    expect(call?.file).toBe('osascript');
    expect(call?.args.slice(-3)).toEqual(['safelight', title, 'all files']);
    expect(call?.args.slice(0, -3).join(' ')).not.toContain('A003');
  });
});

it('elsewhere it can never work', async () => {
  const signal = makeDesktopSignal({ platform: 'win32' }, { run, logger, env });
  await expect(signal.start()).rejects.toMatchObject({ name: 'SignalError', code: 'unsupported' });
  await expect(signal.tell(turn('safe'))).resolves.toBeUndefined();
});

describe('text from a card', () => {
  it('has no control characters and is one line in the title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (title, body) => {
        const message = messageOf(turn('safe', { title: `A\n${title}`, body }));
        return !/\p{Cc}/u.test(message.title) && !/\p{Cc}/u.test(message.body.replaceAll('\n', ''));
      }),
    );
  });

  it('cannot turn the direction of writing', () => {
    expect(messageOf(turn('safe', { title: 'A\u202Egpj.exe' })).title).toBe('A gpj.exe');
  });

  it('is no markup any more when escaped, and loses nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escapeMarkup(text);
        const back = escaped
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&amp;', '&');
        return !/[<>]|&(?!(lt|gt|amp);)/.test(escaped) && back === text;
      }),
    );
  });
});

const there = (path: string) => path === '/run/user/1000/bus' || path === '/run/a b/bus';

describe('the session’s bus', () => {
  test.each([
    [{ DBUS_SESSION_BUS_ADDRESS: 'unix:abstract=x' }, 'unix:abstract=x'],
    [{ XDG_RUNTIME_DIR: '/run/user/1000' }, BUS],
    [{ XDG_RUNTIME_DIR: '/run/a b' }, 'unix:path=/run/a%20b/bus'],
    [{ XDG_RUNTIME_DIR: '/run/user/0' }, undefined],
    [{ DBUS_SESSION_BUS_ADDRESS: '', XDG_RUNTIME_DIR: '' }, undefined],
    [{}, undefined],
  ])('with %j is %s', (variables, address) => {
    expect(sessionBus(variables, there)).toBe(address);
  });
});

describe('an answer of busctl', () => {
  test.each([
    ['{"type":"u","data":[7]}', 7],
    ['{"type":"as","data":[["body","actions"]]}', ['body', 'actions']],
    ['{"type":"u"}', undefined],
    ['null', undefined],
    ['not JSON', undefined],
  ])('%s is understood', (text, value) => {
    expect(parseReply(text)).toEqual(value);
  });
});
