/**
 * `node known-run.mjs ORDER`, in a process of its own. `prepare` fills a card, two drives and the ledger with files
 * that are proven everywhere; `measure` starts the built service over them, offers the card, and waits for the verdict.
 */
import { writeSync } from 'node:fs';
import { mkdir, open, readFile, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
const { startService } = await part('daemon/service.js');

const HASH = '0123456789abcdef';
const MD5 = '0123456789abcdef0123456789abcdef';
const SIZE_BYTES = 45_000_000;
const FILES_A_FOLDER = 2_000;
const APPENDED_AT_ONCE = 1_000;
const LIMIT_MS = 120_000;
const LABEL = 'KNOWN';

const stop = new AbortController();
const ledger = await openLedger(order.state);
try {
  const result = order.kind === 'prepare' ? await prepare() : await measure();
  writeSync(1, JSON.stringify(result));
} finally {
  await ledger.close();
}

async function depsOf() {
  const { config } = await loadConfig({ configFlag: order.config, env: process.env });
  const setting = { config, configPath: order.config, warnings: [], stateDir: order.state };
  const signal = {
    name: 'none',
    async start() {},
    async show() {},
    async tell() {},
    async stop() {},
  };
  return serviceDeps(setting, { ledger, logger: silentLogger, signal, mounter: noMounter });
}

async function prepare() {
  const deps = await depsOf();
  const paths = Array.from(
    { length: order.files },
    (_, i) => `DCIM/${100 + Math.floor(i / FILES_A_FOLDER)}EOSR5/IMG_${i + 1}.CR3`,
  );
  for (const path of paths) await makeHole(join(order.card, path));
  await ledger.offerFolder({ path: order.card, label: LABEL, offeredAt: deps.clock.now() });
  const { insertions } = await deps.volumes.list(stop.signal);
  const insertion = insertions.find(({ root }) => root === order.card);
  const { roll } = await takeInventory(deps, insertion, stop.signal);
  const drives = await deps.destinations.lookAll(deps.settings.destinations, new Set());
  const known = [];
  for await (const page of ledger.knownFiles(roll.id)) known.push(...page);
  for (const file of known) {
    for (const { path } of drives) await makeHole(join(path, roll.folder, file.placement));
  }
  for (let i = 0; i < known.length; i += APPENDED_AT_ONCE) {
    const some = known.slice(i, i + APPENDED_AT_ONCE);
    await ledger.append(some.flatMap((file) => proofOf(file, roll, drives)));
  }
  await ledger.withdrawOffer(order.card);
  return { files: known.length };
}

/** A file of the right size without bytes: nothing here reads any. */
async function makeHole(path) {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  await file.truncate(SIZE_BYTES);
  await file.close();
  await utimes(path, 1_790_000_000, 1_790_000_000);
}

function proofOf({ id: fileId, placement }, { folder }, drives) {
  const at = Date.now();
  const about = { fileId, at };
  const size = { hash: HASH, sizeBytes: SIZE_BYTES };
  const object = {
    ...about,
    remoteId: 'nas',
    key: `${folder}/${placement}`,
    sizeBytes: SIZE_BYTES,
  };
  return [
    { kind: 'source-read', ...about, ...size },
    ...drives.map(({ id: destinationId, mediumId }) => {
      const placedAt = `${folder}/${placement}`;
      const where = { destinationId, mediumId, placedAt };
      return { kind: 'copy-read-back', ...about, ...where, ...size, proof: 'device' };
    }),
    { kind: 'source-sample', ...about, firstHash: HASH, secondHash: HASH, sampledBytes: 1 << 20 },
    {
      kind: 'upload-pass',
      ...object,
      hash: HASH,
      digests: [{ algorithm: 'md5', value: MD5 }],
    },
    {
      kind: 'offsite-sighting',
      ...object,
      method: 'server-digest',
      digest: { algorithm: 'md5', value: MD5 },
    },
  ];
}

/** From the moment that the card is there to the verdict that stands, in a service that has been running. */
async function measure() {
  const deps = await depsOf();
  const service = await startService(deps, process.pid, stop.signal);
  await settled(service);
  const began = performance.now();
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const { kind } = await service.offload(order.card, LABEL);
    if (kind !== 'accepted') throw new Error('the card was refused');
    let last;
    for await (const step of service.follow(order.card, limit)) last = step;
    const seconds = (performance.now() - began) / 1_000;
    const { verdict, blockers } = last.card;
    if (last.card.files.total !== order.files) throw new Error(JSON.stringify(last.card.files));
    const said = verdict === 'safe-to-format' ? 'safe to format' : JSON.stringify(blockers);
    return { seconds, verdict: said, peakBytes: await peakBytes() };
  } finally {
    stop.abort();
    await service.stopped;
    await ledger.withdrawOffer(order.card);
  }
}

/** When it has looked through what it knew at its start: the one roll is judged, and then needs nothing. */
function settled(service) {
  return new Promise((resolve) => {
    let judged = false;
    const leave = service.onChange(() => {
      const { cards } = service.status();
      judged ||= cards.length > 0;
      if (!judged || cards.length > 0) return;
      leave();
      resolve();
    });
  });
}

async function peakBytes() {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}
