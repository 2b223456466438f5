/** Lights of a service that runs in a process of its own, and what is left of them when it ends in whatever way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LightFile } from '../../src/signals/state-file.ts';
import { type CompiledSource, compileSource } from '../unit/platform/compiled-source.ts';

const TIMEOUT_MS = 60_000;

let compiled: CompiledSource;
let folder: string;
let service: ChildProcess | undefined;

beforeAll(() => {
  compiled = compileSource('signals/**/*.ts', 'platform/system-clock.ts');
}, TIMEOUT_MS);
afterAll(() => compiled.remove());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-lights-'));
  await mkdir(led(''), { recursive: true });
  await writeFile(led('trigger'), 'none [mmc0] pattern\n');
  await writeFile(led('max_brightness'), '255\n');
});
afterEach(async () => {
  service?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const led = (file: string) => join(folder, 'leds', 'status', file);
const ledText = (file: string) => readFile(led(file), 'utf8');

/** Starts a service that shows "safe" until SIGTERM; resolves when it does. */
async function lit(): Promise<ChildProcess> {
  const script = `
    import { makeFanOut } from ${JSON.stringify(compiled.url('signals/fan-out.js'))};
    import { makeSysfsLed } from ${JSON.stringify(compiled.url('signals/led/sysfs-led.js'))};
    import { makeStateFile } from ${JSON.stringify(compiled.url('signals/state-file.js'))};
    import { systemClock as clock } from ${JSON.stringify(compiled.url('platform/system-clock.js'))};
    import { silentLogger as logger } from ${JSON.stringify(compiled.url('platform/logger.js'))};
    const folder = process.argv[1];
    const all = makeFanOut([
      makeSysfsLed({ name: 'status', root: folder + '/leds' }, { clock, logger }),
      makeStateFile({ path: folder + '/run/light.json' }, { clock, logger }),
    ], { clock, logger });
    await all.start();
    await all.show({ light: 'safe', line: 'A003' });
    const alive = setInterval(() => {}, 60_000);
    process.once('SIGTERM', () => { clearInterval(alive); void all.stop(); });
    console.log('lit');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  service = child;
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(String(first[0])).toBe('lit\n');
  return child;
}

async function lightFile(): Promise<LightFile> {
  return JSON.parse(await readFile(join(folder, 'run', 'light.json'), 'utf8'));
}

describe('the lights of a service', () => {
  it(
    'that is stopped are dark and as they were found, and let it end',
    async () => {
      const child = await lit();
      expect(await ledText('trigger')).toBe('pattern\n');
      expect((await lightFile()).light).toBe('safe');
      child.kill('SIGTERM');
      const [code]: unknown[] = await once(child, 'exit');
      expect(code).toBe(0);
      expect(await ledText('trigger')).toBe('mmc0\n');
      expect(await ledText('brightness')).toBe('0\n');
      expect(await readdir(join(folder, 'run'))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'that is killed are over by themselves within the lease',
    async () => {
      const child = await lit();
      child.kill('SIGKILL');
      await once(child, 'exit');
      const times = (await ledText('pattern')).trim().split(' ').map(Number);
      const cycleMs = times.filter((_, i) => i % 2 === 1).reduce((sum, ms) => sum + ms, 0);
      expect(cycleMs * Number(await ledText('repeat'))).toBeLessThanOrEqual(30_000);
      // The last brightness is the one that the kernel leaves.
      expect(times.at(-2)).toBe(0);
      const { at, validUntil } = await lightFile();
      expect(Date.parse(validUntil) - Date.parse(at)).toBe(30_000);
    },
    TIMEOUT_MS,
  );

  it(
    'that starts again after it was killed go dark with the next stop',
    async () => {
      const killed = await lit();
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      const child = await lit();
      child.kill('SIGTERM');
      await once(child, 'exit');
      // What the lamp followed before the first start is not known any more.
      expect(await ledText('trigger')).toBe('none\n');
      expect(await ledText('brightness')).toBe('0\n');
      expect(await readdir(join(folder, 'run'))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
