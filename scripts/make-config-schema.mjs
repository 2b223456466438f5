/**
 * Writes docs/config.schema.json (for editors) and docs/cli.schema.json (for who reads --json) from the schemas in src.
 *
 * Compiles src into a folder below node_modules first, since Node 20 does not read TypeScript and packages have to be
 * found from there. Usage: node scripts/make-config-schema.mjs
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

const out = mkdtempSync(join(root, 'node_modules', '.safelight-schema-'));
try {
  const options = ['-p', 'tsconfig.build.json', '--outDir', out, '--sourceMap', 'false'];
  execFileSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  const load = (path) => import(pathToFileURL(join(out, path)).href);
  const { configJsonSchema } = await load('config/json-schema.js');
  const { outputJsonSchema } = await load('cli/shapes.js');
  write('config.schema.json', configJsonSchema());
  write('cli.schema.json', outputJsonSchema());
} finally {
  rmSync(out, { recursive: true, force: true });
}

function write(name, schema) {
  const file = join(root, 'docs', name);
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
  execFileSync(process.execPath, [biome, 'format', '--write', file], { cwd: root });
  process.stdout.write(`wrote ${file}\n`);
}
