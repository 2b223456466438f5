/** Does with real parts what the commands need done. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Call, CliServices, RosterView, ShowAnswer, TrialFinding } from '../cli/services.ts';
import type { ConfigWarning } from '../config/cross-checks.ts';
import { statusShape } from '../cli/shapes.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { CardFile } from '../core/inventory.ts';
import { type ShotsView, shotsOf } from '../core/shots.ts';
import type { CardView, StatusView } from '../core/status.ts';
import { type CheckDeps, checkCards } from '../daemon/checking.ts';
import { examine } from '../daemon/doctoring.ts';
import { showCard } from '../daemon/showing.ts';
import { isoTime } from '../daemon/status-builder.ts';
import { callControl } from '../platform/control-client.ts';
import { ControlError } from '../platform/control-error.ts';
import { silentLogger } from '../platform/logger.ts';
import { runProgram } from '../platform/exec.ts';
import { controlSocketPath, stateFolder } from '../platform/paths.ts';
import type { KnownCard } from '../ports/ledger.ts';
import { asking } from './asking.ts';
import { ledgerStatus } from './ledger-status.ts';
import { notYet } from './not-yet.ts';
import type { Setting } from './parts.ts';
import type { Machine } from './service-install-places.ts';
import { tryLight, tryMessage } from './signal-trials.ts';

const STATUS_TIMEOUT_MS = 5_000;

export function cliServices(version: string): CliServices {
  return {
    version,
    isBadConfig: (error) => error instanceof ConfigError,
    async daemon(call) {
      const { hostService } = await import('./service-host.ts');
      await hostService(await settingOf(call), call.signal);
    },
    async status(call) {
      const setting = await settingOf(call);
      const running = await askService(setting, call);
      if (running !== undefined) return running;
      return asking(setting, (deps) => ledgerStatus(deps, setting.config, call.signal));
    },
    async check(call, selectors) {
      return asking(await settingOf(call), (deps) => checkCards(deps, selectors, call.signal));
    },
    async cards(call) {
      return asking(await settingOf(call), (deps) => roster(deps, call.signal));
    },
    async show(call, selector) {
      return asking(await settingOf(call), (deps) => show(deps, selector, call.signal));
    },
    async offload(call, request, onStep) {
      const { offload } = await import('./offloading.ts');
      return offload(await settingOf(call), call, request, onStep);
    },
    async eject(call, selector) {
      const { eject } = await import('./ejecting.ts');
      return eject(await settingOf(call), call, selector);
    },
    async service(call, request) {
      const { tendService } = await import('./service-tending.ts');
      return tendService(thisMachine(), request, { run: runProgram, signal: call.signal });
    },
    async doctor(call) {
      return doctor(await settingOf(call), call);
    },
    async led(call, light) {
      const { config, configPath } = await settingOf(call);
      return tryLight({ config, path: configPath }, light);
    },
    async notify(call, text) {
      return tryMessage((await settingOf(call)).config, text);
    },
  };
}

/** Where this very program runs. */
function thisMachine(): Machine {
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    home: homedir(),
    env: process.env,
    node: process.execPath,
    program: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
    root: '',
  };
}

async function settingOf({ configFlag, stateDirFlag }: Call): Promise<Setting> {
  const { env } = process;
  const { config, path, warnings } = await loadConfig({
    env,
    ...(configFlag === undefined ? {} : { configFlag }),
  });
  const stateDir = stateFolder({
    env,
    ...(stateDirFlag === undefined ? {} : { flag: stateDirFlag }),
  });
  return { config, configPath: path, stateDir, warnings: [...warnings, ...notYet(config)] };
}

/** Undefined when no service runs. */
async function askService({ stateDir }: Setting, call: Call): Promise<StatusView | undefined> {
  const socket = controlSocketPath(stateDir);
  if (!existsSync(socket)) return undefined;
  try {
    const answer = await callControl(
      socket,
      { method: 'GET', path: '/status' },
      { timeoutMs: STATUS_TIMEOUT_MS, signal: call.signal },
    );
    return statusShape.parse(answer);
  } catch (error) {
    if (error instanceof ControlError && error.code === 'not-running') return undefined;
    throw error;
  }
}

async function roster(deps: CheckDeps, signal: AbortSignal): Promise<readonly RosterView[]> {
  const known = (await deps.ledger?.cards()) ?? [];
  if (known.length === 0) return [];
  const outcome = await checkCards(
    deps,
    known.map(({ id }) => id),
    signal,
  );
  const judged = new Map<string, CardView>(
    outcome.kind === 'answers' ? outcome.cards.map((card) => [card.id, card]) : [],
  );
  const views: RosterView[] = [];
  for (const card of known.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)) {
    views.push(rosterView(card, judged.get(card.id), await shotsOn(deps, card)));
  }
  return views;
}

/** Null when the card was never listed. */
async function shotsOn({ ledger }: CheckDeps, { id }: KnownCard): Promise<ShotsView | null> {
  const roll = await ledger?.currentRoll(id);
  const inventory = roll === undefined ? undefined : await ledger?.latestInventory(roll.id);
  if (ledger === undefined || inventory === undefined) return null;
  const files: CardFile[] = [];
  for await (const batch of ledger.files(inventory)) files.push(...batch);
  return shotsOf(files);
}

function rosterView(
  card: KnownCard,
  judged: CardView | undefined,
  shots: ShotsView | null,
): RosterView {
  return {
    id: card.id,
    label: judged?.label ?? card.label,
    roll: judged?.roll ?? null,
    present: judged?.present ?? false,
    firstSeenAt: isoTime(card.firstSeenAt),
    lastSeenAt: isoTime(card.lastSeenAt),
    files: judged?.files.total ?? null,
    bytes: judged?.files.bytes ?? null,
    shots,
    verdict: judged?.verdict ?? null,
    light: judged?.light ?? null,
  };
}

async function show(deps: CheckDeps, selector: string, signal: AbortSignal): Promise<ShowAnswer> {
  const outcome = await showCard(deps, selector, signal);
  if (outcome.kind !== 'card') return outcome;
  const { card, shots, notes, files } = outcome;
  return {
    kind: 'shown',
    card,
    shots,
    notes,
    files: (async function* batches() {
      yield files;
    })(),
  };
}

async function doctor(setting: Setting, call: Call): Promise<readonly TrialFinding[]> {
  const { makeHasher } = await import('../platform/xxhash.ts');
  const { makeOffsite } = await import('./offsite.ts');
  const { makeAllSignals } = await import('./signals.ts');
  return asking(setting, async (deps) => {
    const { clock, ledger } = deps;
    const running = (await askService(setting, call)) !== undefined;
    const parts = { clock, logger: silentLogger, tellsFailure: true };
    const warned = setting.warnings.map(configFinding);
    const found = await examine(
      {
        ...deps,
        offsite: makeOffsite(setting.config, {
          clock,
          hasher: await makeHasher(),
          env: process.env,
          ledger,
        }),
        ledgerCards: async () => (await ledger?.cards())?.length ?? 0,
        serviceRunning: async () => running,
        // A running service holds the lights; trying them as well would make them lie.
        signals: running ? [] : makeAllSignals(setting.config, setting.stateDir, parts),
      },
      call.signal,
    );
    return [...warned, ...found];
  });
}

function configFinding({ field, sentence, hint }: ConfigWarning): TrialFinding {
  return { part: field, ok: false, required: false, sentence, hint };
}
