/**
 * Tells by its exit code whether node_modules is what package-lock.json asks for (0) or has to be installed (1).
 *
 * A stamp answers at once. Without one, npm's own record of what it installed is compared, so that a checkout
 * installed by hand is not installed again; then the stamp is written. `--stamp` writes it without looking.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const STAMP = 'node_modules/.safelight-stamp';
const INSTALLED = 'node_modules/.package-lock.json';

const lockText = readFileSync('package-lock.json', 'utf8');
// Compiled packages fit one binary interface of Node on one kind of machine.
const wanted = [
  createHash('sha256').update(lockText).digest('hex'),
  process.versions.modules,
  process.platform,
  process.arch,
].join(' ');

function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const lock = JSON.parse(lockText).packages;
  const installed = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages;
  const same = Object.entries(lock).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
  return same && loads('better-sqlite3');
}

/** A compiled package that was built for another Node, or not at all, fails only when it is used. */
function loads(name) {
  try {
    const Database = createRequire(`${process.cwd()}/package.json`)(name);
    new Database(':memory:').close();
    return true;
  } catch {
    return false;
  }
}

if (process.argv.includes('--stamp')) {
  writeFileSync(STAMP, wanted);
} else if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
  if (!existsSync(STAMP) && isInstalled()) writeFileSync(STAMP, wanted);
  else process.exitCode = 1;
}
