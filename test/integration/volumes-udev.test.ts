/**
 * Hints and notes of a real udevd, in a mount and network namespace of its own. Needs root, udev and loop devices.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runProgram } from '../../src/platform/exec.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { HINT_PROGRAMS } from '../../src/volumes/linux/linux-parts.ts';
import { LSBLK_COLUMNS, parseLsblk } from '../../src/volumes/linux/parse-lsblk.ts';
import { processHint } from '../../src/volumes/process-hint.ts';
import { Bench, tool } from './volumes-loops.ts';

jest.setTimeout(60_000);
const never = new AbortController().signal;

/** udevd with a /run of its own; ends when its standard input closes. */
const SCRIPT = `
mount -t tmpfs tmpfs /run && mkdir -p /run/udev || exit 1
/lib/systemd/systemd-udevd >/dev/null 2>&1 & UDEVD=$!
until udevadm control --ping --timeout=1 2>/dev/null; do :; done
echo ready
cat >/dev/null
kill $UDEVD; wait $UDEVD`;

class UdevRoom {
  readonly #shell: ChildProcessByStdio<Writable, Readable, null>;

  constructor() {
    this.#shell = spawn('unshare', ['--mount', '--net', 'sh', '-c', SCRIPT], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }

  async ready(): Promise<void> {
    for await (const chunk of this.#shell.stdout) if (String(chunk).includes('ready')) return;
    throw new Error('udevd did not start');
  }

  /** The argv that runs a program inside. */
  inside(file: string, args: readonly string[]): { file: string; args: readonly string[] } {
    const target = String(this.#shell.pid);
    return {
      file: 'nsenter',
      args: ['--target', target, '--mount', '--net', file, ...args],
    };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.#shell.once('exit', resolve);
    });
    this.#shell.stdin.end();
    await ended;
  }
}

describe('with a real udevd', () => {
  let bench: Bench;
  let room: UdevRoom;
  beforeEach(async () => {
    bench = new Bench();
    room = new UdevRoom();
    await room.ready();
  });
  afterEach(async () => {
    bench.close();
    await room.close();
  });

  it('a medium put in wakes, by the very command line of the service', async () => {
    const [udevadm] = HINT_PROGRAMS;
    if (udevadm === undefined) throw new Error('no hint');
    const image = bench.image('card', 'exfat', 'NIKON Z 6');
    const stop = new AbortController();
    const wakes = new EventEmitter();
    const running = processHint(room.inside(udevadm.file, udevadm.args))({
      wake: () => wakes.emit('wake'),
      clock: systemClock,
      signal: stop.signal,
    });
    // It says what it is going to print; from then on it listens.
    await once(wakes, 'wake');
    const event = once(wakes, 'wake');
    bench.attach(image);
    expect(await event).toEqual([]);
    stop.abort();
    await running;
  });

  it('lsblk tells what udev noted, a label with blanks included', async () => {
    const device = bench.attach(bench.image('card', 'exfat', 'NIKON Z 6'));
    const settle = room.inside('udevadm', ['settle', '--timeout=20']);
    await runProgram(settle.file, settle.args, { signal: never, timeoutMs: 30_000 });
    const lsblk = room.inside('lsblk', ['--json', '--output', LSBLK_COLUMNS]);
    const { stdout } = await runProgram(lsblk.file, lsblk.args, {
      signal: never,
      timeoutMs: 30_000,
    });
    const serial = tool('blkid', '-p', '-o', 'value', '-s', 'UUID', device).trim();
    expect(parseLsblk(stdout).find((one) => one.path === device)).toMatchObject({
      fsType: 'exfat',
      label: 'NIKON Z 6',
      volumeSerial: serial,
    });
  });
});

describe('without udevd', () => {
  it('lsblk knows the device and nothing of its filesystem', () => {
    const bench = new Bench();
    try {
      const device = bench.attach(bench.image('card', 'ext4'));
      const lsblk = ['--json', '--output', LSBLK_COLUMNS];
      // An empty /run/udev, whatever this machine has.
      const script = 'mount -t tmpfs tmpfs /run && exec lsblk "$@"';
      const json = tool('unshare', '--mount', 'sh', '-c', script, 'sh', ...lsblk);
      const found = parseLsblk(json).find((one) => one.path === device);
      expect(found).toEqual({ path: device, device: expect.stringMatching(/^7:\d+$/) });
    } finally {
      bench.close();
    }
  });

  it('a mount wakes, by the very command line of the service', async () => {
    const findmnt = HINT_PROGRAMS[1];
    if (findmnt === undefined) throw new Error('no hint');
    const bench = new Bench();
    const stop = new AbortController();
    try {
      const device = bench.attach(bench.image('card', 'ext4'));
      const wakes = { count: 0 };
      const wake = (): void => {
        wakes.count += 1;
      };
      const running = processHint(findmnt)({ wake, clock: systemClock, signal: stop.signal });
      // It says nothing when it begins to listen, so mounts follow each other until it has seen one.
      while (wakes.count === 0) {
        bench.mount(device, 'card');
        bench.unmount(join(bench.root, 'card'));
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      expect(wakes.count).toBeGreaterThan(0);
      stop.abort();
      await running;
    } finally {
      bench.close();
    }
  });
});
