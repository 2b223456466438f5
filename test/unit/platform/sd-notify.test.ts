import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { runProgram } from '../../../src/platform/exec.ts';
import type { Logger } from '../../../src/platform/logger.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { makeSdNotify, watchdogEveryMs } from '../../../src/platform/sd-notify.ts';
import { socketAddress } from '../../../src/platform/unix-datagram.ts';
import { type DatagramInbox, openInbox } from './datagram-inbox.ts';

const inboxHere = process.platform === 'linux' && (await hasKoffi());
/** Skipped where koffi is not installed, or on another system than Linux: there are no datagrams from Node then. */
const withInbox = inboxHere ? describe : describe.skip;
const withHelper = inboxHere && hasSystemdNotify() ? it : it.skip;

let folder: string;
const inboxes: DatagramInbox[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-notify-'));
});
afterEach(() => {
  for (const inbox of inboxes.splice(0)) inbox.close();
  rmSync(folder, { recursive: true, force: true });
});

async function hasKoffi(): Promise<boolean> {
  return import('koffi').then(
    () => true,
    () => false,
  );
}

function hasSystemdNotify(): boolean {
  try {
    execFileSync('systemd-notify', ['--version'], { stdio: 'ignore', timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

async function inboxAt(address: string): Promise<DatagramInbox> {
  const inbox = await openInbox(address);
  inboxes.push(inbox);
  return inbox;
}

function listeningLogger(): { logger: Logger; said: string[] } {
  const said: string[] = [];
  return { logger: { ...silentLogger, warn: (message) => void said.push(message) }, said };
}

const noRun: typeof runProgram = () => Promise.reject(new Error('no program may be run here'));
const noDatagrams = (): Promise<undefined> => Promise.resolve(undefined);
const refuse = (): never => {
  throw new Error('must not be asked for');
};

withInbox('telling systemd', () => {
  test.each([
    ['a path', () => join(folder, 'notify')],
    ['an abstract name', () => `@safelight-test-${process.pid}`],
  ])('arrives at %s', async (_what, address) => {
    const inbox = await inboxAt(address());
    const sd = makeSdNotify({
      run: noRun,
      logger: silentLogger,
      env: { NOTIFY_SOCKET: address() },
    });
    await sd.ready();
    await sd.status('2 cards: 1 copying (63 %),\n1 waiting');
    await sd.watchdog();
    await sd.stopping();
    expect(inbox.takeAll()).toEqual([
      'READY=1',
      'STATUS=2 cards: 1 copying (63 %), 1 waiting',
      'WATCHDOG=1',
      'STOPPING=1',
    ]);
  });

  it('says once that nobody listens, and again only after it had worked', async () => {
    const address = join(folder, 'notify');
    const { logger, said } = listeningLogger();
    const sd = makeSdNotify({ run: noRun, logger, env: { NOTIFY_SOCKET: address } });
    await sd.ready();
    await sd.watchdog();
    expect(said).toHaveLength(1);
    const inbox = await inboxAt(address);
    await sd.watchdog();
    expect(inbox.takeAll()).toEqual(['WATCHDOG=1']);
    inbox.close();
    await sd.watchdog();
    expect(said).toHaveLength(2);
  });

  withHelper('is done by systemd-notify where there is no koffi', async () => {
    const address = join(folder, 'notify');
    const inbox = await inboxAt(address);
    const run: typeof runProgram = (file, args, options) =>
      runProgram(file, args, { ...options, env: { NOTIFY_SOCKET: address } });
    const sd = makeSdNotify({
      run,
      logger: silentLogger,
      env: { NOTIFY_SOCKET: address },
      datagrams: noDatagrams,
    });
    await sd.status('--help');
    // oxlint-disable-next-line jest/no-standalone-expect -- inside `it`, or skipped where the tool is missing
    expect(inbox.takeAll().join('\n')).toContain('STATUS=--help');
  });
});

describe('outside systemd', () => {
  test.each([{}, { NOTIFY_SOCKET: '' }])('with %j nothing at all is done', async (env) => {
    const { logger, said } = listeningLogger();
    const sd = makeSdNotify({ run: noRun, logger, env, datagrams: refuse });
    await sd.ready();
    await sd.status('x');
    await sd.watchdog();
    await sd.stopping();
    expect(said).toEqual([]);
    expect(sd.watchdogEveryMs).toBeUndefined();
  });
});

it('never throws, whatever fails', async () => {
  const { logger, said } = listeningLogger();
  const env = { NOTIFY_SOCKET: 'vsock:2:1234' };
  await makeSdNotify({ run: noRun, logger, env }).ready();
  await makeSdNotify({ run: noRun, logger, env, datagrams: noDatagrams }).ready();
  expect(said).toHaveLength(2);
});

describe('the watchdog', () => {
  test.each([
    [{ WATCHDOG_USEC: '30000000' }, 15_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 15_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
    [{}, undefined],
  ])('with %j must hear from us every %s ms', (env, everyMs) => {
    expect(watchdogEveryMs(env, 42)).toBe(everyMs);
  });
});

describe('an address', () => {
  it('is told as the kernel wants it', () => {
    expect([...socketAddress('/run/x').subarray(2)]).toEqual([...Buffer.from('/run/x\0')]);
    expect([...socketAddress('@x').subarray(2)]).toEqual([0, 0x78]);
  });

  test.each(['', '@', 'relative', '/with\0nul', `/${'x'.repeat(108)}`, 'vsock:2:1'])(
    '%j is refused',
    (address) => {
      expect(() => socketAddress(address)).toThrow(
        expect.objectContaining({ code: 'bad-address' }),
      );
    },
  );
});
