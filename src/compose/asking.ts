/** Opens what a question about cards needs, read-only, and closes it again. */
import type { CardId } from '../core/ids.ts';
import type { CheckDeps } from '../daemon/checking.ts';
import { cardIdFor } from '../daemon/take-inventory.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { openLedgerReadOnly } from '../ledger/open.ts';
import type { LedgerReader } from '../ports/ledger.ts';
import type { VolumeSource, VolumeTrouble } from '../ports/volume-source.ts';
import { cardsNotMounted, cardsSetAside } from '../volumes/mounting/medium-in-slot.ts';
import { mountNotesPath } from '../volumes/mounting/mount-notes.ts';
import { lookingParts, type Setting } from './parts.ts';
import { policyAsNoted } from './remote-places.ts';

/** A ledger that does not exist yet is no failure: nothing has been offloaded here. */
async function ledgerOrNone(stateDir: string): Promise<LedgerReader | undefined> {
  try {
    return await openLedgerReadOnly(stateDir);
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'missing') return undefined;
    throw error;
  }
}

async function idsSetAside(stateDir: string): Promise<ReadonlySet<CardId>> {
  const facts = await cardsSetAside(mountNotesPath(stateDir));
  return new Set(facts.map((one) => cardIdFor(one)));
}

/** A card that the service could not mount is in, though no list of mounts shows it. */
function withNotMounted(volumes: VolumeSource, stateDir: string): VolumeSource {
  return {
    async list(signal) {
      const listing = await volumes.list(signal);
      if (listing.state === 'unknown') return listing;
      const notMounted = await cardsNotMounted(mountNotesPath(stateDir));
      if (notMounted.length === 0) return listing;
      const more = notMounted.map(
        ({ sentence, hint, label, facts, devicePath }): VolumeTrouble => ({
          sentence,
          hint,
          about: { label, facts, places: [devicePath] },
        }),
      );
      return { ...listing, troubles: [...(listing.troubles ?? []), ...more] };
    },
    watch: (wake, signal) => volumes.watch(wake, signal),
    stillIn: (insertion) => volumes.stillIn(insertion),
  };
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
    const setAside = () => idsSetAside(setting.stateDir);
    const { remotes } = setting.config;
    const policy = await policyAsNoted(looking.settings.policy, remotes, ledger);
    const settings = { ...looking.settings, policy };
    const volumes = withNotMounted(looking.volumes, setting.stateDir);
    return await ask({ ...looking, volumes, settings, ledger, remoteIds, setAside });
  } finally {
    await ledger?.close();
  }
}
