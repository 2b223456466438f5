/** `safelight service status` and `logs`: what systemd or launchd say. */
import { existsSync } from 'node:fs';
import { ExecError, type runProgram } from '../platform/exec.ts';
import { domainOf, systemctlArgs } from './service-install.ts';
import {
  AGENT_NAME,
  type Machine,
  placesFor,
  type ServicePlaces,
  type ServiceScope,
  UNIT_NAME,
} from './service-install-places.ts';

export interface Looking {
  readonly run: typeof runProgram;
  readonly signal: AbortSignal;
}

export interface ServiceState {
  readonly running: boolean;
  readonly sentence: string;
  /** Undefined when all is well. */
  readonly hint?: string;
}

const TIMEOUT_MS = 20_000;
const PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState,MainPID,StatusText,Result';

/** Where nothing was asked for, the one that is installed. */
export function installedScope(machine: Machine, scope: ServiceScope): ServiceScope {
  if (machine.platform === 'darwin') return scope;
  const other = scope === 'user' ? 'system' : 'user';
  const isThere = (one: ServiceScope): boolean => existsSync(placesFor(machine, one).unit.target);
  return !isThere(scope) && isThere(other) ? other : scope;
}

/** @throws ExecError when systemd or launchd cannot be asked */
export async function serviceState(
  machine: Machine,
  scope: ServiceScope,
  looking: Looking,
): Promise<ServiceState> {
  const places = placesFor(machine, scope);
  if (!existsSync(places.unit.target)) {
    return {
      running: false,
      sentence: `The ${nameOf(places)} is not installed: there is no ${places.unit.target}.`,
      hint: `Install it with "safelight service install${scope === 'system' ? ' --system' : ''}".`,
    };
  }
  return places.kind === 'mac' ? agentState(machine, looking) : unitState(places, looking);
}

async function unitState(places: ServicePlaces, { run, signal }: Looking): Promise<ServiceState> {
  const [file, ...args] = systemctlArgs(places, 'show', UNIT_NAME, '--property', PROPERTIES);
  const { stdout } = await run(file, args, { signal, timeoutMs: TIMEOUT_MS });
  const facts = new Map(
    stdout.split('\n').map((line) => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals), line.slice(equals + 1)] as const;
    }),
  );
  const active = facts.get('ActiveState') ?? 'unknown';
  const told = facts.get('StatusText') ?? '';
  if (active === 'active') {
    const said = told === '' ? '' : `: ${told}`;
    return {
      running: true,
      sentence: `The ${nameOf(places)} is running (process ${facts.get('MainPID') ?? '?'})${said}.`,
    };
  }
  const result = facts.get('Result') ?? '';
  const why = active === 'failed' && result !== '' ? ` (${result})` : '';
  return {
    running: false,
    sentence: `The ${nameOf(places)} is installed but not running: ${active}${why}.`,
    hint: `Start it with "${systemctlArgs(places, 'start', 'safelight').join(' ')}"; "safelight service logs" tells why it ended.`,
  };
}

async function agentState(machine: Machine, { run, signal }: Looking): Promise<ServiceState> {
  const name = `${domainOf(machine)}/${AGENT_NAME}`;
  // 113: launchd does not know it.
  const { exitCode, stdout } = await run('launchctl', ['print', name], {
    signal,
    timeoutMs: TIMEOUT_MS,
    answerCodes: [0, 113],
  });
  const pid = /^\s*pid = (\d+)$/m.exec(stdout)?.[1];
  if (exitCode === 0 && pid !== undefined) {
    return { running: true, sentence: `The service of this session is running (process ${pid}).` };
  }
  return {
    running: false,
    sentence: 'The service of this session is installed but not running.',
    hint: `Start it with "launchctl kickstart ${name}"; "safelight service logs" tells why it ended.`,
  };
}

/** The newest lines of the service's log, oldest first. @throws ExecError */
export async function serviceLog(
  machine: Machine,
  { scope, lines }: { readonly scope: ServiceScope; readonly lines: number },
  { run, signal }: Looking,
): Promise<readonly string[]> {
  const places = placesFor(machine, scope);
  const count = String(lines);
  const unit = places.kind === 'user' ? '--user-unit' : '--unit';
  const [file, ...args]: [string, ...string[]] =
    places.log === undefined
      ? ['journalctl', unit, UNIT_NAME, '--lines', count, '--no-pager', '--output', 'short-iso']
      : ['tail', '-n', count, places.log];
  const { stdout } = await run(file, args, { signal, timeoutMs: TIMEOUT_MS });
  return stdout.split('\n').filter((line) => line !== '');
}

/** Whether systemd or launchd is not there at all, which is an answer of its own. */
export function isNotThere(error: unknown): boolean {
  return error instanceof ExecError && error.code === 'not-found';
}

function nameOf({ kind }: ServicePlaces): string {
  return kind === 'system' ? 'system service' : 'service of this session';
}
