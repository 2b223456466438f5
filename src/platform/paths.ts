/** Where things lie on this machine: the configuration, the state folder, the control socket. */
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { shortDigest } from './short-digest.ts';

export interface PlatformFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stood after --config or --state-dir. */
  readonly flag?: string;
  /** Home folder of the user; the system's answer when left out. */
  readonly home?: string;
  /** User number; our own when left out. */
  readonly uid?: number;
  /** As process.platform; our own when left out. */
  readonly platform?: string;
}

export interface ConfigCandidate {
  readonly path: string;
  /** Somebody asked for exactly this file. */
  readonly named: boolean;
}

/**
 * Where a configuration may be, in the order of looking: --config, $SAFELIGHT_CONFIG (either of them ends the search),
 * $XDG_CONFIG_HOME/safelight, on macOS ~/Library/Application Support/safelight, /etc/safelight.
 */
export function configCandidates(facts: PlatformFacts): readonly ConfigCandidate[] {
  const named = facts.flag ?? given(facts, 'SAFELIGHT_CONFIG');
  if (named !== undefined) return [{ path: resolve(named), named: true }];
  const home = facts.home ?? homedir();
  const folders = [absolute(facts, 'XDG_CONFIG_HOME') ?? join(home, '.config')];
  if ((facts.platform ?? process.platform) === 'darwin') {
    folders.push(join(home, 'Library', 'Application Support'));
  }
  folders.push('/etc');
  return folders.map((folder) => ({
    path: join(folder, 'safelight', 'config.toml'),
    named: false,
  }));
}

/**
 * The folder of ledger, logs and control socket: --state-dir, $SAFELIGHT_STATE_DIR, $STATE_DIRECTORY (systemd),
 * $XDG_STATE_HOME/safelight, then /var/lib/safelight for root and ~/.local/state/safelight for everybody else.
 * Absolute; not made here.
 */
export function stateFolder(facts: PlatformFacts): string {
  const named = facts.flag ?? given(facts, 'SAFELIGHT_STATE_DIR');
  if (named !== undefined) return resolve(named);
  // systemd separates several folders by colons; ours is the first.
  const fromSystemd = given(facts, 'STATE_DIRECTORY')?.split(':', 1)[0];
  if (fromSystemd !== undefined && isAbsolute(fromSystemd)) return fromSystemd;
  const xdg = absolute(facts, 'XDG_STATE_HOME');
  if (xdg !== undefined) return join(xdg, 'safelight');
  const uid = facts.uid ?? process.getuid?.();
  if (uid === 0) return '/var/lib/safelight';
  return join(facts.home ?? homedir(), '.local', 'state', 'safelight');
}

/** The kernel takes 107 bytes on Linux and 103 on macOS; some are kept free for the name used while opening. */
const MAX_SOCKET_PATH_BYTES = 100;

/**
 * The control socket of a state folder: in it, unless the path would be too long for a socket; then in a folder of
 * its own below the system's temporary folder, which has to belong to us (see control-socket).
 */
export function controlSocketPath(state: string, temporary: string = tmpdir()): string {
  const inside = join(state, 'control.sock');
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return inside;
  return join(temporary, `safelight-${shortDigest(state)}`, 'control.sock');
}

/** An empty variable counts as unset, as everywhere. */
function given(facts: PlatformFacts, name: string): string | undefined {
  const value = facts.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** The XDG rules say that a relative path there is to be ignored. */
function absolute(facts: PlatformFacts, name: string): string | undefined {
  const value = given(facts, name);
  return value !== undefined && isAbsolute(value) ? value : undefined;
}
