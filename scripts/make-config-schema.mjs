/**
 * Writes docs/config.schema.json (for editors) from the one schema in src/config.
 *
 * Compiles that room into a folder below node_modules first, since Node 20 does not read TypeScript and packages have
 * to be found from there. Usage: node scripts/make-config-schema.mjs
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = mkdtempSync(join(root, 'node_modules', '.safelight-schema-'));
try {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', out, '--sourceMap', 'false'];
  execFileSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  const { configJsonSchema } = await import(
    pathToFileURL(join(out, 'config', 'json-schema.js')).href
  );
  const file = join(root, 'docs', 'config.schema.json');
  writeFileSync(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  execFileSync(process.execPath, [biome, 'format', '--write', file], { cwd: root });
  process.stdout.write(`wrote ${file}\n`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
