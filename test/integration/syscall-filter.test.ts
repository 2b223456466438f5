/** Every system call that the service makes on a card's way to safe is one that its unit allows. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from '../architecture/source-files.ts';
import { canMountLoops, MAIN, Studio } from '../support/studio.ts';

const tools = ['strace', 'systemd-analyze'].filter(
  (program) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status !== 0,
);
const possible = canMountLoops() && tools.length === 0;
if (!possible) {
  process.stderr.write('Needs root, loop devices, strace and systemd-analyze: skipped.\n');
}

/** The sets of systemd, each with what it names: system calls and other sets. */
function systemdSets(): ReadonlyMap<string, readonly string[]> {
  const text = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager'], {
    encoding: 'utf8',
  });
  const sets = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of text.split('\n')) {
    const word = line.trim();
    if (line.startsWith('@')) {
      members = [];
      sets.set(word, members);
    } else if (word !== '' && !word.startsWith('#')) {
      members.push(word);
    }
  }
  return sets;
}

function expand(names: readonly string[], sets: ReadonlyMap<string, readonly string[]>): string[] {
  return names.flatMap((name) =>
    name.startsWith('@') ? expand(sets.get(name) ?? [], sets) : [name],
  );
}

/** What the unit's SystemCallFilter= lines leave, applied in their order. */
function allowedBy(unit: string): ReadonlySet<string> {
  const sets = systemdSets();
  const allowed = new Set(expand(['@default'], sets));
  for (const [, not, list = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const call of expand(list.split(' '), sets)) {
      if (not === '~') allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

/** The calls named in a summary of strace, those that did not work included. */
function callsIn(summary: string): string[] {
  return readFileSync(summary, 'utf8')
    .split('\n')
    .filter((line) => /^\s*[\d.]+\s+[\d.]+/.test(line))
    .map((line) => line.trim().split(/\s+/).at(-1) ?? '')
    .filter((call) => call !== 'total');
}

// As root SQLite gives its files to the folder's owner; the service is not root and does not ask.
const ONLY_AS_ROOT = new Set(['fchown']);

(possible ? describe : describe.skip)('the system call filter', () => {
  let studio: Studio;

  beforeAll(() => {
    studio = new Studio({ driveMiB: 64 });
  });

  afterAll(async () => {
    await studio.close();
  });

  test('lets a card become safe', async () => {
    const starting = join(studio.folder, 'starting.txt');
    const working = join(studio.folder, 'working.txt');
    const summary = ['-f', '-qq', '-c', '-o'];
    const args = [MAIN, 'check', '--config', studio.config, '--state-dir', studio.state];
    spawnSync('strace', [...summary, starting, process.execPath, ...args]);

    await studio.start();
    const tracer = spawn('strace', [...summary, working, '-p', String(studio.servicePid)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const traced = new Promise((done) => tracer.once('exit', done));
    const card = join(studio.folder, 'made', 'A001');
    const making = [join(ROOT, 'scripts/make-card.mjs'), card, '--frames', '2', '--raw-mb', '1'];
    execFileSync(process.execPath, making);
    await studio.insert(card);
    await studio.untilSafe('A001');
    expect(await studio.stop()).toBe(0);
    await traced;

    const used = new Set([...callsIn(starting), ...callsIn(working)]);
    // It was really traced: these are what a copy is made of.
    expect([...used]).toEqual(expect.arrayContaining(['pwrite64', 'fsync', 'openat', 'execve']));
    const allowed = allowedBy(readFileSync(join(ROOT, 'systemd/safelight.service'), 'utf8'));
    const refused = [...used].filter((call) => !allowed.has(call) && !ONLY_AS_ROOT.has(call));
    expect(refused).toEqual([]);
  }, 240_000);

  test('would refuse what a card never needs', () => {
    const allowed = allowedBy(readFileSync(join(ROOT, 'systemd/safelight.service'), 'utf8'));
    expect(allowed.has('openat')).toBe(true);
    expect(allowed.has('mincore')).toBe(true);
    for (const call of ['mount', 'reboot', 'init_module', 'setuid', 'ptrace', 'bpf']) {
      expect(allowed.has(call)).toBe(false);
    }
  });
});
