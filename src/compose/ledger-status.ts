/** The status when no service runs: what the ledger knows and what can be seen from here. */
import type { CheckDeps } from '../daemon/checking.ts';
import { checkCards } from '../daemon/checking.ts';
import { destinationView, isoTime } from '../daemon/status-builder.ts';
import { worstLight } from '../core/light.ts';
import type { CardView, RemoteView, StatusView } from '../core/status.ts';
import type { Config } from '../config/schema.ts';

/** Cards out of the slot that are still told about; the roster has them all. */
const RECENT_CARDS = 20;

export async function ledgerStatus(
  deps: CheckDeps,
  config: Config,
  signal: AbortSignal,
): Promise<StatusView> {
  const cards = await cardsToTell(deps, signal);
  const looks = await deps.destinations.lookAll(deps.settings.destinations, new Set(), {
    readOnly: true,
  });
  return {
    version: 1,
    service: { running: false, pid: null, startedAt: null },
    light: worstLight(cards.filter(({ present }) => present).map(({ light }) => light)),
    cards,
    inFlight: [],
    destinations: looks.map(destinationView),
    remotes: await Promise.all(config.remotes.map((remote) => remoteView(deps, remote))),
    unknownVolumes: [],
  };
}

async function cardsToTell(deps: CheckDeps, signal: AbortSignal): Promise<readonly CardView[]> {
  const inserted = await checkCards(deps, [], signal);
  const present = inserted.kind === 'answers' ? inserted.cards : [];
  const known = [...((await deps.ledger?.cards()) ?? [])]
    .filter(({ id }) => !present.some((card) => card.id === id))
    .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
    .slice(0, RECENT_CARDS);
  if (known.length === 0) return present;
  const others = await checkCards(
    deps,
    known.map(({ id }) => id),
    signal,
  );
  return [...present, ...(others.kind === 'answers' ? others.cards : [])];
}

async function remoteView(
  { ledger }: CheckDeps,
  { name, kind }: Config['remotes'][number],
): Promise<RemoteView> {
  const seenAt = await ledger?.lastSightingAt(name);
  const trouble = (await ledger?.troubles())?.find(({ place }) => place === name);
  return {
    name,
    kind,
    state: trouble === undefined ? 'unknown' : 'trouble',
    queuedFiles: 0,
    queuedBytes: 0,
    lastSightingAt: seenAt === undefined ? null : isoTime(seenAt),
    lastAuditAt: null,
    sentence: trouble?.sentence ?? null,
  };
}
