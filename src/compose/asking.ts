/** Opens what a question about cards needs, read-only, and closes it again. */
import type { CheckDeps } from '../daemon/checking.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { openLedgerReadOnly } from '../ledger/open.ts';
import type { LedgerReader } from '../ports/ledger.ts';
import { lookingParts, type Setting } from './parts.ts';

/** A ledger that does not exist yet is no failure: nothing has been offloaded here. */
async function ledgerOrNone(stateDir: string): Promise<LedgerReader | undefined> {
  try {
    return await openLedgerReadOnly(stateDir);
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'missing') return undefined;
    throw error;
  }
}

/** Runs `ask` with everything that looks and nothing that writes. @throws LedgerError */
export async function asking<T>(
  setting: Setting,
  ask: (deps: CheckDeps) => Promise<T>,
): Promise<T> {
  const ledger = await ledgerOrNone(setting.stateDir);
  try {
    const offers = async () => (await ledger?.offers()) ?? [];
    const looking = lookingParts(setting, { offers, settled: true });
    const remoteIds = setting.config.remotes.map(({ name }) => name);
    return await ask({ ...looking, ledger, remoteIds });
  } finally {
    await ledger?.close();
  }
}
