/**
 * Two packages stand where their measured faults can do no harm (docs/adr). These tests run the real packages, in
 * processes of their own as the service does, and keep the reasons on record.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { systemClock } from '../../src/platform/system-clock.ts';
import { freeBytesAt, listDrives } from '../../src/volumes/portable-drives.ts';
import { usbHint } from '../../src/volumes/usb-hint.ts';
import { recording } from '../unit/volumes/fake-sysfs.ts';
import { Bench, tool } from './volumes-loops.ts';

jest.setTimeout(60_000);
const never = new AbortController().signal;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Node 20 runs no TypeScript: the children are built into a folder from which they find their packages. */
let built = '';
const child = (name: string): string => join(built, `${name}.mjs`);
beforeAll(() => {
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  built = mkdtempSync(join(ROOT, 'node_modules/.cache/safelight-children-'));
  for (const name of ['node-disk-info-child', 'usb-hint-child']) {
    const source = join(ROOT, `src/volumes/${name}.ts`);
    const { code } = transformFileSync(source, {
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    });
    writeFileSync(child(name), code);
  }
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

describe('node-disk-info', () => {
  it('cuts "EOS DIGITAL" to "EOS": it is never believed about a mount point with a blank', async () => {
    const bench = new Bench();
    try {
      const device = bench.attach(bench.image('card', 'ext4'));
      const point = bench.mount(device, 'EOS DIGITAL');
      const drives = await listDrives(never, child('node-disk-info-child'));
      const card = drives.find((drive) => drive.source === device);
      expect(card?.mountPoint).toBe(point.replace(' DIGITAL', ''));
      expect(freeBytesAt(drives, point)).toBeUndefined();
    } finally {
      bench.close();
    }
  });

  it('is right about free space where a mount point has no blank', async () => {
    const bench = new Bench();
    try {
      const { point } = bench.drive('plain');
      const drives = await listDrives(never, child('node-disk-info-child'));
      const available =
        Number(tool('stat', '-f', '-c', '%a', point)) *
        Number(tool('stat', '-f', '-c', '%S', point));
      const told = freeBytesAt(drives, point) ?? 0;
      // It counts in blocks of 1024 bytes.
      expect(Math.abs(told - available)).toBeLessThan(1024 * 1024);
    } finally {
      bench.close();
    }
  });
});

describe('usb-detection', () => {
  it('can start, stays quiet where there is no USB, and ends when asked', async () => {
    const stop = new AbortController();
    const isRunning = (): boolean =>
      tool('ps', '--ppid', String(process.pid), '-o', 'args=').includes(child('usb-hint-child'));
    let wakes = 0;
    const running = usbHint(child('usb-hint-child'))({
      wake: () => {
        wakes += 1;
      },
      clock: systemClock,
      signal: stop.signal,
    });
    while (!isRunning()) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await running;
    while (isRunning()) await new Promise((resolve) => setImmediate(resolve));
    expect(wakes).toBe(0);
  });

  it('is given up, without any other effect, where it is not installed', async () => {
    const broken = join(built, 'broken.mjs');
    writeFileSync(broken, "throw new Error('Cannot find module usb-detection')");
    const pauses: number[] = [];
    const clock = {
      ...systemClock,
      after: async (ms: number) => {
        pauses.push(ms);
      },
    };
    let wakes = 0;
    const wake = () => {
      wakes += 1;
    };
    await usbHint(broken)({ wake, clock, signal: never });
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 32_000]);
    expect(wakes).toBe(0);
  });

  it('sees no event at all when a card is put into an attached reader: there is none on USB', () => {
    // Measured with the real package in a guest with an emulated reader: 0 events. The recording shows why: the
    // kernel tells of a changed medium and of a partition, and of no USB device.
    const events = recording('reader-card-in-out-exfat').insert;
    expect(events.length).toBeGreaterThan(0);
    expect(events.map((event) => (event as { SUBSYSTEM?: string }).SUBSYSTEM)).toEqual(
      events.map(() => 'block'),
    );
    expect(events.some((event) => event.DISK_MEDIA_CHANGE === '1')).toBe(true);
  });
});

it('both run in processes of their own: nothing of the service imports them', () => {
  for (const name of ['usb-hint', 'portable-drives', 'portable-lister', 'process-hint']) {
    const text = readFileSync(join(ROOT, `src/volumes/${name}.ts`), 'utf8');
    expect(text).not.toMatch(/from '(usb-detection|node-disk-info)'/);
  }
});
