/** The service: starts in the right order, runs until it is told to stop, stops cleanly. */
import { setMaxListeners } from 'node:events';
import type { StatusView } from '../core/status.ts';
import { Announcer } from './announcer.ts';
import { Board } from './board.ts';
import { Drives } from './drives.ts';
import { errorText } from './error-text.ts';
import { type EjectAnswer, EjectDesk } from './eject-desk.ts';
import { type FollowStep, follow } from './follow.ts';
import { keepHouse } from './housekeeping.ts';
import { MountDesk } from './mount-desk.ts';
import { PreviewDesk } from './preview-desk.ts';
import { makeQueues } from './queues.ts';
import { Reconciler } from './reconcile.ts';
import type { ServiceDeps } from './service-deps.ts';
import { buildStatus, type RemoteFacts } from './status-builder.ts';

/** A loop that has not come round for so long is stuck. Milliseconds. */
const STUCK_AFTER_MS = 120_000;

/** What the outside can ask of a running service. */
export interface Service {
  status(): StatusView;
  /** Takes a folder or mounted card as inserted from now on, whatever it looks like. */
  offload(path: string, label: string): Promise<OffloadAnswer>;
  /** Unmounts a card for a person who wants to take it out. */
  eject(selector: string): Promise<EjectAnswer>;
  /** Tells how the card at `root` fares until its verdict stands. */
  follow(root: string, signal: AbortSignal): AsyncGenerator<FollowStep>;
  /** Calls back on every change until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Whether the loop still comes round; a service that is stuck must not be taken for a live one. */
  comesRound(): boolean;
  /** Resolves when the service has stopped; rejects when it could not go on. */
  readonly stopped: Promise<void>;
}

/** `path` is refused when it is no card in anybody's eyes: a destination, the system disk, a part of either. */
export type OffloadAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly sentence: string; readonly hint: string };

/**
 * Starts everything. The light is at hold before the first card is looked at. Aborting `signal` stops the service;
 * work under way is abandoned at a point from which the plan can be made again.
 */
export async function startService(
  deps: ServiceDeps,
  pid: number,
  signal: AbortSignal,
): Promise<Service> {
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  // Every wait of every card listens for the stop.
  setMaxListeners(0, running, signal);
  const startedAt = deps.clock.now();
  const begunAt = deps.clock.elapsed();
  const board = new Board();
  const queues = makeQueues();
  const drives = new Drives(
    { probe: deps.destinations, clock: deps.clock, board, ledger: deps.ledger },
    deps.settings.destinations,
  );
  const previewDesk = new PreviewDesk(deps, { drives, queues }, running);
  let fatal: Error | undefined;
  const onFatal = (error: unknown): void => {
    // What breaks off because the service is stopping is no failure.
    if (running.aborted) return;
    deps.log.error('cannot go on', { error: errorText(error) });
    fatal ??= error instanceof Error ? error : new Error(String(error));
    stop.abort();
  };
  const mountDesk = new MountDesk(deps, board, () => reconciler.wake());
  const reconciler = new Reconciler(
    { deps, board, drives, queues, previewDesk, mountDesk },
    onFatal,
  );
  const ejectDesk = new EjectDesk({ deps, board, reconciler });
  const comesRound = (): boolean => {
    const since = deps.clock.elapsed() - (reconciler.lastTurnAt ?? begunAt);
    return since < STUCK_AFTER_MS;
  };
  const announcer = new Announcer(deps, board, { previews: previewDesk, comesRound });

  await deps.signal.start();
  await drives.look();
  const parts = Promise.all([
    reconciler.run(running).catch(onFatal),
    announcer.run(running).catch(onFatal),
    mountDesk.run(running).catch(onFatal),
    ejectDesk.run(running).catch(onFatal),
    keepHouse(deps, running).catch(onFatal),
  ]);
  const stopped = (async () => {
    await parts;
    await deps.signal.stop();
    if (fatal !== undefined) throw fatal;
  })();
  const remotes: readonly RemoteFacts[] = deps.offsite.map(({ remote }) => ({
    id: remote.id,
    kind: remote.kind,
  }));
  return {
    status: () => buildStatus(board, { pid, startedAt }, remotes),
    async offload(path, label) {
      await deps.ledger.offerFolder({ path, label, offeredAt: deps.clock.now() });
      const refused = await refusalOf(deps, path, running);
      if (refused !== undefined) {
        await deps.ledger.withdrawOffer(path);
        return refused;
      }
      reconciler.offer(path);
      return { kind: 'accepted' };
    },
    eject: (selector) => ejectDesk.eject(selector, running),
    follow: (root, until) => follow(board, deps.clock, root, AbortSignal.any([running, until])),
    comesRound,
    onChange: (listener) => board.onChange(listener),
    stopped,
  };
}

async function refusalOf(
  deps: ServiceDeps,
  path: string,
  signal: AbortSignal,
): Promise<Extract<OffloadAnswer, { kind: 'refused' }> | undefined> {
  const listing = await deps.volumes.list(signal);
  if (listing.state === 'unknown') return undefined;
  const excluded = listing.insertions.find(({ root }) => root === path)?.excluded;
  if (excluded === undefined) return undefined;
  return {
    kind: 'refused',
    sentence: `${path} is not offloaded: ${excluded}`,
    hint: 'Name the mount point or folder of a card; safelight never offloads its own drives and folders.',
  };
}
