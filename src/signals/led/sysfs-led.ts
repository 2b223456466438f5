/** Shows the light on an LED of Linux' LED class (/sys/class/leds), of one colour or of several. */
import type { Clock } from '../../ports/clock.ts';
import type { Signal, SignalState } from '../../ports/signal.ts';
import { type Lamp, type LampDeps, makeLampSignal } from '../leased-lamp.ts';
import { RENEW_MS } from '../signal-states.ts';
import { type Blink, type BlinkParts, deviceFailed, kernelBlink, softwareBlink } from './blink.ts';
import { intensities } from './channels.ts';
import { type FormerTrigger, formerTrigger } from './former-trigger.ts';
import { isErrorWithCode, type LedFileName, type LedFolder, ledFolder } from './led-folder.ts';
import { type LitLight, type Pattern, patternOf } from './patterns.ts';
import { parseTriggerList } from './trigger-list.ts';

export interface SysfsLedOptions {
  /** The LED's name, e.g. "safelight:status". */
  readonly name: string;
  /** The folder with the LEDs; /sys/class/leds when not given. A plain folder with such files does as well. */
  readonly root?: string;
  /** Folder for notes that let a killed service's LED be put back at the next start. */
  readonly notes?: string;
}

export interface SysfsLedDeps extends LampDeps {
  /** The LED's files when they are not those below `root`. */
  readonly folder?: LedFolder;
}

/**
 * Goes dark 30 s after the last `show`. With the kernel's pattern trigger (`modprobe ledtrig-pattern`) that holds even
 * when the service is killed; without it only as long as the service lives.
 */
export function makeSysfsLed(options: SysfsLedOptions, deps: SysfsLedDeps): Signal {
  const { name, root = '/sys/class/leds', notes } = options;
  const folder = deps.folder ?? ledFolder(root, name);
  const lamp = new SysfsLed(name, { folder, former: formerTrigger(name, notes) }, deps.clock);
  return makeLampSignal(lamp, deps);
}

class SysfsLed implements Lamp {
  readonly name: string;
  readonly renewEveryMs = RENEW_MS / 2;
  readonly #led: string;
  readonly #folder: LedFolder;
  readonly #former: FormerTrigger;
  readonly #clock: Clock;
  #maxBrightness = 255;
  #multiIndex: string | undefined;
  /** What the LED followed before us; undefined when it has no triggers. */
  #formerTrigger: string | undefined;
  #blink: Blink | undefined;
  /** One object per light: the blink knows by it what it shows already. */
  readonly #patterns = new Map<LitLight, Pattern>();

  constructor(
    name: string,
    { folder, former }: { readonly folder: LedFolder; readonly former: FormerTrigger },
    clock: Clock,
  ) {
    this.name = `led:${name}`;
    this.#led = name;
    this.#folder = folder;
    this.#former = former;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    await this.#folder.check();
    const max = Number(await this.#read('max_brightness'));
    this.#maxBrightness = Number.isSafeInteger(max) && max > 0 ? max : 255;
    this.#multiIndex = await this.#read('multi_index');
    const triggers = await this.#read('trigger');
    const list = triggers === undefined ? undefined : parseTriggerList(triggers);
    this.#formerTrigger = list === undefined ? undefined : await this.#former.learn(list.current);
    this.#blink = list?.all.has('pattern')
      ? kernelBlink(this.#parts())
      : softwareBlink(this.#parts());
  }

  async light({ light }: SignalState): Promise<void> {
    if (light === 'off') return this.dark();
    const pattern = this.#pattern(light);
    try {
      await this.#colour(pattern);
      await this.#show(pattern);
    } catch (error) {
      throw deviceFailed(this.#led, error);
    }
  }

  async dark(): Promise<void> {
    await this.#blink?.stop();
    try {
      if (this.#formerTrigger !== undefined) await this.#folder.write('trigger', 'none');
    } finally {
      await this.#folder.write('brightness', '0');
    }
  }

  async close(): Promise<void> {
    try {
      await this.dark();
      const former = this.#formerTrigger;
      if (former !== undefined && former !== 'none') await this.#folder.write('trigger', former);
      await this.#former.forget();
    } catch (error) {
      throw deviceFailed(this.#led, error);
    }
  }

  async #show(pattern: Pattern): Promise<void> {
    try {
      await this.#blink?.show(pattern);
    } catch (error) {
      // Brightness may be ours to write where the trigger's files are not, or the trigger cannot be loaded.
      if (!isErrorWithCode(error, 'EACCES', 'EPERM', 'EINVAL')) throw error;
      this.#blink = softwareBlink(this.#parts());
      await this.#blink.show(pattern);
    }
  }

  #parts(): BlinkParts {
    return {
      folder: this.#folder,
      clock: this.#clock,
      maxBrightness: this.#maxBrightness,
      hasTriggers: this.#formerTrigger !== undefined,
    };
  }

  async #read(file: LedFileName): Promise<string | undefined> {
    try {
      return await this.#folder.read(file);
    } catch (error) {
      throw deviceFailed(this.#led, error);
    }
  }

  async #colour({ colour }: Pattern): Promise<void> {
    if (this.#multiIndex === undefined) return;
    const text = intensities(this.#multiIndex, colour, this.#maxBrightness);
    await this.#folder.write('multi_intensity', text);
  }

  #pattern(light: LitLight): Pattern {
    const pattern = this.#patterns.get(light) ?? patternOf(light, this.#maxBrightness);
    this.#patterns.set(light, pattern);
    return pattern;
  }
}
