/** A desktop session of its own for tests: X server without a screen, D-Bus, and a notification server. */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import sharp from 'sharp';
import { runProgram } from '../../src/platform/exec.ts';

const NEEDED = ['Xvfb', 'dunst', 'dunstctl', 'dbus-daemon', 'busctl', 'notify-send', 'import'];
const { signal } = new AbortController();

/** What is not installed of what a session needs (Debian: xvfb dunst dbus libnotify-bin imagemagick). */
export function missingPrograms(): string[] {
  const folders = (process.env['PATH'] ?? '').split(':');
  const isThere = (program: string): boolean =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return NEEDED.filter((program) => !isThere(program));
}

/** All that is on the screen, as RGB. */
export interface Shot {
  readonly rgb: Buffer;
  readonly png: Buffer;
}

export interface DesktopSession {
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string };
  /** The screen when it shows something and no longer changes. */
  shot(): Promise<Shot>;
  /** How many messages are on the screen. */
  shown(): Promise<number>;
  /** What the server has shown, as dunst prints it. */
  printed(): string;
  close(): Promise<void>;
}

const CONFIG = `[global]
font = DejaVu Sans 12
width = 460
height = 300
origin = top-left
offset = 10x10
max_icon_size = 128
icon_position = left
show_indicators = no
enable_recursive_icon_lookup = false
format = "%s\\n%b"
`;

/** `markup`: whether the server takes bodies for markup, as most do. */
export async function openSession(folder: string, markup: boolean): Promise<DesktopSession> {
  const children: ChildProcess[] = [];
  const begin = (file: string, args: string[], stdio: StdioOptions, env = {}): ChildProcess => {
    const child = spawn(file, args, {
      stdio,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
    });
    children.push(child);
    return child;
  };
  const server = begin(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '800x500x24', '-nolisten', 'tcp'],
    ['ignore', 'pipe', 'ignore'],
  );
  const display = `:${await firstLine(server.stdout)}`;
  const bus = begin(
    'dbus-daemon',
    ['--session', '--nofork', '--nopidfile', '--print-address=1'],
    ['ignore', 'pipe', 'ignore'],
  );
  const address = await firstLine(bus.stdout);
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'dunstrc');
  await writeFile(config, `${CONFIG}markup = ${markup ? 'full' : 'no'}\n`);
  const env = { DBUS_SESSION_BUS_ADDRESS: address };
  const dunst = begin('dunst', ['-config', config, '-print'], ['ignore', 'pipe', 'ignore'], {
    ...env,
    DISPLAY: display,
  });
  let printed = '';
  dunst.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  while (!(await hasOwner(address)));
  return {
    env,
    printed: () => printed,
    shot: () => steadyShot(display),
    async shown() {
      const { stdout } = await runProgram('dunstctl', ['count', 'displayed'], {
        signal,
        timeoutMs: 5_000,
        env,
      });
      return Number(stdout.trim());
    },
    async close() {
      for (const child of children.toReversed()) {
        const isGone = child.exitCode !== null || child.signalCode !== null;
        const gone = isGone ? undefined : once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
    },
  };
}

async function firstLine(stream: Readable | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}

async function hasOwner(address: string): Promise<boolean> {
  const args = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'];
  const { stdout } = await runProgram(
    'busctl',
    [`--address=${address}`, 'call', ...args, 'NameHasOwner', 's', 'org.freedesktop.Notifications'],
    { signal, timeoutMs: 5_000 },
  );
  return stdout.trim() === 'b true';
}

/** Drawing follows some moments after the message was taken. */
async function steadyShot(display: string): Promise<Shot> {
  let earlier = await shot(display);
  for (;;) {
    const later = await shot(display);
    if (later.rgb.equals(earlier.rgb) && later.rgb.some((value) => value !== 0)) return later;
    earlier = later;
  }
}

async function shot(display: string): Promise<Shot> {
  const child = spawn('import', ['-display', display, '-window', 'root', 'png:-'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(Buffer.from(chunk));
  const png = Buffer.concat(chunks);
  return { png, rgb: await sharp(png).removeAlpha().toColourspace('srgb').raw().toBuffer() };
}

/** How many pixels of a shot pass. */
export function countPixels(
  { rgb }: Shot,
  passes: (red: number, green: number, blue: number) => boolean,
): number {
  let count = 0;
  for (let at = 0; at + 2 < rgb.length; at += 3) {
    if (passes(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0)) count += 1;
  }
  return count;
}
