/** Notices copies that are no longer where they were put, before anybody relies on them. */
import type { ReadyDestination } from '../core/destination.ts';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { HeldFile, PlacedCopy } from './survey.ts';
import type { ServiceDeps } from './service-deps.ts';

const AT_A_TIME = 64;

/**
 * What a plain stat says against copies that evidence calls good. A copy that is there with the right size proves
 * nothing and gives no record; a copy that is not there is a loss.
 */
export async function lossesSeen(
  deps: Pick<ServiceDeps, 'clock' | 'destinations'>,
  ready: readonly ReadyDestination[],
  held: readonly HeldFile[],
): Promise<readonly EvidenceDraft[]> {
  const byId = new Map(ready.map((destination) => [destination.id, destination]));
  const glances = held.flatMap(({ file, copies }) =>
    copies.flatMap((copy) => {
      const destination = byId.get(copy.destinationId);
      return destination === undefined ? [] : [{ file, copy, destination }];
    }),
  );
  const losses: EvidenceDraft[] = [];
  for (let i = 0; i < glances.length; i += AT_A_TIME) {
    const batch = glances.slice(i, i + AT_A_TIME);
    const sizes = await Promise.allSettled(
      batch.map(({ destination, copy }) => deps.destinations.glance(destination, copy.placedAt)),
    );
    for (const [at, { file, copy }] of batch.entries()) {
      const size = sizes[at];
      // A drive that gives no answer (it went away) says nothing about its files.
      if (size?.status !== 'fulfilled' || size.value === file.sizeBytes) continue;
      losses.push(lossDraft(file.id, copy, size.value, deps.clock.now()));
    }
  }
  return await confirmed(deps, ready, losses);
}

function lossDraft(
  fileId: HeldFile['file']['id'],
  { destinationId, placedAt }: PlacedCopy,
  size: number | undefined,
  at: number,
): EvidenceDraft {
  const reason = size === undefined ? 'missing' : 'wrong-size';
  return { kind: 'copy-lost', fileId, at, destinationId, placedAt, reason };
}

/** A drive that went away during the glances lost nothing: its answers do not count. */
async function confirmed(
  deps: Pick<ServiceDeps, 'destinations'>,
  ready: readonly ReadyDestination[],
  losses: readonly EvidenceDraft[],
): Promise<readonly EvidenceDraft[]> {
  if (losses.length === 0) return losses;
  const there = new Set<string>();
  for (const destination of ready) {
    if (await deps.destinations.stillThere(destination)) there.add(destination.id);
  }
  return losses.filter((loss) => loss.kind === 'copy-lost' && there.has(loss.destinationId));
}

/** Glances and records what is lost. Returns how many losses were recorded. */
export async function glanceAtCopies(
  deps: Pick<ServiceDeps, 'clock' | 'destinations' | 'ledger'>,
  ready: readonly ReadyDestination[],
  held: readonly HeldFile[],
): Promise<number> {
  const losses = await lossesSeen(deps, ready, held);
  if (losses.length > 0) await deps.ledger.append(losses);
  return losses.length;
}
