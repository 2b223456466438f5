/** Relative paths that stay below the folder they are for. */
import { badJob } from './offload-error.ts';

/** @throws OffloadError for absolute paths, `..`, `.`, empty parts and NUL: nothing a listing could contain. */
export function assertStaysBelow(path: string): void {
  const parts = path.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..');
  if (bad || path.includes('\0')) {
    throw badJob(`The path ${JSON.stringify(path)} does not stay below its folder.`);
  }
}
