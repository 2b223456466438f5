/** What is known of a card, shown to what recognises it, and what is found. */
import type { ScannedFile } from '../../src/core/inventory.ts';
import { KnownAgain } from '../../src/core/known-again.ts';

/** For each file of the scan the known version that it is. */
export function marksOf<T extends ScannedFile>(
  known: readonly T[],
  scan: readonly ScannedFile[],
): readonly (T | undefined)[] {
  const again = new KnownAgain<T>(scan);
  for (const version of known) again.see(version, version);
  return again.marks();
}
