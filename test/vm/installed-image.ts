/** The product as scripts/install.sh puts it on a machine, packed into an image that guests mount read-only. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const PREFIX = 'installed-';

/** Path of the image for what is built now; made when there is none yet, and older ones are removed. */
export function installedImage(base: string): string {
  const id = run('node', ['scripts/lib/build-id.mjs']).slice(0, 16);
  const file = join(base, `${PREFIX}${id}.img`);
  if (existsSync(file)) return file;
  const tree = mkdtempSync(join(tmpdir(), 'safelight-installed-'));
  try {
    run('sh', ['scripts/install.sh', '--system', '--root', tree]);
    const fresh = join(base, `new-${id}.img`);
    rmSync(fresh, { force: true });
    run('truncate', ['-s', '300M', fresh]);
    run('mke2fs', ['-q', '-t', 'ext4', '-m0', '-L', 'installed', '-d', tree, fresh]);
    for (const name of readdirSync(base)) if (name.startsWith(PREFIX)) rmSync(join(base, name));
    renameSync(fresh, file);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
  return file;
}

function run(file: string, args: readonly string[]): string {
  return execFileSync(file, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
