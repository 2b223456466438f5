/** The operating system's error codes, and what they mean to a person. */

/** The code of a failed call (`EIO`, `ENOENT`, …); undefined for anything that is not one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EIO', 'the medium gave a read error'],
  ['ENODEV', 'the medium is gone'],
  ['ENXIO', 'the medium is gone'],
  ['EACCES', 'the service may not read it'],
  ['EPERM', 'the system does not let the service read it'],
  ['ENOENT', 'it vanished while it was being looked at'],
  ['ENOTDIR', 'it is not a folder'],
  ['ENAMETOOLONG', 'its path is too long for the system'],
  ['ESTALE', 'the server no longer knows it'],
  ['EUCLEAN', 'the filesystem is damaged'],
  ['EBADMSG', 'the filesystem is damaged'],
]);

/** "the medium gave a read error (EIO)". */
export function errnoText(error: unknown): string {
  const code = errnoOf(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  return `${WORDS.get(code) ?? 'the system answered with an error'} (${code})`;
}
