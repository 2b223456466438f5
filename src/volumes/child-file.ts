/** Finds our own scripts that run as processes of their own. */
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The script of this name beside a module: `.js` in the built service, `.ts` where Node runs TypeScript itself. */
export function childFile(moduleUrl: string, name: string): string {
  const here = fileURLToPath(moduleUrl);
  return join(dirname(here), `${name}${extname(here)}`);
}
