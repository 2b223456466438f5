/** `safelight service` on a machine below a folder, with tools that only note what they are asked. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServiceRequest } from '../../../src/cli/services.ts';
import type { Machine } from '../../../src/compose/service-install-places.ts';
import { tendService } from '../../../src/compose/service-tending.ts';
import { ExecError, type runProgram } from '../../../src/platform/exec.ts';
import { ROOT } from '../../architecture/source-files.ts';

let root: string;
let ran: string[];
/** What a tool prints, or how it fails; by the beginning of its command line. */
let answers: Record<string, { readonly stdout: string } | ExecError>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'safelight-machine-'));
  ran = [];
  answers = {};
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const run: typeof runProgram = async (file, args) => {
  const line = [file, ...args].join(' ');
  ran.push(line);
  const known = Object.entries(answers).find(([begin]) => line.startsWith(begin))?.[1];
  if (known instanceof ExecError) throw known;
  return { exitCode: 0, stdout: known?.stdout ?? '', stderr: '' };
};

function failing(code: 'failed' | 'not-found', file: string): ExecError {
  return new ExecError(code, `${file} did not work.`, { file, stdout: '', stderr: '' });
}

function tend(task: ServiceRequest['task'], more: Partial<ServiceRequest & Machine> = {}) {
  const { scope, dryRun = false, lines = 100, ...facts } = more;
  const machine: Machine = {
    platform: 'linux',
    uid: 1000,
    home: '/home/anna',
    env: {},
    node: '/usr/bin/node',
    program: ROOT,
    root,
    ...facts,
  };
  const request = { task, dryRun, lines, ...(scope === undefined ? {} : { scope }) };
  return tendService(machine, request, { run, signal: new AbortController().signal });
}

function put(path: string, text = ''): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

const UNIT = '/home/anna/.config/systemd/user/safelight.service';
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('a service of the session', () => {
  it('is written, enabled, and started when there is a configuration', async () => {
    put('/home/anna/.config/safelight/config.toml');
    const answer = await tend('install');
    expect(answer).toMatchObject({
      ok: true,
      scope: 'user',
      sentence: 'The service is installed.',
    });
    expect(ran).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable safelight.service',
      'systemctl --user restart safelight.service',
    ]);
    const main = join(ROOT, 'dist/main.js');
    expect(text(UNIT)).toContain(`\nExecStart="/usr/bin/node" "${main}" daemon\n`);
  });

  it('waits for a configuration', async () => {
    const { lines } = await tend('install');
    expect(lines.at(-1)).toContain('Not started yet');
    expect(ran.join('\n')).not.toContain('restart');
  });

  it('starts the installed command where it is there', async () => {
    put('/home/anna/.local/bin/safelight');
    await tend('install');
    expect(text(UNIT)).toBe(readFileSync(join(ROOT, 'systemd/user/safelight.service'), 'utf8'));
  });

  it('quotes what systemd would take for its own', async () => {
    await tend('install', { node: '/opt/50% "off"/$node' });
    expect(text(UNIT)).toContain(String.raw`ExecStart="/opt/50%% \"off\"/$$node" `);
  });

  it('can be installed twice: the second time nothing is written', async () => {
    await tend('install');
    const { lines } = await tend('install');
    expect(lines.filter((line) => line.startsWith('written'))).toEqual([]);
  });

  it('is only told about with --dry-run', async () => {
    const { lines, sentence } = await tend('install', { dryRun: true });
    expect(lines[0]).toBe(`would write ${join(root, UNIT)}`);
    expect(sentence).toContain('Nothing was changed');
    expect(ran).toEqual([]);
    expect(readdirSync(root)).toEqual([]);
  });

  it('goes without touching what people own', async () => {
    const mine = [
      put('/home/anna/.config/safelight/config.toml', 'mine'),
      put('/home/anna/.local/state/safelight/ledger.db', 'mine'),
    ];
    await tend('install');
    ran = [];
    expect(await tend('uninstall')).toMatchObject({
      ok: true,
      sentence: 'The service is removed.',
    });
    expect(ran).toEqual([
      'systemctl --user disable --now safelight.service',
      'systemctl --user daemon-reload',
    ]);
    expect(existsSync(join(root, UNIT))).toBe(false);
    for (const path of mine) expect(readFileSync(path, 'utf8')).toBe('mine');
    ran = [];
    expect(await tend('uninstall')).toMatchObject({ ok: true });
    expect(ran).toEqual([]);
  });

  it('tells which step did not work', async () => {
    answers['systemctl --user enable'] = failing('failed', 'systemctl');
    expect(await tend('install')).toMatchObject({
      ok: false,
      sentence: 'systemctl did not work (systemctl --user enable safelight.service).',
      lines: [`written: ${join(root, UNIT)}`, 'run: systemctl --user daemon-reload'],
    });
  });
});

