/** Offloads one card in this process, where no service runs. */
import type { FollowStep } from '../daemon/follow.ts';
import { type OffloadAnswer, startService } from '../daemon/service.ts';
import { openLedger } from '../ledger/open.ts';
import { silentLogger } from '../platform/logger.ts';
import { takeProcessLock } from '../platform/process-lock.ts';
import type { ServiceDeps } from '../daemon/service-deps.ts';
import type { Signal } from '../ports/signal.ts';
import type { VolumeSource } from '../ports/volume-source.ts';
import { noMounter } from '../volumes/mounting/no-mounter.ts';
import type { Setting } from './parts.ts';
import { serviceDeps } from './service-host.ts';

export interface Offer {
  /** Absolute path with links resolved. */
  readonly path: string;
  readonly label: string;
}

/** No lamp and no message: whoever gave the command reads the answer. */
const NO_SIGNAL: Signal = {
  name: 'none',
  async start() {},
  async show() {},
  async tell() {},
  async stop() {},
};

/**
 * Runs a service that sees nothing but the offered card, and ends it when `enough` says so or the verdict stands.
 * @throws ConfigError, LedgerError, ProcessLockError
 */
export async function* offloadHere(
  setting: Setting,
  offer: Offer,
  enough: (step: FollowStep) => boolean,
  signal: AbortSignal,
): AsyncGenerator<FollowStep, Refusal | undefined> {
  const lock = takeProcessLock(setting.stateDir);
  try {
    const ledger = await openLedger(setting.stateDir);
    try {
      // Nothing but the offered folder is its business: it mounts no cards.
      const parts = {
        ledger,
        logger: silentLogger,
        signal: NO_SIGNAL,
        mounter: noMounter,
      };
      return yield* offloadWith(await serviceDeps(setting, parts), offer, enough, signal);
    } finally {
      await ledger.close();
    }
  } finally {
    lock.release();
  }
}

type Refusal = Extract<OffloadAnswer, { kind: 'refused' }>;

async function* offloadWith(
  deps: ServiceDeps,
  offer: Offer,
  enough: (step: FollowStep) => boolean,
  signal: AbortSignal,
): AsyncGenerator<FollowStep, Refusal | undefined> {
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const volumes = onlyAt(deps.volumes, offer.path);
  const service = await startService({ ...deps, volumes }, process.pid, running);
  try {
    const answer = await service.offload(offer.path, offer.label);
    if (answer.kind === 'refused') return answer;
    for await (const step of service.follow(offer.path, running)) {
      yield step;
      if (enough(step)) break;
    }
    return undefined;
  } finally {
    stop.abort();
    await service.stopped;
  }
}

/** A view of what is plugged in that shows only what is at `root`. */
function onlyAt(volumes: VolumeSource, root: string): VolumeSource {
  return {
    async list(signal) {
      const listing = await volumes.list(signal);
      if (listing.state === 'unknown') return listing;
      return { ...listing, insertions: listing.insertions.filter((one) => one.root === root) };
    },
    watch: (wake, signal) => volumes.watch(wake, signal),
    stillIn: (insertion) => volumes.stillIn(insertion),
  };
}
