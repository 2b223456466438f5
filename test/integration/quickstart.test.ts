/** The quickstart as somebody sees it who has just cloned the project. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../architecture/source-files.ts';

let scratch = '';
const LIMIT_MS = 180_000;

/** Whether two images can be mounted as two disks; elsewhere the quickstart rightly ends with hold. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const describeMounting = canMount ? describe : describe.skip;
if (!canMount) process.stderr.write('Not root: the quickstart with two disks is skipped.\n');

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'safelight-quickstart-test-'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** What it leaves nothing of. */
function leftovers(): { folders: string[]; loops: string } {
  return {
    folders: readdirSync(scratch).filter((name) => name.startsWith('safelight-quickstart-')),
    loops: spawnSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], {
      encoding: 'utf8',
    })
      .stdout.split('\n')
      .filter((line) => line.includes(scratch))
      .join('\n'),
  };
}

const NOTHING = { folders: [], loops: '' };

/** With `programs` in front of PATH. */
function quickstartWith(
  programs: string,
  args: readonly string[],
): { code: number | null; out: string; err: string } {
  const done = spawnSync(join(ROOT, 'scripts/quickstart'), args, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: scratch, PATH: `${programs}:${process.env['PATH']}` },
    timeout: LIMIT_MS,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function quickstart(...args: string[]): ReturnType<typeof quickstartWith> {
  return quickstartWith(scratch, args);
}

/** Every file of a tree with its content's digest and its time. */
function fingerprint(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
      return [relative(root, path), `${digest} ${statSync(path).mtimeMs}`];
    }),
  );
}

beforeAll(() => {
  // Built before the clock of the first test runs.
  execFileSync('sh', ['-c', '. scripts/lib/ensure.sh; ensure_build'], { cwd: ROOT });
}, LIMIT_MS);

describeMounting('scripts/quickstart', () => {
  test(
    'ends with SAFE TO FORMAT, tells where everything lies, and takes it away again',
    () => {
      const { code, out, err } = quickstart();
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('two disk images');
      expect(out).toContain('Only a demonstration of offsite');
      expect(out).toContain('SAFE TO FORMAT');
      for (const name of ['working', 'backup', 'offsite', 'contact sheet', 'ledger']) {
        expect(out).toMatch(new RegExp(`^  ${name} +/`, 'm'));
      }
      expect(leftovers()).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  test(
    "keeps what it made when asked, and leaves one's own card as it was",
    () => {
      const card = join(scratch, 'EOS DIGITAL');
      const making = [join(ROOT, 'scripts/make-card.mjs'), card, '--frames', '2', '--raw-mb', '1'];
      execFileSync(process.execPath, making);
      const before = fingerprint(card);
      const { code, out } = quickstart('--keep', '--card', card);
      expect(code).toBe(0);
      expect(fingerprint(card)).toEqual(before);

      const wanted = Object.entries(before).filter(([path]) => path !== '.DS_Store');
      for (const name of ['working', 'backup', 'offsite']) {
        const folder = new RegExp(`^  ${name} +(/.*)$`, 'm').exec(out)?.[1] ?? '';
        expect(Object.entries(fingerprint(folder))).toEqual(expect.arrayContaining(wanted));
      }
      // Its own commands take it away.
      const [, commands = ''] = out.split('To take it away:\n');
      execFileSync('sh', ['-e', '-c', commands]);
      expect(leftovers()).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  test(
    'leaves nothing behind when it is interrupted',
    async () => {
      const child = spawn(join(ROOT, 'scripts/quickstart'), [], {
        env: { ...process.env, TMPDIR: scratch },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const before = out;
        out += chunk.toString();
        if (out.includes('card in') && !before.includes('card in')) child.kill('SIGINT');
      });
      await ended;
      expect(out).toContain('card in');
      expect(out).not.toContain('Where it all lies');
      expect(leftovers()).toEqual(NOTHING);
    },
    LIMIT_MS,
  );
});

describe('scripts/quickstart where nothing can be mounted', () => {
  test(
    'ends with a hold, and says why',
    () => {
      for (const name of ['losetup', 'udisksctl', 'hdiutil']) {
        writeFileSync(join(scratch, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      }
      const { code, out } = quickstartWith(scratch, []);
      expect(code).toBe(1);
      expect(out).toContain('Two distinct disks cannot be shown this way');
      expect(out).not.toContain('SAFE TO FORMAT');
    },
    LIMIT_MS,
  );
});

describe('scripts/quickstart, misused', () => {
  test('an unknown option is refused before anything is made', () => {
    const { code, err } = quickstart('--format-card');
    expect(code).not.toBe(0);
    expect(err).toContain('--format-card');
    expect(err).toContain('Usage:');
    expect(leftovers()).toEqual(NOTHING);
  });

  test('a card that is not there is a sentence, and nothing is left behind', () => {
    const { code, err } = quickstart('--card', join(scratch, 'nowhere'));
    expect(code).not.toBe(0);
    expect(err).toContain('nowhere');
    expect(err).not.toMatch(/^\s+at /m);
    expect(leftovers()).toEqual(NOTHING);
  });

  test('a folder that is no card ends in a hold or says that nothing is to be protected, never in safe', () => {
    const folder = join(scratch, 'letters');
    execFileSync('mkdir', [folder]);
    writeFileSync(join(folder, '.DS_Store'), '');
    const { code, out } = quickstart('--card', folder);
    expect(code).not.toBe(0);
    expect(out).not.toContain('SAFE TO FORMAT');
  }, 300_000);
});
