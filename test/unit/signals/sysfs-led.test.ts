import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import type { Light } from '../../../src/core/light.ts';
import { type Logger, silentLogger } from '../../../src/platform/logger.ts';
import type { Signal } from '../../../src/ports/signal.ts';
import { makeSysfsLed } from '../../../src/signals/led/sysfs-led.ts';
import { FakeSignalClock } from '../../fakes/fake-signal-clock.ts';
import { FakeLed } from '../../fakes/fake-signal-led.ts';

const NAME = 'safelight:status';

let clock: FakeSignalClock;
let said: string[];
let logger: Logger;

beforeEach(() => {
  clock = new FakeSignalClock();
  said = [];
  logger = {
    ...silentLogger,
    warn: (message) => void said.push(message),
    info: (message) => void said.push(message),
  };
});

function signalOn(folder: FakeLed): Signal {
  return makeSysfsLed({ name: NAME }, { clock, logger, folder });
}

const show = (signal: Signal, light: Light) => signal.show({ light, line: 'A003' });

const withoutPattern = (max = 255) => new FakeLed({ max, triggers: 'none timer [mmc0]' });

/** Brightness each 50 ms over a while, with the renewals that a service makes. */
async function watched(led: FakeLed, signal: Signal, light: Light, ms: number): Promise<number[]> {
  const samples: number[] = [];
  for (let at = 0; at < ms; at += 50) {
    if (at % 10_000 === 0) await show(signal, light);
    samples.push(Number(led.peek('brightness')));
    await clock.advance(50);
  }
  return samples;
}

describe('with the kernel’s pattern trigger', () => {
  it('the kernel is told the pattern and how often to repeat it', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'safe');
    expect(led.peek('trigger')).toContain('[pattern]');
    expect(led.peek('pattern')).toBe('255 2500 255 0 0 100 0 0 255 2399 255 0 0 1 0 0');
    expect(led.peek('repeat')).toBe('6');
  });

  it('the kernel is told anew at most every five seconds, since each time the pattern begins again', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'safe');
    led.writes.length = 0;
    await clock.advance(4_000);
    await show(signal, 'safe');
    expect(led.writes).toEqual([]);
    await clock.advance(6_000);
    await show(signal, 'safe');
    expect(led.writes.map(({ file }) => file)).toEqual(['repeat', 'pattern']);
  });

  it('a clock that is set back does not keep it from being told anew', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'safe');
    led.writes.length = 0;
    clock.jump(-3_600_000);
    await show(signal, 'safe');
    expect(led.writes.map(({ file }) => file)).toEqual(['repeat', 'pattern']);
  });

  it('a change is told at once', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'safe');
    await show(signal, 'do-not-format');
    expect(led.peek('pattern')).toBe('255 250 255 0 0 250 0 0');
    expect(led.peek('repeat')).toBe('60');
  });

  it('files that udev opens up a little later are waited for', async () => {
    const led = new FakeLed();
    led.refuse('repeat', 'EACCES', 3);
    const signal = signalOn(led);
    const started = signal.start();
    await clock.advance(300);
    await started;
    expect(led.peek('pattern')).toBe('255 250 255 0 0 250 0 0');
    expect(said).toEqual([]);
  });

  it('files that stay closed are done without: the brightness blinks', async () => {
    const led = new FakeLed();
    led.refuse('pattern', 'EACCES');
    const signal = signalOn(led);
    const started = signal.start();
    await clock.advance(2_000);
    await started;
    expect(led.peek('trigger')).toContain('[none]');
    expect(led.peek('brightness')).toBe('255');
    expect(said).toEqual([]);
  });
});

