/** Messages as they appear on a real screen: dunst, a real notification server, under an X server in memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ExecError, type runProgram, runProgram as run } from '../../src/platform/exec.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import type { Signal, Turn } from '../../src/ports/signal.ts';
import { makeDesktopSignal } from '../../src/signals/desktop/desktop-signal.ts';
import {
  countPixels,
  type DesktopSession,
  missingPrograms,
  openSession,
  type Shot,
} from './desktop-session.ts';

const missing = missingPrograms();
const withDesktop = missing.length === 0 ? describe : describe.skip;
if (missing.length > 0) {
  console.warn(`desktop messages were not tried: ${missing.join(', ')} not installed`);
}

/** A place to keep the pictures of the screen in, for whoever wants to look at them. */
const KEEP = process.env['SAFELIGHT_SHOTS'];

const HOSTILE = '<b>x</b> & "q"';

let folder: string;
let said: string[];
let logger: Logger;
const sessions: DesktopSession[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-desktop-'));
  said = [];
  logger = { ...silentLogger, warn: (message) => void said.push(message) };
});
afterEach(async () => {
  for (const opened of sessions.splice(0)) await opened.close();
  await rm(folder, { recursive: true, force: true });
});

async function session(markup = true): Promise<DesktopSession> {
  const opened = await openSession(join(folder, `session-${sessions.length}`), markup);
  sessions.push(opened);
  return opened;
}

function signalIn({ env }: DesktopSession, program: typeof runProgram = run): Signal {
  return makeDesktopSignal({ platform: 'linux' }, { run: program, logger, env });
}

function turn(kind: Turn['kind'], facts: Partial<Turn> = {}): Turn {
  return { kind, card: 'a003', title: 'A003', body: 'all files on two drives', ...facts };
}

async function kept(name: string, shot: Shot): Promise<Shot> {
  if (KEEP !== undefined) await writeFile(join(KEEP, `${name}.png`), shot.png);
  return shot;
}

const isRed = (red: number, green: number, blue: number): boolean =>
  red > 200 && green < 60 && blue < 60;

/** A server is asked whether it takes markup; one that denies it and does would get the text as it is. */
const lying: typeof runProgram = async (file, args, options) => {
  const result = await run(file, args, options);
  return args.includes('GetCapabilities')
    ? { ...result, stdout: '{"type":"as","data":[["body"]]}' }
    : result;
};

const withoutBusctl: typeof runProgram = (file, args, options) =>
  file === 'busctl'
    ? Promise.reject(new ExecError('not-found', 'no busctl', { file, stdout: '', stderr: '' }))
    : run(file, args, options);

withDesktop('a message on the desktop', () => {
  it('appears, and a later one of the same card takes its place', async () => {
    const desktop = await session();
    const signal = signalIn(desktop);
    await signal.tell(turn('started', { body: 'copying' }));
    const first = await kept('started', await desktop.shot());
    await signal.tell(turn('safe', { body: 'all 1,840 files on 2 drives and confirmed at b2' }));
    expect(await desktop.shown()).toBe(1);
    const second = await kept('safe', await desktop.shot());
    expect(second.rgb.equals(first.rgb)).toBe(false);
    await signal.tell(turn('started', { card: 'b001', title: 'B001' }));
    expect(await desktop.shown()).toBe(2);
    expect(said).toEqual([]);
  }, 60_000);

  it('shows the picture', async () => {
    const picture = join(folder, 'first frame #1.jpg');
    const create = { width: 300, height: 200, channels: 3, background: '#ff0000' } as const;
    await sharp({ create }).jpeg().toFile(picture);
    const desktop = await session();
    const signal = signalIn(desktop);
    await signal.tell(turn('safe'));
    expect(countPixels(await desktop.shot(), isRed)).toBe(0);
    await signal.tell(turn('safe', { picture }));
    const shot = await kept('picture', await desktop.shot());
    expect(countPixels(shot, isRed)).toBeGreaterThan(5_000);
  }, 60_000);

  it('shows hostile text to the letter: the same as a server that knows no markup', async () => {
    const facts = { title: HOSTILE, body: `${HOSTILE}\n<img src="/etc/passwd"/>&amp;` };
    const shots: Shot[] = [];
    for (const markup of [true, false]) {
      const desktop = await session(markup);
      await signalIn(desktop).tell(turn('hold', facts));
      shots.push(await kept(`hostile-markup-${markup}`, await desktop.shot()));
    }
    const [withMarkup, without] = shots.map(({ rgb }) => rgb.toString('latin1'));
    expect(withMarkup === without).toBe(true);
    expect(shots).toHaveLength(2);
  }, 60_000);

  it('and hostile text that is not escaped would be seen to differ', async () => {
    const desktop = await session(true);
    const plain = await session(false);
    await signalIn(plain).tell(turn('hold', { body: HOSTILE }));
    await signalIn(desktop, lying).tell(turn('hold', { body: HOSTILE }));
    const [a, b] = [await desktop.shot(), await plain.shot()];
    expect(a.rgb.equals(b.rgb)).toBe(false);
  }, 60_000);

  it('is urgent only when somebody is needed', async () => {
    const desktop = await session();
    const signal = signalIn(desktop);
    await signal.tell(turn('safe', { title: 'fine' }));
    await signal.tell(turn('alarm', { card: 'b', title: 'not fine' }));
    await desktop.shot();
    const urgencies = [...desktop.printed().matchAll(/summary: '(.*)'[^}]*?urgency: (\w+)/g)];
    expect(urgencies.map(([, title, urgency]) => [title, urgency])).toEqual([
      ['fine', 'NORMAL'],
      ['not fine', 'CRITICAL'],
    ]);
  }, 60_000);

  it('comes by notify-send where there is no busctl', async () => {
    const desktop = await session();
    const signal = signalIn(desktop, withoutBusctl);
    await signal.tell(turn('hold', { title: '--help', body: HOSTILE }));
    await signal.tell(turn('safe', { title: '--help', body: HOSTILE }));
    expect(await desktop.shown()).toBe(1);
    await kept('notify-send', await desktop.shot());
    expect(said).toEqual([]);
    expect(desktop.printed()).toContain('body: \'&lt;b&gt;x&lt;/b&gt; &amp; "q"\'');
  }, 60_000);

  it('to a session that has ended is said once to the log, and nothing breaks', async () => {
    const desktop = await session();
    const signal = signalIn(desktop);
    await signal.tell(turn('started'));
    await desktop.close();
    await signal.tell(turn('on-two-drives'));
    await signal.tell(turn('safe'));
    await signal.stop();
    expect(said).toEqual(['messages cannot be shown on the desktop']);
  }, 60_000);
});
