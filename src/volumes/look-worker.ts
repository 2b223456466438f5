/** The thread's side of a lane of looks: takes a list of paths at a time and answers it. */
import { lstatSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { type LookedAt, lookOf, packLooks } from './looks.ts';

function lookAt(path: string | undefined): LookedAt {
  try {
    return lookOf(lstatSync(path ?? ''));
  } catch (error) {
    return { error };
  }
}

// The only sender is our own lane, which is compiled together with this.
parentPort?.on('message', (paths: readonly string[]) => {
  const packed = packLooks(paths.length, (i) => lookAt(paths[i]));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(packed);
});