describe('without it', () => {
  test.each([
    ['copying', [20, 20]],
    ['do-not-format', [5, 5]],
    ['safe', [50, 2]],
    ['empty', [3, 3]],
  ] as const)('%s blinks by its own timer', async (light, [on, off]) => {
    const led = withoutPattern();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'off');
    const samples = await watched(led, signal, light, 10_000);
    expect(samples.slice(0, on + off)).toEqual([
      ...Array.from({ length: on }, () => 255),
      ...Array.from({ length: off }, () => 0),
    ]);
    await signal.stop();
  });

  it('breath goes up and down in small steps', async () => {
    const led = withoutPattern();
    const signal = signalOn(led);
    await signal.start();
    const samples = await watched(led, signal, 'on-two-drives', 5_000);
    const steps = samples.map((value, i) => Math.abs(value - (samples[i - 1] ?? 0)));
    expect(Math.max(...samples)).toBe(255);
    expect(Math.max(...steps)).toBeLessThanOrEqual(12);
    await signal.stop();
  });

  it('renewals do not disturb the blinking', async () => {
    const led = withoutPattern();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'off');
    const samples = await watched(led, signal, 'copying', 40_000);
    samples.forEach((value, i) => expect(value).toBe(Math.floor(i / 20) % 2 === 0 ? 255 : 0));
    await signal.stop();
  });

  it('the LED no longer follows what it followed, until the end', async () => {
    const led = withoutPattern();
    const signal = signalOn(led);
    await signal.start();
    expect(led.peek('trigger')).toContain('[none]');
    await signal.stop();
    expect(led.peek('trigger')).toContain('[mmc0]');
    expect(led.peek('brightness')).toBe('0');
    expect(clock.waiting).toBe(0);
  });

  it('blinking ends with the lease', async () => {
    const led = withoutPattern();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'safe');
    await clock.advance(30_000);
    expect(led.peek('brightness')).toBe('0');
    expect(said).toEqual(['a light went dark because nobody renewed it']);
    expect(clock.waiting).toBe(0);
  });

  it('a write that fails while it blinks is made good by the next renewal', async () => {
    const led = withoutPattern();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'copying');
    await clock.advance(1_500);
    expect(led.peek('brightness')).toBe('0');
    led.refuse('brightness', 'EIO', 1);
    await clock.advance(8_500);
    expect(led.peek('brightness')).toBe('0');
    expect(clock.waiting).toBe(1); // the lease alone
    await show(signal, 'copying');
    expect(led.peek('brightness')).toBe('255');
    await signal.stop();
  });
});

describe('an LED of several colours', () => {
  it('takes the light’s colour', async () => {
    const led = new FakeLed({ multiIndex: 'red green blue' });
    const signal = signalOn(led);
    await signal.start();
    expect(led.peek('multi_intensity')).toBe('255 0 0');
    await show(signal, 'safe');
    expect(led.peek('multi_intensity')).toBe('0 255 0');
  });
});

describe('an LED that fails', () => {
  it('is complained about once, and once more when it works again', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    led.refuse('pattern', 'EIO');
    await show(signal, 'copying');
    await show(signal, 'safe');
    expect(said).toEqual(['a light does not work']);
    led.refuse('pattern', 'EIO', 0);
    await show(signal, 'copying');
    expect(said).toEqual(['a light does not work', 'a light works again']);
  });

  it('does not go on showing what it showed before', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    await show(signal, 'safe');
    led.refuse('pattern', 'EIO');
    await show(signal, 'do-not-format');
    expect(led.peek('pattern')).toBeUndefined();
    expect(led.peek('brightness')).toBe('0');
  });

  it('that cannot be told to be dark does not keep the service from stopping', async () => {
    const led = new FakeLed();
    const signal = signalOn(led);
    await signal.start();
    led.refuse('brightness', 'EIO');
    led.refuse('trigger', 'EIO');
    await signal.stop();
    expect(said).toEqual(['a light does not work']);
  });
});

