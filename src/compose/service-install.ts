/** `safelight service install` and `uninstall`: the steps, from what the machine is like. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AGENT_NAME,
  type Machine,
  placesFor,
  type ServicePlaces,
  type ServiceScope,
  UNIT_NAME,
} from './service-install-places.ts';
import type { Step } from './service-install-steps.ts';

/** What must not be done, with the reason. */
export type Refusal = { readonly sentence: string; readonly hint: string };

/** Why these rights are not enough; undefined when they are. */
export function whyNot(machine: Machine, scope: ServiceScope, task: string): Refusal | undefined {
  if (scope === 'user' || machine.uid === 0 || machine.root !== '') return undefined;
  return {
    sentence: 'A service of the whole machine can only be changed by root.',
    hint: `Run "sudo safelight service ${task} --system", or leave --system out for a service of your session.`,
  };
}

/** Writes what differs and starts the service afresh. Configuration, ledger and pictures are never touched. */
export function installSteps(machine: Machine, scope: ServiceScope): readonly Step[] | Refusal {
  const places = placesFor(machine, scope);
  if (scope === 'system' && !existsSync(places.command) && isHidden(machine)) {
    return {
      sentence: `The program lies in ${machine.program} and runs by ${machine.node}: a system service cannot reach into somebody's home.`,
      hint: 'Install both for the whole machine (scripts/install.sh --system does), or use "safelight service install --user".',
    };
  }
  const files = [places.unit, ...places.more].map(({ source, target }): Step => {
    const text = readFileSync(join(machine.program, source), 'utf8');
    const content = source === places.unit.source ? unitText(machine, places, text) : text;
    return { kind: 'write', path: target, content, mode: 0o644 };
  });
  return [...nodeCopy(machine, places), ...files, ...prepare(places), ...start(machine, places)];
}

/** Stops the service and takes away what `install` wrote. What people own stays, and so does the program. */
export function uninstallSteps(machine: Machine, scope: ServiceScope): readonly Step[] {
  const places = placesFor(machine, scope);
  const { target } = places.unit;
  const stop = existsSync(target) ? stopSteps(machine, places) : [];
  const files = [target, ...places.more.map((file) => file.target)];
  const reload =
    existsSync(target) && places.kind !== 'mac' ? [systemctl(places, 'daemon-reload')] : [];
  return [
    ...stop,
    ...files.map((path): Step => ({ kind: 'remove', path })),
    ...reload,
    {
      kind: 'say',
      sentence: `Kept: the configuration in ${dirname(places.config)}, the ledger, the program, and everything on your drives.`,
    },
  ];
}

/** systemctl, for this scope. */
export function systemctlArgs({ kind }: ServicePlaces, ...rest: string[]): [string, ...string[]] {
  return ['systemctl', ...(kind === 'user' ? ['--user'] : []), ...rest];
}

function systemctl(places: ServicePlaces, ...rest: string[]): Step {
  return { kind: 'run', argv: systemctlArgs(places, ...rest), needed: true };
}

/** Folders that the hardened unit does not see. */
function isHidden({ node, program }: Machine): boolean {
  return [node, program].some((path) => /^\/(home|root|run\/user)\//.test(path));
}

/** The unit as shipped where the installed command is there; else it starts the program that is running now. */
function unitText(machine: Machine, places: ServicePlaces, text: string): string {
  const main = join(machine.program, 'dist/main.js');
  if (places.kind === 'mac') {
    const own = text.replaceAll('@HOME@', machine.home);
    const shipped = join(machine.home, 'Library/Application Support/safelight/app/dist/main.js');
    return existsSync(places.command) ? own : own.replace(shipped, xmlText(main));
  }
  if (existsSync(places.command)) return text;
  const line = `ExecStart=${unitWord(machine.node)} ${unitWord(main)} daemon`;
  return text.replace(/^ExecStart=.*$/m, () => line);
}

/** One word of a command line in a unit (systemd.service(5)): quoted, with its own characters doubled. */
function unitWord(path: string): string {
  return `"${path.replace(/["\\]/g, String.raw`\$&`).replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** macOS grants access to cards to one program at one path: a shared node would lose it at its next upgrade. */
function nodeCopy({ node }: Machine, { kind, config }: ServicePlaces): readonly Step[] {
  if (kind !== 'mac') return [];
  const path = join(dirname(config), 'node');
  return [{ kind: 'write', path, content: readFileSync(node), mode: 0o755 }];
}

function prepare({ kind, more }: ServicePlaces): readonly Step[] {
  if (kind !== 'system') return [];
  const target = (name: string): string =>
    more.find((file) => file.source.endsWith(name))?.target ?? '';
  const changed = ['--action=change', '--subsystem-match=leds', '--subsystem-match=hidraw'];
  return [
    { kind: 'run', argv: ['systemd-sysusers', target('sysusers.conf')], needed: true },
    { kind: 'run', argv: ['systemd-tmpfiles', '--create', target('tmpfiles.conf')], needed: true },
    // The line of modules-load.d counts from the next boot on; a kernel without it can do without it.
    { kind: 'run', argv: ['modprobe', 'ledtrig_pattern'], needed: false },
    { kind: 'run', argv: ['udevadm', 'control', '--reload'], needed: false },
    { kind: 'run', argv: ['udevadm', 'trigger', ...changed], needed: false },
  ];
}

/** Starting without a configuration would only fail. */
function start(machine: Machine, places: ServicePlaces): readonly Step[] {
  const { kind, config, unit } = places;
  const configured = existsSync(config);
  const later: Step = {
    kind: 'say',
    sentence: `Not started yet: there is no ${config}. Write it with "safelight setup" and run this again.`,
  };
  if (kind === 'mac') {
    const domain = domainOf(machine);
    // What ran before may be of an older program; when nothing ran, there is nothing to boot out.
    const out: Step = {
      kind: 'run',
      argv: ['launchctl', 'bootout', `${domain}/${AGENT_NAME}`],
      needed: false,
    };
    const load: Step = {
      kind: 'run',
      argv: ['launchctl', 'bootstrap', domain, unit.target],
      needed: true,
    };
    return configured ? [out, load] : [later];
  }
  return [
    systemctl(places, 'daemon-reload'),
    systemctl(places, 'enable', UNIT_NAME),
    configured ? systemctl(places, 'restart', UNIT_NAME) : later,
  ];
}

function stopSteps(machine: Machine, places: ServicePlaces): readonly Step[] {
  if (places.kind !== 'mac') {
    // A unit that systemd does not know, or no systemd at all: it does not run then.
    const argv = systemctlArgs(places, 'disable', '--now', UNIT_NAME);
    return [{ kind: 'run', argv, needed: false }];
  }
  const argv = ['launchctl', 'bootout', `${domainOf(machine)}/${AGENT_NAME}`] as const;
  return [{ kind: 'run', argv, needed: false }];
}

/** The graphical session of this user, as launchctl names it. */
export function domainOf({ uid }: Machine): string {
  return `gui/${uid}`;
}