describe('a service of the machine', () => {
  const system = { scope: 'system', uid: 0, program: ROOT } as const;
  const FILES = [
    '/etc/systemd/system/safelight.service',
    '/etc/udev/rules.d/60-safelight-led.rules',
    '/etc/polkit-1/rules.d/50-safelight.rules',
    '/etc/sysusers.d/safelight.conf',
    '/etc/tmpfiles.d/safelight.conf',
    '/etc/modules-load.d/safelight.conf',
  ];

  it('brings its user, folders and rules', async () => {
    put('/usr/local/bin/safelight');
    put('/etc/safelight/config.toml');
    expect(await tend('install', system)).toMatchObject({ ok: true, scope: 'system' });
    for (const path of FILES) expect(existsSync(join(root, path))).toBe(true);
    expect(ran).toEqual([
      `systemd-sysusers ${join(root, '/etc/sysusers.d/safelight.conf')}`,
      `systemd-tmpfiles --create ${join(root, '/etc/tmpfiles.d/safelight.conf')}`,
      'modprobe ledtrig_pattern',
      'udevadm control --reload',
      'udevadm trigger --action=change --subsystem-match=leds --subsystem-match=hidraw',
      'systemctl daemon-reload',
      'systemctl enable safelight.service',
      'systemctl restart safelight.service',
    ]);
    await tend('uninstall', system);
    for (const path of FILES) expect(existsSync(join(root, path))).toBe(false);
  });

  it('is what root gets who asks for nothing else', async () => {
    put('/usr/local/bin/safelight');
    expect(await tend('install', { uid: 0, dryRun: true })).toMatchObject({ scope: 'system' });
  });

  it('needs root', async () => {
    const answer = await tend('install', { scope: 'system', root: '', dryRun: false });
    expect(answer).toMatchObject({ ok: false, hint: expect.stringContaining('sudo') });
    expect(ran).toEqual([]);
  });

  it('cannot run a program in a home folder', async () => {
    const answer = await tend('install', { ...system, node: '/root/.nvm/bin/node' });
    expect(answer).toMatchObject({ ok: false, sentence: expect.stringContaining('home') });
    expect(readdirSync(root)).toEqual([]);
  });

  it('does without what is not there, but not without its user', async () => {
    put('/usr/local/bin/safelight');
    answers['udevadm'] = failing('not-found', 'udevadm');
    const { ok, lines } = await tend('install', system);
    expect(ok).toBe(true);
    expect(lines).toContain('not done (udevadm did not work): udevadm control --reload');
    answers['systemd-sysusers'] = failing('failed', 'systemd-sysusers');
    expect(await tend('install', system)).toMatchObject({ ok: false });
  });
});

/** What "systemctl show" prints. */
const properties = (active: string, more = ''): { readonly stdout: string } => ({
  stdout: `ActiveState=${active}\nMainPID=4711\n${more}`,
});

describe('status', () => {
  it('is not installed where there is no unit', async () => {
    expect(await tend('status')).toMatchObject({
      ok: false,
      sentence: expect.stringContaining('not installed'),
      hint: expect.stringContaining('service install'),
    });
    expect(ran).toEqual([]);
  });

  it('says what the service says of itself', async () => {
    put(UNIT);
    answers['systemctl --user show'] = properties('active', 'StatusText=1 card: A003 safe\n');
    expect(await tend('status')).toMatchObject({
      ok: true,
      sentence: 'The service of this session is running (process 4711): 1 card: A003 safe.',
    });
  });

  it('says why it failed', async () => {
    put(UNIT);
    answers['systemctl --user show'] = properties('failed', 'Result=exit-code\n');
    expect(await tend('status')).toMatchObject({
      ok: false,
      sentence: 'The service of this session is installed but not running: failed (exit-code).',
      hint: expect.stringContaining('systemctl --user start safelight'),
    });
  });

  it('looks at the one that is installed', async () => {
    put('/etc/systemd/system/safelight.service');
    answers['systemctl show'] = properties('active');
    expect(await tend('status')).toMatchObject({ ok: true, scope: 'system' });
    expect(await tend('status', { scope: 'user' })).toMatchObject({ ok: false, scope: 'user' });
  });

  it('knows of machines without systemd', async () => {
    put(UNIT);
    answers['systemctl'] = failing('not-found', 'systemctl');
    const sentence = expect.stringContaining('no systemd');
    expect(await tend('status')).toMatchObject({ ok: false, sentence });
  });
});

describe('logs', () => {
  it.each([
    ['user', '--user-unit'],
    ['system', '--unit'],
  ] as const)('of the %s service come from the journal', async (scope, option) => {
    answers['journalctl'] = { stdout: 'one\ntwo\n' };
    expect(await tend('logs', { scope, lines: 2 })).toMatchObject({ lines: ['one', 'two'] });
    expect(ran).toEqual([
      `journalctl ${option} safelight.service --lines 2 --no-pager --output short-iso`,
    ]);
  });
});

describe('on a Mac (not run on one yet)', () => {
  const mac = { platform: 'darwin', uid: 501, home: '/Users/anna' } as const;
  const AGENT = '/Users/anna/Library/LaunchAgents/org.safelight.agent.plist';

  it('is an agent of the session with a node of its own', async () => {
    const node = put('/opt/homebrew/bin/node', 'a node');
    put('/Users/anna/Library/Application Support/safelight/config.toml');
    expect(await tend('install', { ...mac, node })).toMatchObject({ ok: true });
    expect(text('/Users/anna/Library/Application Support/safelight/node')).toBe('a node');
    expect(text(AGENT)).toContain(`<string>${join(ROOT, 'dist/main.js')}</string>`);
    expect(text(AGENT)).not.toContain('@HOME@');
    expect(ran).toEqual([
      'launchctl bootout gui/501/org.safelight.agent',
      `launchctl bootstrap gui/501 ${join(root, AGENT)}`,
    ]);
  });

  it('has no service of the machine', async () => {
    expect(await tend('install', { ...mac, scope: 'system' })).toMatchObject({ ok: false });
  });

  it('tells whether it runs, and shows its log', async () => {
    put(AGENT);
    answers['launchctl print'] = { stdout: '{\n\tpid = 77\n}\n' };
    expect(await tend('status', mac)).toMatchObject({
      ok: true,
      sentence: expect.stringContaining('process 77'),
    });
    answers['launchctl print'] = { stdout: '{\n\tstate = not running\n}\n' };
    expect(await tend('status', mac)).toMatchObject({ ok: false });
    await tend('logs', { ...mac, lines: 5 });
    expect(ran.at(-1)).toBe(`tail -n 5 ${join(root, '/Users/anna/Library/Logs/safelight.log')}`);
  });
});
