/** The files of one LED, as in /sys/class/leds/<name>; a plain folder with such files does as well. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SignalError } from '../signal-error.ts';

/** Files of Documentation/ABI/testing/sysfs-class-led, -led-multicolor and -led-trigger-pattern. */
export type LedFileName =
  | 'brightness'
  | 'max_brightness'
  | 'trigger'
  | 'pattern'
  | 'repeat'
  | 'multi_index'
  | 'multi_intensity';

export interface LedFolder {
  /** @throws SignalError when there is no such LED */
  check(): Promise<void>;
  /** Without the line's end; undefined when there is no such file. */
  read(file: LedFileName): Promise<string | undefined>;
  write(file: LedFileName, text: string): Promise<void>;
}

export function ledFolder(root: string, name: string): LedFolder {
  const folder = join(root, name);
  return {
    async check() {
      if (name === '' || name === '..' || basename(name) !== name) throw noSuchLed(name, root);
      const facts = await stat(folder).catch((cause: unknown) => {
        throw noSuchLed(name, root, cause);
      });
      if (!facts.isDirectory()) throw noSuchLed(name, root);
    },
    async read(file) {
      try {
        return (await readFile(join(folder, file), 'utf8')).trimEnd();
      } catch (error) {
        if (isErrorWithCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    write: (file, text) => writeFile(join(folder, file), `${text}\n`),
  };
}

export function isErrorWithCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}

function noSuchLed(name: string, root: string, cause?: unknown): SignalError {
  return new SignalError(
    'no-device',
    `There is no LED named "${name}" in ${root}.`,
    `See "ls ${root}" for the names there are, and [[signals.led]] in the configuration.`,
    { cause },
  );
}