describe('on a plain folder', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'safelight-led-'));
    await mkdir(join(root, NAME));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const file = (name: string) => join(root, NAME, name);
  const onFolder = () => makeSysfsLed({ name: NAME, root }, { clock, logger });

  it('all can be tried that the kernel would do', async () => {
    await writeFile(file('trigger'), 'none [mmc0] pattern\n');
    await writeFile(file('max_brightness'), '1\n');
    const signal = onFolder();
    await signal.start();
    await show(signal, 'on-two-drives');
    expect(await readFile(file('trigger'), 'utf8')).toBe('pattern\n');
    expect(await readFile(file('pattern'), 'utf8')).toBe('1 200 1 0 0 2300 0 0\n');
    expect(await readFile(file('repeat'), 'utf8')).toBe('12\n');
    await signal.stop();
    expect(await readFile(file('trigger'), 'utf8')).toBe('mmc0\n');
    expect(await readFile(file('brightness'), 'utf8')).toBe('0\n');
  });

  it('an empty folder is enough to blink', async () => {
    const signal = onFolder();
    await signal.start();
    expect(await readFile(file('brightness'), 'utf8')).toBe('255\n');
    await signal.stop();
    expect(await readFile(file('brightness'), 'utf8')).toBe('0\n');
  });

  it('a trigger left over from a killed service is not put back', async () => {
    await writeFile(file('trigger'), 'none mmc0 [pattern]\n');
    const signal = onFolder();
    await signal.start();
    await signal.stop();
    expect(await readFile(file('trigger'), 'utf8')).toBe('none\n');
  });

  const noting = (notes = join(root, 'lamps')) =>
    makeSysfsLed({ name: NAME, root, notes }, { clock, logger });
  /** As the kernel shows the list after our write, which a plain folder does not do. */
  const followed = (trigger: string) =>
    writeFile(file('trigger'), `none mmc0 pattern\n`.replace(trigger, `[${trigger}]`));

  describe('with notes kept', () => {
    it.each(['pattern', 'none'])(
      'a killed service’s LED (%s) gets back what it followed before',
      async (ours) => {
        await followed('mmc0');
        await noting().start();
        // Killed here: nobody says stop.
        await followed(ours);
        const next = noting();
        await next.start();
        await followed(ours);
        await noting().start();
        await next.stop();
        expect(await readFile(file('trigger'), 'utf8')).toBe('mmc0\n');
        expect(await readdir(join(root, 'lamps'))).toEqual([]);
      },
    );

    it('a note of an earlier boot says nothing', async () => {
      await mkdir(join(root, 'lamps'));
      await writeFile(join(root, 'lamps', NAME), 'mmc0\nanother-boot\n');
      await followed('pattern');
      const signal = noting();
      await signal.start();
      await signal.stop();
      expect(await readFile(file('trigger'), 'utf8')).toBe('none\n');
    });

    it('what a person has set since is what it gets back', async () => {
      await followed('mmc0');
      await noting().start();
      await writeFile(file('trigger'), 'none mmc0 [timer] pattern\n');
      const next = noting();
      await next.start();
      await next.stop();
      expect(await readFile(file('trigger'), 'utf8')).toBe('timer\n');
    });

    it('notes that cannot be written keep no light from shining', async () => {
      await followed('mmc0');
      await writeFile(join(root, 'no-folder'), '');
      const signal = noting(join(root, 'no-folder'));
      await signal.start();
      await show(signal, 'safe');
      expect(await readFile(file('trigger'), 'utf8')).toBe('pattern\n');
      expect(said).toEqual([]);
      await signal.stop();
      expect(await readFile(file('trigger'), 'utf8')).toBe('mmc0\n');
    });
  });

  test.each(['no-such-led', '', '..', 'a/b', '../x'])('a name like %j is refused', async (name) => {
    const signal = makeSysfsLed({ name, root }, { clock, logger });
    await expect(signal.start()).rejects.toMatchObject({
      name: 'SignalError',
      code: 'no-device',
      hint: expect.stringContaining(root),
    });
  });
});
