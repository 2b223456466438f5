/** Whether a desktop runs here, which mounts cards by itself. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where logind keeps a file of `NAME=value` lines for each session (systemd-logind.service(8)). */
const SESSIONS = '/run/systemd/sessions';

/** True for a graphical session of anybody: it mounts what is put in, as a rule within two or three seconds. */
export async function desktopIsThere(
  env: Readonly<Record<string, string | undefined>>,
  sessions = SESSIONS,
): Promise<boolean> {
  if ((env['WAYLAND_DISPLAY'] ?? '') !== '' || (env['DISPLAY'] ?? '') !== '') return true;
  // Without logind nobody mounts for a session.
  for (const name of await readdir(sessions).catch(() => [])) {
    const text = await readFile(join(sessions, name), 'utf8').catch(() => '');
    const graphical = /^TYPE=(x11|wayland|mir)$/m.test(text);
    // The login screen is a session too, but nobody's cards are mounted for it.
    if (graphical && /^CLASS=user$/m.test(text) && !/^STATE=closing$/m.test(text)) return true;
  }
  return false;
}
