/** A hint from the filesystem: something changed directly in a watched folder. */
import { watch } from 'node:fs/promises';
import { type Hint, pause } from './hint.ts';

/** How long to wait before a folder that cannot be watched (not mounted, not there) is tried again. */
const RETRY_MS = 30_000;

export function folderHint(folder: string): Hint {
  return async (context) => {
    const { wake, signal } = context;
    while (!signal.aborted) {
      try {
        const changes = watch(folder, { signal, persistent: false })[Symbol.asyncIterator]();
        while ((await changes.next()).done !== true) wake();
      } catch {
        // Many network filesystems cannot be watched; the timer looks as well.
      }
      await pause(RETRY_MS, context);
    }
  };
}
