import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Light } from '../../src/core/light.ts';
import { runProgram } from '../../src/platform/exec.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { makeFanOut } from '../../src/signals/fan-out.ts';
import { makeCommandLed } from '../../src/signals/led/command-led.ts';
import { kernelPattern, type LitLight, patternOf } from '../../src/signals/led/patterns.ts';
import { makeSysfsLed } from '../../src/signals/led/sysfs-led.ts';
import { type LightFile, makeStateFile } from '../../src/signals/state-file.ts';
import { FakeSignal } from '../fakes/fake-signal.ts';
import { FakeSignalClock } from '../fakes/fake-signal-clock.ts';
import { type SignalBench, signalContract } from './signal-contract.ts';

const logger = silentLogger;

async function tempFolder(): Promise<{ folder: string; dispose: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'safelight-signal-'));
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

signalContract('the fake', async () => {
  const clock = new FakeSignalClock();
  const signal = new FakeSignal(clock);
  return {
    signal,
    seen: async () => signal.light,
    pass: (ms) => clock.advance(ms),
    breakDevice: async () => {
      signal.fault = 'fails';
    },
    dispose: async () => {},
  };
});

signalContract('a state file', async () => {
  const clock = new FakeSignalClock();
  const { folder, dispose } = await tempFolder();
  const path = join(folder, 'run', 'light.json');
  return {
    signal: makeStateFile({ path }, { clock, logger }),
    async seen(): Promise<Light> {
      const text = await textOf(path);
      if (text === undefined) return 'off';
      const file: LightFile = JSON.parse(text);
      return Date.parse(file.validUntil) < clock.now() ? 'off' : file.light;
    },
    pass: (ms) => clock.advance(ms),
    breakDevice: () => rm(join(folder, 'run'), { recursive: true }),
    dispose,
  };
});

const LIT: readonly LitLight[] = ['copying', 'on-two-drives', 'safe', 'do-not-format', 'empty'];

async function ledBench(maxBrightness: number): Promise<SignalBench> {
  const clock = new FakeSignalClock();
  const { folder, dispose } = await tempFolder();
  const led = join(folder, 'safelight:status');
  await mkdir(led);
  await writeFile(join(led, 'brightness'), '0\n');
  await writeFile(join(led, 'max_brightness'), `${maxBrightness}\n`);
  await writeFile(join(led, 'trigger'), 'none [mmc0] pattern\n');
  return {
    signal: makeSysfsLed({ name: 'safelight:status', root: folder }, { clock, logger }),
    async seen(): Promise<Light> {
      if ((await textOf(join(led, 'trigger'))) !== 'pattern\n') return 'off';
      const text = await textOf(join(led, 'pattern'));
      const isShown = (light: LitLight): boolean =>
        `${kernelPattern(patternOf(light, maxBrightness), maxBrightness)}\n` === text;
      return LIT.find(isShown) ?? 'off';
    },
    pass: (ms) => clock.advance(ms),
    breakDevice: () => rm(led, { recursive: true }),
    dispose,
  };
}

signalContract('an LED of many steps', () => ledBench(255));
signalContract('an LED that is on or off', () => ledBench(1));

signalContract('a program', async () => {
  const clock = new FakeSignalClock();
  const { folder, dispose } = await tempFolder();
  const shown = join(folder, 'shown');
  const script = join(folder, 'lamp.sh');
  await writeFile(script, 'echo "$2 $SAFELIGHT_LIGHT" > "$1.new" && mv "$1.new" "$1"');
  const command = ['sh', script, shown];
  return {
    signal: makeCommandLed({ command }, { clock, logger, run: runProgram }),
    async seen(): Promise<Light> {
      const [argument, variable] = ((await textOf(shown)) ?? 'off off').trim().split(' ');
      if (argument !== variable) throw new Error(`${argument} is not ${variable}`);
      return ['off', ...LIT].find((light): light is Light => light === argument) ?? 'off';
    },
    pass: (ms) => clock.advance(ms),
    breakDevice: () => rm(script),
    dispose,
  };
});

signalContract('many signals at once', async () => {
  const clock = new FakeSignalClock();
  const signal = new FakeSignal(clock);
  // The fan-out renews by itself: what ends the light here is that nobody lets it.
  const still = new FakeSignalClock();
  return {
    signal: makeFanOut([signal], { clock: still, logger }),
    seen: async () => signal.light,
    pass: (ms) => clock.advance(ms),
    breakDevice: async () => {
      signal.isRude = true;
    },
    dispose: async () => {},
  };
});
