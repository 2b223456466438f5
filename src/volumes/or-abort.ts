/** Waiting that ends: with the signal, or after a time limit, even when the thing waited for never does. */

/**
 * The promise's outcome, or a rejection with the signal's reason, whichever comes first. What was begun goes on
 * unseen: a read from a pulled medium cannot be called back.
 */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    // Not by the option `signal` of addEventListener: of several at a time Node 20 takes only the last one back.
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** The promise's outcome, or `otherwise` when it has not come within `ms` milliseconds. Never keeps the process alive. */
export async function within<T, U>(work: Promise<T>, ms: number, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `work` on every item, at most `limit` at a time. Rejects with the first failure. */
export async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
