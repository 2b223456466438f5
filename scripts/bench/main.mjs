/**
 * How fast a card gets onto two drives, and what was really read back: ours against the tools that are there.
 * `npm run bench -- [--quick] [--rounds N] [--only w1,w2,w3,known] [--at card,memory] [--ways cp,rsync]
 * [--ocopy CHECKOUT] [--build DIST] [--against DIST]…`. Bare reading and ours are always among the ways; further builds
 * of ours take turns with the first. Root, Linux.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { must } from '../lib/run.mjs';
import { coldCaches, Device, ImageRoom, Throttle, whyNoDevices } from './devices.mjs';
import { timeKnownCard } from './known.mjs';
import { goalsReached, tableOf } from './table.mjs';
import { ways, whyNot } from './ways.mjs';
import { shoot, workloads } from './workloads.mjs';

/** A fast UHS-II reader, and two fast USB drives. Bytes per second. */
const SPEEDS = { card: 283e6, drive: 500e6 };
const GIB = 1 << 30;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: 'w1,w2,w3,known' },
    at: { type: 'string', default: 'card,memory' },
    build: { type: 'string', default: 'dist' },
    against: { type: 'string', multiple: true, default: [] },
    ocopy: { type: 'string' },
    ways: { type: 'string' },
  },
});

const notRun = [];
let ended = false;
for (const name of ['SIGINT', 'SIGTERM']) {
  // The devices must go: what is running ends first, then all is cleared away.
  process.once(name, () => (ended = true));
}
const why = whyNoDevices();
if (why !== undefined) giveUp(`Nothing was measured: ${why}.`);
if (!existsSync(join(options.build, 'main.js'))) giveUp('Nothing is built: npm run build');

const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const chosen = options.only.split(',');
const room = new ImageRoom();
const throttle = new Throttle();
const results = [];
await room.open();
try {
  conditions();
  if (Throttle.why() === undefined) throttle.open();
  const able = await ableWays();
  for (const workload of workloads(options.quick)) {
    if (chosen.includes(workload.name.toLowerCase())) await measure(workload, able);
  }
  if (chosen.includes('known')) results.push(await knownCard());
  for (const line of goalsReached(results)) say(line);
  for (const line of notRun) say(`Not run: ${line}`);
} finally {
  await throttle.close();
  await room.close();
}

async function ableWays() {
  const able = [];
  const wanted = options.ways?.split(',');
  for (const way of ways(options)) {
    if (wanted?.includes(way.key) === false && way.key !== undefined) continue;
    const reason = await whyNot(way);
    if (reason === undefined) able.push(way);
    else notRun.push(`${way.name}: ${reason}.`);
  }
  return able;
}

/** All ways on one workload, at the speeds that can be had, in turns. */
async function measure(workload, able) {
  const stage = await makeStage(workload);
  try {
    for (const at of options.at.split(',')) {
      if (at === 'card' && Throttle.why() !== undefined) {
        notRun.push(`${workload.name} at the speed of a card: ${Throttle.why()}.`);
      } else await measureAt(at, stage, able);
    }
  } finally {
    for (const device of [stage.card, ...stage.drives]) await device.remove();
    rmSync(stage.work, { recursive: true, force: true });
  }
}

async function makeStage(workload) {
  const sizeBytes = Math.ceil(workload.bytes * 1.1) + GIB / 2;
  const [card, ...drives] = ['card', 'drive-a', 'drive-b'].map(
    (name) => new Device(room, `${workload.name}-${name}`, sizeBytes),
  );
  for (const device of [card, ...drives]) await device.make();
  await shoot(card.mountPoint, workload.files);
  await card.unmount();
  await card.mount('ro');
  const work = join(room.folder, `${workload.name}-work`);
  mkdirSync(work);
  return { workload, card, drives, work, bytes: workload.bytes, prefix: throttle.prefix };
}

async function measureAt(at, stage, able) {
  const runs = new Map(able.map((way) => [way.name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    // Every other round goes backwards, so that of two neighbours neither always comes after the other.
    for (const way of round % 2 === 0 ? able.toReversed() : able) {
      const run = await once(way, stage, at);
      runs.get(way.name).push(run);
      progress(
        `${stage.workload.name} ${at} ${round}/${rounds} ${way.name}: ${run.seconds.toFixed(2)} s`,
      );
    }
  }
  const { name, what, files, bytes } = stage.workload;
  const result = { workload: name, what, files: files.length, bytes, at, able, runs };
  results.push(result);
  for (const line of tableOf(result)) say(line);
}

async function once(way, stage, at) {
  if (ended) throw new Error('ended by a signal');
  const { card, drives } = stage;
  for (const drive of drives) await drive.empty();
  await coldCaches();
  await limit(stage, at === 'card');
  try {
    const before = drives.map((drive) => drive.moved());
    const run = await way.once(stage);
    const after = drives.map((drive) => drive.moved());
    await limit(stage, false);
    if (way.ours) await checkFromOutside(card, drives);
    const readBack = after.map(({ read }, i) => read - before[i].read);
    return { ...run, readBack: way.limit ? undefined : readBack };
  } finally {
    await limit(stage, false);
  }
}

async function limit({ card, drives }, slow) {
  if (Throttle.why() !== undefined) return;
  await throttle.set(card, slow ? SPEEDS.card : 0, 0);
  for (const drive of drives)
    await throttle.set(drive, slow ? SPEEDS.drive : 0, slow ? SPEEDS.drive : 0);
}

/** Another program must find the same bytes on both drives, whatever our evidence says. */
async function checkFromOutside(card, drives) {
  for (const { mountPoint } of drives) {
    const script =
      'roll=$(echo "$1"/Ingest/*/*) && diff -rq "$0" "$roll" && find "$roll" -type f | wc -l';
    await must('sh', ['-c', script, card.mountPoint, mountPoint], { timeoutMs: 600_000 });
  }
}

async function knownCard() {
  const result = await timeKnownCard({ room, build: resolve(options.build), quick: options.quick });
  say('');
  say(`### A card of ${result.files} known files, put in again (cold caches)`);
  say('');
  say(
    `Time to verdict ("${result.verdict}") ${result.seconds.map((s) => s.toFixed(2)).join(', ')} s;`,
  );
  say(`peak memory ${(result.peakBytes / 2 ** 20).toFixed(0)} MiB.`);
  return result;
}

function conditions() {
  const [cpu] = cpus();
  const memory = (totalmem() / GIB).toFixed(0);
  say(
    `Linux ${release()}, Node ${process.version}, ${cpus().length} × ${cpu.model}, ${memory} GiB;`,
  );
  say(
    'card and drives: ext4 on loop devices with direct I/O, images in memory; caches dropped before each run;',
  );
  say(
    `${rounds} rounds, all ways in turns, medians. CPU is that of the programs, not of the loop devices.`,
  );
  say(
    `"card": reading from the card ${SPEEDS.card / 1e6} MB/s, each drive ${SPEEDS.drive / 1e6} MB/s each way; "memory": no limit.`,
  );
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function progress(line) {
  process.stderr.write(`${line}\n`);
}

function giveUp(sentence) {
  say(sentence);
  process.exit(1);
}
