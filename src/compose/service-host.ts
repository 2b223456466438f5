/** Runs the service as a process: lock, ledger, control socket, systemd, and a clean stop. */
import { controlRoutes } from '../daemon/control-routes.ts';
import { type Service, startService } from '../daemon/service.ts';
import type { ServiceDeps } from '../daemon/service-deps.ts';
import { openLedger } from '../ledger/open.ts';
import { makeCopier } from '../offload/copier.ts';
import { serveControl } from '../platform/control-socket.ts';
import { runProgram } from '../platform/exec.ts';
import { type Logger, makeLogger } from '../platform/logger.ts';
import { controlSocketPath } from '../platform/paths.ts';
import { takeProcessLock } from '../platform/process-lock.ts';
import { makeSdNotify, type SdNotify } from '../platform/sd-notify.ts';
import { keepHeapSmall } from '../platform/small-heap.ts';
import { systemClock } from '../platform/system-clock.ts';
import { makeHasher } from '../platform/xxhash.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Mounter } from '../ports/mounter.ts';
import type { Signal } from '../ports/signal.ts';
import { makePreviewMaker } from '../previews/preview-maker.ts';
import { makeFanOut } from '../signals/fan-out.ts';
import { makeOffsite } from './offsite.ts';
import { policyAtPlaces } from './remote-places.ts';
import { JustLearnt } from '../volumes/linux/identify.ts';
import { lookingParts, serviceMounter, type Setting } from './parts.ts';
import { makeAllSignals } from './signals.ts';

/** systemd is told this often that all goes on, but only while the loop comes round. Milliseconds. */
const TELL_EVERY_MS = 10_000;
/** A new state is told within this time. Milliseconds. */
const LOOK_EVERY_MS = 2_000;

/**
 * Runs until aborted.
 * @throws ConfigError, LedgerError, ProcessLockError, ControlError before anything is started
 */
export async function hostService(setting: Setting, signal: AbortSignal): Promise<void> {
  const logger = await makeLogger();
  for (const warning of setting.warnings) logger.warn('configuration', { ...warning });
  const lock = takeProcessLock(setting.stateDir);
  try {
    const ledger = await openLedger(setting.stateDir, { logger });
    try {
      const clock = systemClock;
      const lamps = makeAllSignals(setting.config, setting.stateDir, { clock, logger });
      const justLearnt = new JustLearnt();
      const deps = await serviceDeps(setting, {
        ledger,
        logger,
        signal: makeFanOut(lamps, { clock, logger }),
        mounter: serviceMounter(setting, justLearnt),
        justLearnt,
      });
      await runHosted(setting, deps, signal);
    } finally {
      await ledger.close();
    }
  } finally {
    lock.release();
  }
}

/** All parts of a service over an open ledger. @throws ConfigError for a remote that cannot be used yet */
export async function serviceDeps(
  setting: Setting,
  parts: {
    readonly ledger: Ledger;
    readonly logger: Logger;
    readonly signal: Signal;
    readonly mounter: Mounter;
    /** What the mounter tells the listing. */
    readonly justLearnt?: JustLearnt;
  },
): Promise<ServiceDeps> {
  const { ledger, logger, signal, mounter, justLearnt } = parts;
  keepHeapSmall();
  const hasher = await makeHasher();
  const looking = lookingParts(setting, {
    offers: () => ledger.offers(),
    settled: false,
    ...(justLearnt === undefined ? {} : { justLearnt }),
  });
  const { clock, settings } = looking;
  const policy = await policyAtPlaces(settings.policy, setting.config.remotes, ledger);
  return {
    ...looking,
    settings: { ...settings, policy },
    log: logger,
    ledger,
    signal,
    mounter,
    copier: makeCopier({ hasher, clock }),
    offsite: makeOffsite(setting.config, { clock, hasher, ledger, env: process.env }),
    previews: makePreviewMaker({ logger }),
  };
}

async function runHosted(
  { stateDir }: Setting,
  deps: ServiceDeps,
  signal: AbortSignal,
): Promise<void> {
  const { log } = deps;
  const sd = makeSdNotify({ run: runProgram, logger: log });
  const failed = new AbortController();
  const running = AbortSignal.any([signal, failed.signal]);
  const service = await startService(deps, process.pid, running);
  const control = await serveControl(controlSocketPath(stateDir), controlRoutes(service), {
    onError: (error) => log.error('a command could not be answered', { error }),
  }).catch(async (error: unknown) => {
    // It has begun: it must end before the ledger is closed under it.
    failed.abort();
    await service.stopped.catch(() => undefined);
    throw error;
  });
  log.info('watching for cards', { pid: process.pid, stateDir });
  await sd.ready();
  const telling = tellSystemd(sd, service, signal);
  try {
    await service.stopped;
  } finally {
    await sd.stopping();
    await control.close();
    await telling;
  }
  log.info('stopped');
}

async function tellSystemd(sd: SdNotify, service: Service, signal: AbortSignal): Promise<void> {
  const everyMs = Math.min(sd.watchdogEveryMs ?? TELL_EVERY_MS, TELL_EVERY_MS);
  const ended = service.stopped.catch(() => undefined).then(() => 'ended' as const);
  let told = '';
  let sinceMs = everyMs;
  const lookMs = Math.min(LOOK_EVERY_MS, everyMs);
  for (;;) {
    const line = statusLine(service);
    if (line !== told) await sd.status(line);
    told = line;
    if (sinceMs >= everyMs) {
      sinceMs = 0;
      if (service.comesRound()) await sd.watchdog();
    }
    // Once it is told to stop there is nothing more to tell.
    const pause = systemClock.after(lookMs, signal).catch(() => ended);
    sinceMs += lookMs;
    if ((await Promise.race([pause, ended])) === 'ended') return;
  }
}

function statusLine(service: Service): string {
  const cards = service.status().cards.filter(({ present }) => present);
  if (cards.length === 0) return 'no card in';
  const words = cards.map(({ label, light }) => `${label} ${light}`);
  return `${cards.length} ${cards.length === 1 ? 'card' : 'cards'}: ${words.join(', ')}`;
}
