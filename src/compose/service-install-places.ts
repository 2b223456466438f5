/** Which files make safelight a service of a machine or of a session, and where they go; as in scripts/lib/places.sh. */
import { join } from 'node:path';

export type ServiceScope = 'user' | 'system';

/** What is asked of the machine before anything is planned. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The node that runs this, and the program's own folder. */
  readonly node: string;
  readonly program: string;
  /** Put before every path that is written; empty but in tests. */
  readonly root: string;
}

export interface ServiceFile {
  /** Below the program's folder. */
  readonly source: string;
  readonly target: string;
}

export interface ServicePlaces {
  readonly kind: 'system' | 'user' | 'mac';
  readonly unit: ServiceFile;
  /** Of a system service only. */
  readonly more: readonly ServiceFile[];
  /** The command that scripts/install.sh writes; the unit starts it where it is there. */
  readonly command: string;
  readonly config: string;
  readonly log?: string;
}

export const UNIT_NAME = 'safelight.service';
export const AGENT_NAME = 'org.safelight.agent';

/** A session's own service by default, a machine's for root; macOS has only those of sessions. */
export function scopeFor(machine: Machine, asked: ServiceScope | undefined): ServiceScope {
  if (machine.platform === 'darwin') return 'user';
  return asked ?? (machine.uid === 0 ? 'system' : 'user');
}

export function placesFor(machine: Machine, scope: ServiceScope): ServicePlaces {
  const { root, home, env } = machine;
  if (machine.platform === 'darwin') {
    const support = join(root, home, 'Library/Application Support/safelight');
    return {
      kind: 'mac',
      unit: {
        source: `launchd/${AGENT_NAME}.plist`,
        target: join(root, home, `Library/LaunchAgents/${AGENT_NAME}.plist`),
      },
      more: [],
      command: join(support, 'app/dist/main.js'),
      config: join(support, 'config.toml'),
      log: join(root, home, 'Library/Logs/safelight.log'),
    };
  }
  if (scope === 'system') {
    return {
      kind: 'system',
      unit: {
        source: `systemd/${UNIT_NAME}`,
        target: join(root, '/etc/systemd/system', UNIT_NAME),
      },
      more: SYSTEM_FILES.map(({ source, target }) => ({ source, target: join(root, target) })),
      command: join(root, '/usr/local/bin/safelight'),
      config: join(root, '/etc/safelight/config.toml'),
    };
  }
  const configHome = env['XDG_CONFIG_HOME'] ?? '';
  const folder = join(root, configHome === '' ? join(home, '.config') : configHome);
  return {
    kind: 'user',
    unit: {
      source: `systemd/user/${UNIT_NAME}`,
      target: join(folder, 'systemd/user', UNIT_NAME),
    },
    more: [],
    command: join(root, home, '.local/bin/safelight'),
    config: join(folder, 'safelight/config.toml'),
  };
}

const SYSTEM_FILES: readonly ServiceFile[] = [
  {
    source: 'systemd/60-safelight-led.rules',
    target: '/etc/udev/rules.d/60-safelight-led.rules',
  },
  { source: 'systemd/50-safelight.rules', target: '/etc/polkit-1/rules.d/50-safelight.rules' },
  { source: 'systemd/safelight.sysusers.conf', target: '/etc/sysusers.d/safelight.conf' },
  { source: 'systemd/safelight.tmpfiles.conf', target: '/etc/tmpfiles.d/safelight.conf' },
  {
    source: 'systemd/safelight.modules-load.conf',
    target: '/etc/modules-load.d/safelight.conf',
  },
];
