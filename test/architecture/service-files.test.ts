/** The files that make a service of the program hold what was measured about running Node under them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ROOT } from './source-files.ts';
import { describeWith, output } from './tools.ts';

const scratch = mkdtempSync(join(tmpdir(), 'safelight-units-'));

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Settings of a unit, in order; a setting given twice has two values. Comments are left out. */
function settings(unit: string): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, string[]>();
  for (const line of unit.split('\n')) {
    const match = /^([A-Za-z]+)=(.*)$/.exec(line);
    if (!match) continue;
    const [, key = '', value = ''] = match;
    map.set(key, [...(map.get(key) ?? []), value]);
  }
  return map;
}

/** The unit with a program that is there, as systemd-analyze wants it. */
function runnable(path: string): string {
  const file = join(scratch, 'safelight.service');
  writeFileSync(file, read(path).replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true'));
  return file;
}

const SYSTEM = 'systemd/safelight.service';
const USER = 'systemd/user/safelight.service';

describe.each([SYSTEM, USER])('%s', (path) => {
  const unit = settings(read(path));

  test.each([
    ['Type', 'notify'],
    ['KillMode', 'mixed'],
    ['Restart', 'on-failure'],
    ['RestartPreventExitStatus', '78'],
    ['NoNewPrivileges', 'yes'],
    ['SystemCallErrorNumber', 'EPERM'],
  ])('has %s=%s', (key, value) => {
    expect(unit.get(key)).toEqual([value]);
  });

  test('is watched, and has time to stop', () => {
    expect(Number(unit.get('WatchdogSec')?.[0])).toBeGreaterThanOrEqual(30);
    expect(Number(unit.get('TimeoutStopSec')?.[0])).toBeGreaterThanOrEqual(10);
  });

  test('gives libuv threads enough for several drives', () => {
    expect(unit.get('Environment')).toContain('UV_THREADPOOL_SIZE=16');
    expect(unit.get('Environment')).toContain('MALLOC_ARENA_MAX=2');
  });

  test('allows the system calls that V8 dies without', () => {
    expect(unit.get('SystemCallFilter')?.[0]).toBe('@system-service @pkey');
  });

  test.each([
    ['MemoryDenyWriteExecute', 'V8 writes and runs code'],
    ['ProtectKernelTunables', '/sys would be read-only and the lamps dark'],
    ['ProcSubset', 'mountinfo would be hidden'],
    ['PrivateDevices', 'cards would be hidden'],
    ['PrivateNetwork', 'nothing could be sent offsite'],
    ['RequiresMountsFor', 'a missing drive would keep the service from saying so'],
  ])('does not set %s: %s', (key) => {
    expect(unit.has(key)).toBe(false);
  });

  test('makes the lamps of a killed service dark, and gives them back what they followed', () => {
    const bench = mkdtempSync(join(scratch, 'lamps-'));
    for (const lamp of ['status', 'other']) {
      mkdirSync(join(bench, 'leds', lamp), { recursive: true });
      for (const file of ['trigger', 'brightness']) {
        writeFileSync(join(bench, 'leds', lamp, file), 'as it was\n');
      }
    }
    const [line = ''] = unit.get('ExecStopPost') ?? [];
    const script = /^-\/bin\/sh -c '([^']*)'$/.exec(line)?.[1]?.replaceAll('$$', '$') ?? '';
    const argv = ['-c', script.replaceAll('/sys/class/leds', join(bench, 'leds'))];
    const env = { STATE_DIRECTORY: bench, SAFELIGHT_STATE_DIR: bench };
    // After a proper stop there is no note, and at first not even the folder.
    expect(spawnSync('/bin/sh', argv, { env, encoding: 'utf8' })).toMatchObject({ status: 0 });
    mkdirSync(join(bench, 'lamps'));
    spawnSync('/bin/sh', argv, { env });
    const text = (lamp: string, file: string): string =>
      readFileSync(join(bench, 'leds', lamp, file), 'utf8');
    expect(text('status', 'brightness')).toBe('as it was\n');
    writeFileSync(join(bench, 'lamps', 'status'), 'mmc0\nthis-boot\n');
    spawnSync('/bin/sh', argv, { env });
    expect(text('status', 'brightness')).toBe('0\n');
    expect(text('status', 'trigger')).toBe('mmc0\n');
    expect(text('other', 'trigger')).toBe('as it was\n');
  });

  test('shows how to pass a secret', () => {
    expect(read(path)).toMatch(/^#LoadCredential=/m);
  });
});

describeWith('systemd-analyze')(`${SYSTEM}, hardened`, () => {
  test('is a valid unit', () => {
    expect(output('systemd-analyze', ['verify', '--man=no', runnable(SYSTEM)])).toEqual({
      code: 0,
      text: '',
    });
  });

  test('is exposed by 2.0 at most', () => {
    const { text } = output('systemd-analyze', ['security', '--offline=true', runnable(SYSTEM)]);
    const score = /exposure level for safelight\.service: ([\d.]+)/.exec(text)?.[1];
    expect(Number(score)).toBeLessThanOrEqual(2);
  });
});

