/** Tries every part for real and tells what works, before a card depends on it. */
import type { DestinationLook } from '../core/destination.ts';
import { bytesText } from '../core/wording.ts';
import type { Signal } from '../ports/signal.ts';
import type { OffsitePair, ServiceDeps } from './service-deps.ts';

export interface DoctorFinding {
  /** drives, remote, witness, light, ledger, service, clock, cards */
  readonly part: string;
  readonly ok: boolean;
  /** A failing part that is not required is only a warning. */
  readonly required: boolean;
  readonly sentence: string;
  readonly hint?: string;
}

export interface DoctorDeps
  extends Pick<ServiceDeps, 'clock' | 'volumes' | 'destinations' | 'settings'> {
  readonly offsite: readonly OffsitePair[];
  /** Opens the ledger for reading and says how many cards it knows; throws when it cannot. */
  readonly ledgerCards: () => Promise<number>;
  readonly serviceRunning: () => Promise<boolean>;
  /** Signals to try, each by itself. */
  readonly signals: readonly Signal[];
}

/** Earlier than this the clock is certainly wrong. 2026-01-01 in milliseconds. */
const NO_EARLIER_MS = 1_767_225_600_000;

const TRIAL_TEXT = 'This is a trial by "safelight doctor": messages arrive.';

export async function examine(
  deps: DoctorDeps,
  signal: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const groups = await Promise.all([
    clockFindings(deps),
    ledgerFindings(deps),
    serviceFindings(deps),
    driveFindings(deps, signal),
    ...deps.offsite.map((pair) => offsiteFindings(pair, signal)),
    offsiteCountFindings(deps),
    ...deps.signals.map((one) => signalFindings(one)),
  ]);
  return groups.flat();
}

async function clockFindings(deps: DoctorDeps): Promise<readonly DoctorFinding[]> {
  const now = deps.clock.now();
  const ok = now >= NO_EARLIER_MS;
  const sentence = `The clock says ${new Date(now).toISOString()}.`;
  const hint = 'Evidence is dated: set the clock (timedatectl set-ntp true).';
  return [{ part: 'clock', ok, required: true, sentence, ...(ok ? {} : { hint }) }];
}

async function ledgerFindings(deps: DoctorDeps): Promise<readonly DoctorFinding[]> {
  try {
    const cards = await deps.ledgerCards();
    const sentence = `The ledger can be read and knows ${cards} ${cards === 1 ? 'card' : 'cards'}.`;
    return [{ part: 'ledger', ok: true, required: true, sentence }];
  } catch (error) {
    return [failed('ledger', true, error)];
  }
}

async function serviceFindings(deps: DoctorDeps): Promise<readonly DoctorFinding[]> {
  if (await deps.serviceRunning()) {
    return [{ part: 'service', ok: true, required: false, sentence: 'The service is running.' }];
  }
  const sentence = 'The service is not running: no card is offloaded by itself.';
  const hint = 'Start it with "safelight daemon", or as a system service.';
  return [{ part: 'service', ok: false, required: false, sentence, hint }];
}

async function driveFindings(
  deps: DoctorDeps,
  signal: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const listing = await deps.volumes.list(signal);
  const media = listing.state === 'known' ? listing.insertions : [];
  const cardMedia = new Set(
    media.flatMap(({ mediumId, excluded }) =>
      mediumId === undefined || excluded !== undefined ? [] : [mediumId],
    ),
  );
  const looks = await deps.destinations.lookAll(deps.settings.destinations, cardMedia);
  const findings = looks.map(driveFinding);
  const media2 = new Set(looks.flatMap((look) => (look.state === 'ready' ? [look.mediumId] : [])));
  const { copies } = deps.settings.policy;
  const enough = media2.size >= copies;
  const sentence = enough
    ? `${media2.size} separate disks are ready; the policy wants ${copies}.`
    : `Only ${media2.size} separate ${media2.size === 1 ? 'disk is' : 'disks are'} ready; the policy wants ${copies}.`;
  const hint = 'Connect the missing drive, or correct its path in the configuration.';
  const listed: DoctorFinding[] =
    listing.state === 'known'
      ? (listing.troubles ?? []).map((trouble) => ({
          part: 'cards',
          ok: false,
          required: false,
          ...trouble,
        }))
      : [
          {
            part: 'cards',
            ok: false,
            required: true,
            sentence: `What is plugged in cannot be listed (${listing.reason}).`,
            hint: 'Install util-linux (lsblk, findmnt).',
          },
        ];
  return [
    ...listed,
    ...findings,
    { part: 'drives', ok: enough, required: true, sentence, ...(enough ? {} : { hint }) },
  ];
}

function driveFinding(look: DestinationLook): DoctorFinding {
  if (look.state === 'trouble') {
    const { sentence, hint } = look;
    return { part: `drive ${look.id}`, ok: false, required: true, sentence, hint };
  }
  const free = bytesText(look.freeBytes);
  const warning = look.warning === undefined ? '' : ` ${look.warning}`;
  const sentence = `${look.path} can be written to; ${free} free on ${look.fsType}, ${look.mediumId}.${warning}`;
  return { part: `drive ${look.id}`, ok: true, required: true, sentence };
}

async function offsiteFindings(
  { remote, witness }: OffsitePair,
  signal: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  const tries = [
    { part: `remote ${remote.id}`, run: () => remote.tryOut(signal) },
    { part: `witness ${remote.id}`, run: () => witness.tryOut(signal) },
  ];
  for (const { part, run } of tries) {
    try {
      const report = await run();
      findings.push(...report.findings.map((f) => ({ part, required: true, ...f })));
    } catch (error) {
      findings.push(failed(part, true, error));
    }
  }
  return findings;
}

async function offsiteCountFindings(deps: DoctorDeps): Promise<readonly DoctorFinding[]> {
  const { offsite, offsiteRemotes } = deps.settings.policy;
  if (offsiteRemotes.size >= offsite) return [];
  const sentence = `${offsiteRemotes.size} offsite places are set up; the policy wants ${offsite}. Cards stay amber.`;
  const hint = 'Add a [[remote]]; a mounted NAS counts only with offsite = true.';
  return [{ part: 'offsite', ok: false, required: true, sentence, hint }];
}

async function signalFindings(signal: Signal): Promise<readonly DoctorFinding[]> {
  const part = signal.name;
  try {
    await signal.start();
    await signal.show({ light: 'do-not-format', line: 'safelight doctor' });
    await signal.tell({ kind: 'alarm', card: 'trial', title: 'safelight', body: TRIAL_TEXT });
    await signal.stop();
    return [{ part, ok: true, required: false, sentence: 'The signal can be set.' }];
  } catch (error) {
    return [failed(part, false, error)];
  }
}

function failed(part: string, required: boolean, error: unknown): DoctorFinding {
  const sentence = error instanceof Error ? error.message : String(error);
  const hint = hintOf(error);
  return { part, ok: false, required, sentence, ...(hint === undefined ? {} : { hint }) };
}

function hintOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('hint' in error)) return undefined;
  return typeof error.hint === 'string' ? error.hint : undefined;
}
