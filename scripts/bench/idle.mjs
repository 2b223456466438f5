/**
 * What the service costs while nothing is in: `npm run build && node scripts/bench/idle.mjs [minutes]`.
 * Two drives of its own, a folder as offsite, the service as built; prints processor time and memory of the service
 * and of the small programs it listens to. Needs what the quickstart needs.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { makeDrives, undoAll } from '../lib/quickstart-drives.mjs';
import { Service } from '../lib/quickstart-service.mjs';

const MINUTES = Number(process.argv[2] ?? 5);
const SETTLE_MS = 30_000;
/** Clock ticks per second in /proc/PID/stat; 100 on every Linux that Node runs on. */
const TICKS = 100;
const MIB = 1 << 20;

const say = (line) => void process.stdout.write(`${line}\n`);

/** Processor seconds of a process, of its children that have ended, and of its children that live. */
async function secondsOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return 0;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  const children = await Promise.all((await childrenOf(pid)).map(secondsOf));
  return children.reduce((sum, seconds) => sum + seconds, own);
}

async function childrenOf(pid) {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'latin1').catch(() => '')),
  );
  return lists.join(' ').split(' ').filter(Boolean).map(Number);
}

async function residentMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / MIB;
}

async function configured(base, drives) {
  const offsite = join(base, 'offsite');
  await mkdir(offsite);
  const config = join(base, 'safelight.toml');
  const tables = drives.map(
    ({ name, path }) => `[[destination]]\nname = "${name}"\npath = "${path}"\n`,
  );
  const remote = `[[remote]]\nname = "elsewhere"\nkind = "folder"\npath = "${offsite}"\noffsite = true\n`;
  await writeFile(config, `${tables.join('\n')}\n${remote}`);
  return config;
}

const base = await mkdtemp(join(tmpdir(), 'safelight-idle-'));
const { drives, undo } = await makeDrives(base, 64 * MIB);
const service = new Service({
  config: await configured(base, drives),
  stateDir: join(base, 'state'),
  logFile: join(base, 'service.log'),
});
try {
  const { service: facts } = await service.start();
  await after(SETTLE_MS);
  const before = await secondsOf(facts.pid);
  const memory = [];
  for (let minute = 0; minute < MINUTES; minute += 1) {
    await after(60_000);
    memory.push(await residentMiB(facts.pid));
  }
  const used = (await secondsOf(facts.pid)) - before;
  const children = await Promise.all((await childrenOf(facts.pid)).map(residentMiB));
  const share = (used / (MINUTES * 60)) * 100;
  say(`processor: ${share.toFixed(2)} % of one core (${used.toFixed(2)} s in ${MINUTES} min)`);
  say(`memory:    ${Math.max(...memory).toFixed(1)} MiB resident at most`);
  say(
    `listening: ${children.length} small programs, ${children.map((m) => m.toFixed(1)).join(' + ')} MiB`,
  );
  say(
    `machine:   load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
} finally {
  await service.stop();
  await undoAll(undo);
  await rm(base, { recursive: true, force: true });
}
