/** install.sh and uninstall.sh, run on a small stand-in for a checkout and into a folder of their own. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from '../architecture/source-files.ts';

const scratch = mkdtempSync(join(tmpdir(), 'safelight-install-'));
const checkout = join(scratch, 'checkout');
const HOME = '/home/anna';

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A checkout that counts as installed and built, but holds almost nothing. */
beforeAll(() => {
  for (const folder of ['scripts', 'systemd', 'launchd']) {
    cpSync(join(ROOT, folder), join(checkout, folder), { recursive: true });
  }
  const manifest = { name: 'safelight', version: '0.0.0' };
  const lock = { ...manifest, lockfileVersion: 3, packages: { '': manifest } };
  put(join(checkout, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }));
  put(join(checkout, 'package-lock.json'), JSON.stringify(lock));
  for (const name of ['README.md', 'LICENSE', 'docs/a.md', 'src/a.ts', 'node_modules/.keep']) {
    put(join(checkout, name), '');
  }
  for (const name of ['tsconfig.json', 'tsconfig.build.json']) put(join(checkout, name), '{}');
  put(join(checkout, 'dist/main.js'), `process.stdout.write(process.argv.slice(2).join(' '));\n`);
  put(
    join(checkout, 'dist/config/example.js'),
    `export const DEFAULT_CONFIG_TEXT = '# example';\n`,
  );
  put(join(checkout, 'dist/.built'), '');
  spawnSync(process.execPath, ['scripts/lib/packages-current.mjs', '--stamp'], { cwd: checkout });
  put(join(scratch, 'tools/uname'), '#!/bin/sh\necho Darwin\n');
  chmodSync(join(scratch, 'tools/uname'), 0o755);
});

interface Run {
  readonly code: number | null;
  readonly said: string;
}

function run(script: string, root: string, args: readonly string[], path = ''): Run {
  const env: NodeJS.ProcessEnv = { ...process.env, HOME, PATH: `${path}${process.env['PATH']}` };
  delete env['XDG_CONFIG_HOME'];
  const argv = [...args, '--root', root];
  const done = spawnSync(`./scripts/${script}`, argv, { cwd: checkout, env, encoding: 'utf8' });
  return { code: done.status, said: done.stdout + done.stderr };
}

/** Every file below a folder with its content's time, so that a needless rewrite shows. */
function snapshot(root: string): Record<string, number> {
  if (!existsSync(root)) return {};
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [relative(root, path), statSync(path).mtimeMs]));
}

const KINDS = [
  {
    kind: 'system',
    args: ['--system'],
    path: '',
    files: [
      'etc/modules-load.d/safelight.conf',
      'etc/polkit-1/rules.d/50-safelight.rules',
      'etc/safelight/config.example.toml',
      'etc/systemd/system/safelight.service',
      'etc/sysusers.d/safelight.conf',
      'etc/tmpfiles.d/safelight.conf',
      'etc/udev/rules.d/60-safelight-led.rules',
      'usr/local/bin/safelight',
      'usr/local/lib/safelight/dist/main.js',
    ],
    own: ['etc/safelight/config.toml', 'var/lib/safelight/ledger.sqlite'],
  },
  {
    kind: 'user',
    args: ['--user'],
    path: '',
    files: [
      'home/anna/.config/safelight/config.example.toml',
      'home/anna/.config/systemd/user/safelight.service',
      'home/anna/.local/bin/safelight',
      'home/anna/.local/lib/safelight/dist/main.js',
    ],
    own: [
      'home/anna/.config/safelight/config.toml',
      'home/anna/.local/state/safelight/ledger.sqlite',
    ],
  },
  {
    kind: 'mac',
    args: [],
    path: `${join(scratch, 'tools')}:`,
    files: [
      'home/anna/.local/bin/safelight',
      'home/anna/Library/Application Support/safelight/app/dist/main.js',
      'home/anna/Library/Application Support/safelight/config.example.toml',
      'home/anna/Library/Application Support/safelight/node',
      'home/anna/Library/LaunchAgents/org.safelight.agent.plist',
    ],
    own: [
      'home/anna/Library/Application Support/safelight/config.toml',
      'home/anna/.local/state/safelight/ledger.sqlite',
    ],
  },
] as const;

