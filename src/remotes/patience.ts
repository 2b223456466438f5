/** Waiting that always ends: by the work itself, by a time limit or by a signal. */

/** Told apart from every other error by its class. */
export class TooSlow extends Error {}

/**
 * The work's own result, unless `ms` pass or the signal is aborted first; the work then goes on unwatched, as a
 * system call on a dead mount does.
 * @throws TooSlow, or the signal's reason
 */
export async function within<T>(ms: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const limit = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const timer = setTimeout(() => reject(new TooSlow(`no answer within ${ms} ms`)), ms);
    over.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([limit, work]);
  } finally {
    over.abort();
  }
}

/** What is being opened, through `step`; when that gives up first, it is closed whenever it opens after all. */
export async function opened<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
  step: (work: Promise<T>) => Promise<T>,
): Promise<T> {
  try {
    return await step(opening);
  } catch (error) {
    opening.then((late) => late.close()).catch(() => {});
    throw error;
  }
}

/** Closes without waiting: on a dead mount that never ends, and nobody needs to know. */
export function closeLater(file: { close(): Promise<void> }): void {
  file.close().catch(() => {});
}
