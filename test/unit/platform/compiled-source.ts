/** Compiles rooms of the product, for tests that must run them in processes of their own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(import.meta.dirname, '../../..');

export interface CompiledSource {
  /** The URL of a compiled file, e.g. `platform/logger.js`. */
  url(file: string): string;
  remove(): void;
}

/**
 * Compiles some files (globs below `src`) and what they import. The output lies inside the project, where packages
 * are found, in a folder that version control passes over.
 */
export function compileSource(...files: readonly string[]): CompiledSource {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache/compiled-'));
  const config = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { rootDir: join(ROOT, 'src'), outDir: folder },
    include: files.map((file) => join(ROOT, 'src', file)),
  };
  const project = join(folder, 'tsconfig.json');
  writeFileSync(project, JSON.stringify(config));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: 'pipe',
    timeout: 60_000,
  });
  return {
    url: (file) => pathToFileURL(join(folder, file)).href,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
