/**
 * Remembers what an LED followed before us, for the next start after a kill: the LED itself tells then only what we
 * had set.
 *
 * A note is a file named like the LED; its first line is the trigger (the unit's ExecStopPost reads it), its second
 * the boot it was written in: each boot gives the LED its own trigger back.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** What we set ourselves. */
const OURS: ReadonlySet<string> = new Set(['pattern', 'none']);

export interface FormerTrigger {
  /** What the LED followed before us, given what it follows now; noted before it is changed. */
  learn(current: string): Promise<string>;
  /** It was put back: there is nothing to remember. */
  forget(): Promise<void>;
}

/** `folder`: where notes are kept, made when needed; without one nothing is remembered. Never throws. */
export function formerTrigger(
  led: string,
  folder: string | undefined,
  bootIdFile = BOOT_ID,
): FormerTrigger {
  const path = folder === undefined ? undefined : join(folder, led);
  const boot = async (): Promise<string> =>
    (await readFile(bootIdFile, 'utf8').catch(() => '')).trim();
  const noted = async (): Promise<string | undefined> => {
    if (path === undefined) return undefined;
    const text = await readFile(path, 'utf8').catch(() => '');
    const [trigger = '', bootThen = '', ...rest] = text.split('\n');
    // The last line's end is missing in a note that was cut short.
    return rest.length > 0 && bootThen === (await boot()) ? trigger : undefined;
  };
  return {
    async learn(current) {
      const own = current === 'pattern' ? 'none' : current;
      if (folder === undefined || path === undefined) return own;
      const former = OURS.has(current) ? ((await noted()) ?? own) : own;
      // A note that cannot be written costs the LED its former trigger after a kill, and nothing else.
      await mkdir(folder, { recursive: true }).catch(() => undefined);
      await writeFile(path, `${former}\n${await boot()}\n`).catch(() => undefined);
      return former;
    },
    async forget() {
      if (path !== undefined) await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