describe.each(KINDS)('a $kind installation', ({ kind, args, path, files, own }) => {
  const root = join(scratch, kind);

  test('a dry run says what it would do and writes nothing', () => {
    const { code, said } = run('install.sh', root, [...args, '--dry-run'], path);
    expect(code).toBe(0);
    expect(said).toContain('would write: ');
    expect(snapshot(root)).toEqual({});
  });

  test('puts everything in its place', () => {
    for (const name of own) put(join(root, name), 'mine');
    const { code, said } = run('install.sh', root, args, path);
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(Object.keys(snapshot(root))).toEqual(expect.arrayContaining([...files]));
  });

  test('leaves no placeholder behind', () => {
    for (const name of files.filter((file) => !file.endsWith('/node'))) {
      expect(readFileSync(join(root, name), 'utf8')).not.toMatch(/@HOME@|@NODE@/);
    }
  });

  test('changes nothing when run again', () => {
    const before = snapshot(root);
    expect(run('install.sh', root, args, path).code).toBe(0);
    expect(snapshot(root)).toEqual(before);
  });

  test('renews only what differs', () => {
    const [first] = files;
    writeFileSync(join(root, first), 'old');
    const { said } = run('install.sh', root, args, path);
    expect(said).toContain(`written: ${join(root, first)}`);
    expect(readFileSync(join(root, first), 'utf8')).not.toBe('old');
  });

  test('a dry uninstallation removes nothing', () => {
    const before = snapshot(root);
    const { code, said } = run('uninstall.sh', root, [...args, '--dry-run'], path);
    expect(code).toBe(0);
    expect(said).toContain('would run: rm');
    expect(snapshot(root)).toEqual(before);
  });

  test('is taken away again, but never what people own', () => {
    const { code, said } = run('uninstall.sh', root, args, path);
    expect(code).toBe(0);
    expect(said).toContain('Kept: ');
    expect(Object.keys(snapshot(root)).toSorted()).toEqual([...own].toSorted());
  });

  test('can be taken away twice', () => {
    expect(run('uninstall.sh', root, args, path).code).toBe(0);
    for (const name of own) expect(readFileSync(join(root, name), 'utf8')).toBe('mine');
  });
});

describe('the command', () => {
  test('passes its words on as they are', () => {
    const root = join(scratch, 'linked');
    expect(run('install.sh', root, ['--user', '--link']).code).toBe(0);
    const command = join(root, HOME, '.local/bin/safelight');
    const { stdout } = spawnSync(command, ['check', 'EOS DIGITAL'], { encoding: 'utf8' });
    expect(stdout).toBe('check EOS DIGITAL');
    expect(existsSync(join(root, HOME, '.local/lib/safelight'))).toBe(false);
  });

  test('brings the packages themselves where node_modules is a link', () => {
    const elsewhere = join(scratch, 'elsewhere');
    const linked = join(checkout, 'node_modules');
    renameSync(linked, elsewhere);
    put(join(elsewhere, '.keep'), '');
    symlinkSync(elsewhere, linked);
    try {
      const root = join(scratch, 'with-link');
      expect(run('install.sh', root, ['--system'])).toMatchObject({ code: 0 });
      const packages = join(root, 'usr/local/lib/safelight/node_modules');
      expect(lstatSync(packages).isDirectory()).toBe(true);
      expect(existsSync(join(elsewhere, '.keep'))).toBe(true);
    } finally {
      rmSync(linked);
      renameSync(elsewhere, linked);
    }
  });

  test('a folder that was not installed by us is not removed', () => {
    const root = join(scratch, 'foreign');
    put(join(root, HOME, '.local/lib/safelight/own.txt'), 'mine');
    const { code, said } = run('uninstall.sh', root, ['--user']);
    expect(code).toBe(0);
    expect(said).toContain('left alone');
    expect(existsSync(join(root, HOME, '.local/lib/safelight/own.txt'))).toBe(true);
  });

  test.each(['install.sh', 'uninstall.sh'])(
    '%s refuses an option that it does not know',
    (script) => {
      const { code, said } = run(script, join(scratch, 'none'), ['--purge']);
      expect(code).toBe(2);
      expect(said).toContain('There is no option --purge.');
    },
  );
});
