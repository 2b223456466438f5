/** An LED's files in memory, behaving as the kernel's do, with faults. */
import type { LedFileName, LedFolder } from '../../src/signals/led/led-folder.ts';

export interface LedWrite {
  readonly file: LedFileName;
  readonly text: string;
}

interface Refusal {
  readonly code: string;
  times: number;
}

export class FakeLed implements LedFolder {
  readonly #files = new Map<LedFileName, string>();
  readonly #refusals = new Map<LedFileName, Refusal>();
  readonly #triggers: readonly string[];
  readonly writes: LedWrite[] = [];
  onWrite: (write: LedWrite) => void = () => {};

  constructor(options: { max?: number; triggers?: string; multiIndex?: string } = {}) {
    const { max = 255, triggers = '[none] timer pattern', multiIndex } = options;
    this.#files.set('brightness', '0').set('max_brightness', String(max)).set('trigger', triggers);
    this.#triggers = triggers.replace(/[[\]]/g, '').split(' ');
    if (multiIndex !== undefined) {
      this.#files.set('multi_index', multiIndex).set('multi_intensity', '0 0 0');
    }
  }

  /** Refuses writes to a file with an errno's name, a number of times or for good. */
  refuse(file: LedFileName, code: string, times = Number.POSITIVE_INFINITY): void {
    this.#refusals.set(file, { code, times });
  }

  peek(file: LedFileName): string | undefined {
    return this.#files.get(file);
  }

  async check(): Promise<void> {}

  async read(file: LedFileName): Promise<string | undefined> {
    return this.#files.get(file);
  }

  async write(file: LedFileName, text: string): Promise<void> {
    const refusal = this.#refusals.get(file);
    if (refusal && refusal.times > 0) {
      refusal.times -= 1;
      throw Object.assign(new Error(`${refusal.code}: ${file}`), { code: refusal.code });
    }
    if (!this.#files.has(file))
      throw Object.assign(new Error(`EACCES: ${file}`), { code: 'EACCES' });
    if (file === 'trigger') this.#follow(text);
    else this.#files.set(file, text);
    // As in led_brightness_store(): darkness ends whatever the LED followed.
    if (file === 'brightness' && text === '0') this.#follow('none');
    this.writes.push({ file, text });
    this.onWrite({ file, text });
  }

  #follow(trigger: string): void {
    if (!this.#triggers.includes(trigger)) {
      throw Object.assign(new Error('EINVAL: trigger'), { code: 'EINVAL' });
    }
    const words = this.#triggers.map((word) => (word === trigger ? `[${word}]` : word));
    this.#files.set('trigger', words.join(' '));
    this.#files.delete('pattern');
    this.#files.delete('repeat');
    if (trigger === 'pattern') this.#files.set('pattern', '').set('repeat', '-1');
    else this.#files.set('brightness', '0');
  }
}