describe(`${SYSTEM}, its folders`, () => {
  test('keeps ledger and configuration to itself and its group', () => {
    const unit = settings(read(SYSTEM));
    expect(unit.get('User')).toEqual(['safelight']);
    expect(unit.get('StateDirectory')).toEqual(['safelight']);
    expect(unit.get('StateDirectoryMode')).toEqual(['0750']);
    expect(unit.get('ProtectSystem')).toEqual(['strict']);
  });
});

function udisks(name: string): string {
  return `org.freedesktop.udisks2.${name}`;
}

describe('systemd/50-safelight.rules', () => {
  type Rule = (action: { id: string }, subject: { user: string }) => string;

  function answer(id: string, user: string): string {
    const rules: Rule[] = [];
    const polkit = {
      addRule: (rule: Rule) => rules.push(rule),
      Result: { YES: 'yes', NOT_HANDLED: 'not handled' },
    };
    runInNewContext(read('systemd/50-safelight.rules'), { polkit });
    expect(rules).toHaveLength(1);
    return rules[0]?.({ id }, { user }) ?? '';
  }

  test.each([
    'filesystem-mount',
    'filesystem-mount-system',
    'filesystem-mount-other-seat',
    'filesystem-unmount-others',
    'eject-media',
    'eject-media-system',
    'eject-media-other-seat',
    'power-off-drive',
    'power-off-drive-system',
    'power-off-drive-other-seat',
  ])('allows %s', (name) => {
    expect(answer(udisks(name), 'safelight')).toBe('yes');
  });

  test.each([
    'filesystem-fstab',
    'filesystem-take-ownership',
    'modify-device',
    'modify-device-system',
    'open-device',
    'encrypted-unlock',
    'loop-setup',
    'manage-swapspace',
    'power-off-drive-elsewhere',
  ])('says nothing about %s', (name) => {
    expect(answer(udisks(name), 'safelight')).toBe('not handled');
  });

  test('says nothing about other users', () => {
    expect(answer(udisks('filesystem-mount'), 'root')).toBe('not handled');
  });
});

describe('systemd/60-safelight-led.rules', () => {
  const rules = read('systemd/60-safelight-led.rules')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  test('every rule has closed quotes and a place to apply', () => {
    expect(rules).toHaveLength(2);
    for (const rule of rules) {
      expect(rule.split('"').length % 2).toBe(1);
      expect(rule).toMatch(/^SUBSYSTEM=="(leds|hidraw)", /);
    }
  });

  test('is handled again when a trigger brings new files', () => {
    expect(rules[0]).toContain('ACTION=="add|change"');
    for (const file of ['brightness', 'trigger', 'pattern', 'repeat']) {
      expect(rules[0]).toContain(file);
    }
  });

  test('hands over the files of a lamp and survives those that are not there', () => {
    // As udev would run it, on a folder, with a group that is there.
    const command = /RUN\+="\/bin\/sh -c '(.*)'"/.exec(rules[0] ?? '')?.[1] ?? '';
    const lamp = mkdtempSync(join(scratch, 'lamp-'));
    writeFileSync(join(lamp, 'brightness'), '0', { mode: 0o644 });
    writeFileSync(join(lamp, 'trigger'), 'none', { mode: 0o644 });
    writeFileSync(join(lamp, 'uevent'), '', { mode: 0o644 });
    const group = output('id', ['-gn']).text.trim();
    const script = command
      .replaceAll('$$', '$')
      .replace('/sys%p', lamp)
      .replace('chgrp safelight', `chgrp ${group}`);
    expect(output('sh', ['-c', script])).toEqual({ code: 0, text: '' });
    const mode = (file: string): string => (statSync(join(lamp, file)).mode & 0o777).toString(8);
    expect([mode('brightness'), mode('trigger'), mode('uevent')]).toEqual(['664', '664', '644']);
  });
});

describeWith('python3')('launchd/org.safelight.agent.plist', () => {
  const path = 'launchd/org.safelight.agent.plist';

  test('is a property list with what was decided', () => {
    const program =
      'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    const { code, text } = output('python3', ['-c', program, join(ROOT, path)]);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      Label: 'org.safelight.agent',
      ProgramArguments: [
        '@HOME@/Library/Application Support/safelight/node',
        '@HOME@/Library/Application Support/safelight/app/dist/main.js',
        'daemon',
      ],
      EnvironmentVariables: { UV_THREADPOOL_SIZE: '16' },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 30,
      ProcessType: 'Standard',
      LimitLoadToSessionType: 'Aqua',
    });
  });

  test('a broken list would be refused', () => {
    const broken = join(scratch, 'broken.plist');
    writeFileSync(broken, read(path).replace('<true/>', '<yes/>'));
    const program = 'import plistlib, sys; plistlib.load(open(sys.argv[1], "rb"))';
    expect(output('python3', ['-c', program, broken]).code).not.toBe(0);
  });
});
