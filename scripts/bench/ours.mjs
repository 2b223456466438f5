/**
 * One offload by the built service's own parts, in a process of its own: `node ours.mjs ORDER`. The order is JSON:
 * `{ build, config, state, card }`. Lists the card, makes the plan, copies, commits to the real ledger; prints what
 * it took as JSON. With `unrecorded` no evidence is written: what it takes less is what the ledger adds. What the
 * service does before a card is in (opening the ledger, looking at the drives) is not timed.
 */
import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const order = JSON.parse(process.argv[2]);
const build = pathToFileURL(`${order.build}/`);
const part = (path) => import(new URL(path, build));

const { loadConfig } = await part('config/load.js');
const { openLedger } = await part('ledger/open.js');
const { silentLogger } = await part('platform/logger.js');
const { noMounter } = await part('volumes/mounting/no-mounter.js');
const { serviceDeps } = await part('compose/service-host.js');
const { takeInventory } = await part('daemon/take-inventory.js');
const { surveyInventory } = await part('daemon/survey.js');
const { doDriveWork } = await part('daemon/drive-work.js');

const never = new AbortController().signal;
const ledger = await openLedger(order.state);
try {
  const result = await offload();
  writeSync(1, JSON.stringify(result));
} finally {
  await ledger.close();
}

async function offload() {
  const { config } = await loadConfig({ configFlag: order.config, env: process.env });
  const writer = order.unrecorded ? { ...ledger, append: forget } : ledger;
  const book = timed(writer, ['append', 'recordInventory']);
  const setting = { config, configPath: order.config, warnings: [], stateDir: order.state };
  const parts = { ledger: book.ledger, logger: silentLogger, signal: {}, mounter: noMounter };
  const deps = await serviceDeps(setting, parts);
  await ledger.offerFolder({ path: order.card, label: 'BENCH', offeredAt: deps.clock.now() });
  const { insertions = [] } = await deps.volumes.list(never);
  const insertion = insertions.find(({ root }) => root === order.card);
  if (insertion === undefined || insertion.excluded !== undefined) {
    throw new Error(`the card was not taken: ${JSON.stringify(insertion)}`);
  }
  const looks = await deps.destinations.lookAll(deps.settings.destinations, new Set());
  const ready = looks.filter(({ state }) => state === 'ready');
  if (ready.length !== looks.length) throw new Error(`drives: ${JSON.stringify(looks)}`);

  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const taken = await takeInventory(deps, insertion, never);
  const round = () => driveRound(deps, { taken, insertion, ready });
  await round();
  const copied = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  const listingSeconds = book.seconds('recordInventory');
  const ledgerSeconds = book.seconds('append') + listingSeconds;
  const peak = await peakBytes();
  if (order.unrecorded) {
    const seconds = (copied - began) / 1_000;
    return { seconds, cpuSeconds: (user + system) / 1e6, peakBytes: peak };
  }
  const reread = await round();
  const rest = await survey(deps, taken, ready);
  if (rest.driveSteps.length > 0) throw new Error(`${rest.driveSteps.length} steps were left`);
  return {
    seconds: (copied - began) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: peak,
    ledgerSeconds,
    listingSeconds,
    rereadSeconds: (performance.now() - copied) / 1_000,
    rereadFiles: reread.length,
    proven: rest.held,
  };
}

async function survey(deps, taken, ready) {
  const { policy } = deps.settings;
  return surveyInventory(deps.ledger, taken.inventory, {
    policy,
    now: deps.clock.now(),
    situation: {
      cardPresent: true,
      destinations: ready.map(({ id }) => id),
      remotes: deps.offsite.map(({ remote }) => remote.id),
      sourceVerify: policy.sourceVerify,
    },
  });
}

async function driveRound(deps, { taken, insertion, ready }) {
  const found = await survey(deps, taken, ready);
  const card = { root: insertion.root, stillIn: () => deps.volumes.stillIn(insertion) };
  const { folders } = taken;
  const work = { roll: taken.roll, survey: found, ready, card, folders, onProgress: () => {} };
  const { lostLegs, sourceGone } = await doDriveWork(deps, work, never);
  if (sourceGone || lostLegs.length > 0) throw new Error(JSON.stringify({ lostLegs, sourceGone }));
  return found.driveSteps;
}

/** Takes evidence as the ledger does, and keeps none of it. */
async function forget() {}

/** The ledger with a watch on its calls. */
function timed(real, names) {
  const ms = new Map();
  const watched = Object.fromEntries(
    names.map((name) => [
      name,
      async (...args) => {
        const start = performance.now();
        const answer = await real[name](...args);
        ms.set(name, (ms.get(name) ?? 0) + performance.now() - start);
        return answer;
      },
    ]),
  );
  return { ledger: { ...real, ...watched }, seconds: (name) => (ms.get(name) ?? 0) / 1_000 };
}

/** The largest that this process ever was in memory, files and libraries included. */
async function peakBytes() {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}
