/** Where the D-Bus of the logged-in session is. */
import { existsSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** The bus address, or undefined when there is no session to be seen from here. */
export function sessionBus(
  env: Env,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  const address = env['DBUS_SESSION_BUS_ADDRESS'];
  if (address !== undefined && address !== '') return address;
  const runtimeFolder = env['XDG_RUNTIME_DIR'];
  if (runtimeFolder === undefined || runtimeFolder === '') return undefined;
  const socket = `${runtimeFolder}/bus`;
  return exists(socket) ? `unix:path=${escapeAddress(socket)}` : undefined;
}

/** D-Bus specification, "Server addresses": other bytes are written as %hex. */
function escapeAddress(path: string): string {
  return [...Buffer.from(path, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[-\w/.\\*]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
