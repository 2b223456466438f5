/** Once a day: ends uploads at each remote that were begun long ago and that nobody will resume; they cost money. */
import { errorText } from './error-text.ts';
import type { ServiceDeps } from './service-deps.ts';

const DAY_MS = 86_400_000;
/** Not at once: a card that waits at the start comes first. */
const FIRST_AFTER_MS = 10 * 60_000;
/** Longer than any pause after which an upload is resumed. */
const STALE_AFTER_MS = 7 * DAY_MS;

export async function keepHouse(
  deps: Pick<ServiceDeps, 'clock' | 'log' | 'ledger' | 'offsite'>,
  signal: AbortSignal,
): Promise<void> {
  await deps.clock.after(FIRST_AFTER_MS, signal).catch(() => undefined);
  while (!signal.aborted) {
    for (const { remote } of deps.offsite) await sweepOne(deps, remote, signal);
    await deps.clock.after(DAY_MS, signal).catch(() => undefined);
  }
}

async function sweepOne(
  { log, ledger }: Pick<ServiceDeps, 'log' | 'ledger'>,
  remote: ServiceDeps['offsite'][number]['remote'],
  signal: AbortSignal,
): Promise<void> {
  const known = await ledger.uploadNotes(remote.id);
  try {
    const ended = await remote.sweep(known, STALE_AFTER_MS, signal);
    if (ended > 0) log.info('ended uploads that nobody will resume', { remote: remote.id, ended });
  } catch (error) {
    // It is away, or does not allow it: tomorrow is another day.
    if (!signal.aborted) log.info('not swept', { remote: remote.id, error: errorText(error) });
  }
}
