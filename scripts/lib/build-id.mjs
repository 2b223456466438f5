/** Prints a text that is equal for equal builds: a digest over dist/ and the lock file. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const digest = createHash('sha256');
const built = readdirSync('dist', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
  .map((entry) => join(entry.parentPath, entry.name))
  .toSorted();
for (const path of [...built, 'package-lock.json']) {
  digest.update(path).update('\0').update(readFileSync(path)).update('\0');
}
process.stdout.write(digest.digest('hex'));
