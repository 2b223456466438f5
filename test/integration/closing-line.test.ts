/** `scripts/test` ends with one true line, whatever goes wrong before it. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../architecture/source-files.ts';

let checkout = '';

/** A checkout with stand-ins for every program that scripts/test calls; all of them are content. */
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'safelight-closing-'));
  for (const folder of ['bin', 'dist', 'src', 'node_modules', 'test', '.ci']) {
    mkdirSync(join(checkout, folder));
  }
  cpSync(join(ROOT, 'scripts'), join(checkout, 'scripts'), { recursive: true });
  for (const name of [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    cpSync(join(ROOT, name), join(checkout, name));
  }
  spawnSync(process.execPath, ['scripts/lib/packages-current.mjs', '--stamp'], { cwd: checkout });
  writeFileSync(join(checkout, 'dist/main.js'), '');
  writeFileSync(join(checkout, 'dist/.built'), '');
  standIn('dpkg-query', 'echo ii');
  standIn('npm', 'exit 0');
  // A machine on which guests can run, with one that is built.
  standIn('id', 'echo 0');
  standIn('losetup', 'exit 0');
  standIn('qemu-system-x86_64', 'exit 0');
  mkdirSync(join(checkout, '.cache/vm'), { recursive: true });
  writeFileSync(join(checkout, '.cache/vm/root.raw'), '');
  standIn('shellcheck', 'exit 0');
  standIn('npx', 'echo "10 0 0" >>"$SAFELIGHT_TEST_SUM"');
});

afterEach(() => {
  rmSync(checkout, { recursive: true, force: true });
});

function standIn(name: string, script: string): void {
  writeFileSync(join(checkout, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(checkout, 'bin', name), 0o755);
}

function closing(guest = ''): { code: number | null; lines: string[] } {
  const path = `${join(checkout, 'bin')}:${process.env['PATH']}`;
  const env = { ...process.env, PATH: path, SAFELIGHT_TEST_GUEST: guest };
  const { status, stdout } = spawnSync(join(checkout, 'scripts/test'), [], {
    cwd: checkout,
    env,
    encoding: 'utf8',
  });
  return { code: status, lines: stdout.trimEnd().split('\n').slice(-1) };
}

describe('scripts/test', () => {
  test('sums up all projects and the checks of its own', () => {
    expect(closing()).toEqual({ code: 0, lines: ['36 passed, 0 failed'] });
  });

  test('counts the guest as skipped when it is left out', () => {
    expect(closing('0')).toEqual({ code: 0, lines: ['26 passed, 0 failed, 1 skipped'] });
  });

  test('tells what was skipped', () => {
    standIn('npx', 'echo "10 0 2" >>"$SAFELIGHT_TEST_SUM"');
    expect(closing()).toEqual({ code: 0, lines: ['36 passed, 0 failed, 6 skipped'] });
  });

  test('tells that the guest was skipped where it cannot run', () => {
    standIn('losetup', 'exit 1');
    expect(closing()).toEqual({ code: 0, lines: ['26 passed, 0 failed, 1 skipped'] });
  });

  test('counts a failing test', () => {
    standIn('npx', 'echo "9 1 0" >>"$SAFELIGHT_TEST_SUM"; exit 1');
    expect(closing()).toEqual({ code: 1, lines: ['33 passed, 3 failed'] });
  });

  test('counts a failing check and goes on', () => {
    standIn('npm', 'test "$3" != lint');
    expect(closing()).toEqual({ code: 1, lines: ['35 passed, 1 failed'] });
  });

  test('counts a run of tests that ended without a word', () => {
    standIn('npx', 'exit 137');
    expect(closing()).toEqual({ code: 1, lines: ['6 passed, 3 failed'] });
  });

  test('counts a run that failed although no test did', () => {
    standIn('npx', 'echo "10 0 0" >>"$SAFELIGHT_TEST_SUM"; exit 1');
    expect(closing()).toEqual({ code: 1, lines: ['36 passed, 3 failed'] });
  });

  test('runs every part of "npm run check"', () => {
    const script = readFileSync(join(ROOT, 'scripts/test'), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { check: string };
    };
    const parts = [...scripts.check.matchAll(/npm run -s ([\w:]+)/g)].map((match) => match[1]);
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) {
      const called =
        part === 'test:unit' ? 'jest --selectProjects unit' : `npm run --silent ${part}`;
      expect(script).toContain(called);
    }
  });

  test('is all that continuous integration runs', () => {
    const lines = readFileSync(join(ROOT, '.ci/run'), 'utf8').trim().split('\n');
    expect(lines).toEqual(['#!/bin/sh', 'cd "$(dirname "$0")/.." && exec ./scripts/test']);
  });
});

function report(results: object, sumFile = ''): string {
  const program = `
    import Reporter from ${JSON.stringify(join(ROOT, 'test/support/closing-line-reporter.mjs'))};
    new Reporter().onRunComplete(new Set(), ${JSON.stringify(results)});`;
  const env = { ...process.env, SAFELIGHT_TEST_SUM: sumFile };
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env,
    encoding: 'utf8',
  }).stdout;
}

describe('the closing line of jest', () => {
  const results = {
    numPassedTests: 7,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };

  test('counts passed and failed', () => {
    expect(report({ ...results, numFailedTests: 2 })).toBe('\n7 passed, 2 failed\n');
  });

  test('counts skipped ones', () => {
    expect(report({ ...results, numPendingTests: 3 })).toBe('\n7 passed, 0 failed, 3 skipped\n');
  });

  test('counts a suite that could not be loaded as failed', () => {
    expect(report({ ...results, numRuntimeErrorTestSuites: 1 })).toBe('\n7 passed, 1 failed\n');
  });

  test('goes to a file when it is asked to', () => {
    const file = join(checkout, 'sum');
    expect(report({ ...results, numPendingTests: 1 }, file)).toBe('');
    expect(readFileSync(file, 'utf8')).toBe('7 0 1\n');
  });
});
