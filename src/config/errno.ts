/** The name the operating system gives a failure. */

/** "ENOENT" and the like; "unknown error" when there is no such name. Asks for no class: errors cross realms. */
export function errnoOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && code !== '' ? code : 'unknown error';
}
