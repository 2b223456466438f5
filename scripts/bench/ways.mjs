/** The ways to get a card onto two drives that are compared, and what keeps one from being run here. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { must, run } from '../lib/run.mjs';
import { AS_THE_UNIT_HAS_IT } from '../lib/unit-environment.mjs';

const LONGEST_MS = 15 * 60_000;
const PEERS = join(import.meta.dirname, 'peers.sh');
const OURS = join(import.meta.dirname, 'ours.mjs');
const TIME = '/usr/bin/time';

/** What the installed command starts Node with. */
export const NODE_FLAGS = readFileSync(join(import.meta.dirname, '../lib/node-flags'), 'utf8')
  .trim()
  .split(' ');

function oursOf(dist, how = {}) {
  return { ours: true, needs: [], once: (stage) => ours(stage, dist, how) };
}

/** The ways in the order of the table; each runs once and tells what it took. */
export function ways({ build, against, ocopy }) {
  return [
    { name: 'dd of the card', limit: true, needs: ['dd'], once: readCard },
    { name: 'safelight', ...oursOf(build) },
    {
      name: 'safelight, no evidence written',
      key: 'unrecorded',
      ...oursOf(build, { unrecorded: true }),
    },
    ...against.map((dist) => ({ name: `safelight, ${dist}`, ...oursOf(dist) })),
    { name: 'cp, both drives, honest', key: 'cp', needs: ['cp', 'xxhsum'], once: peer('cp') },
    { name: 'rsync --fsync, honest', key: 'rsync', needs: ['rsync'], once: peer('rsync') },
    {
      name: 'rclone copy and check, honest',
      key: 'rclone',
      needs: ['rclone'],
      once: peer('rclone'),
    },
    {
      name: 'o/COPY as it is, and a flush',
      key: 'ocopy',
      needs: [],
      missing: ocopy === undefined ? 'name its checkout with --ocopy PATH' : undefined,
      once: peer('ocopy', ocopy === undefined ? {} : { OCOPY: resolve(ocopy) }),
    },
  ];
}

/** Why a way cannot be run here; undefined when it can. */
export async function whyNot({ missing, needs, name, limit, ours: isOurs }) {
  if (missing !== undefined) return missing;
  const all = limit || isOurs ? needs : [...needs, 'sh', 'umount'];
  for (const program of all) {
    const { code } = await run('sh', ['-c', `command -v ${program}`]);
    if (code !== 0) return `${program} is not installed`;
  }
  if (name.startsWith('rsync') && !(await must('rsync', ['--help'])).includes('--fsync')) {
    return 'this rsync has no --fsync';
  }
  return undefined;
}

/** The least that any way needs: as many bytes as the files have, in order, past every cache. */
async function readCard({ card, bytes, prefix, work }) {
  const whole = Math.ceil(bytes / 4096) * 4096;
  const flags = ['iflag=direct,count_bytes', 'bs=4M', `count=${whole}`];
  return await underTime(work, [...prefix, 'dd', `if=${card.loop}`, 'of=/dev/null', ...flags]);
}

function peer(name, env = {}) {
  return async ({ card, drives, prefix, work }) => {
    const [a, b] = drives;
    const args = [PEERS, name, card.mountPoint, a.mountPoint, b.mountPoint, work];
    const loops = { LOOP_A: a.loop, LOOP_B: b.loop };
    return await underTime(work, [...prefix, ...args], { ...process.env, ...loops, ...env });
  };
}

/** With GNU time the processor time and the largest process are known, too. */
async function underTime(work, command, env = process.env) {
  const report = join(work, 'time');
  const gnu = existsSync(TIME) ? [TIME, '-o', report, '-f', '%U %S %M'] : [];
  const [program, ...args] = [...gnu, ...command];
  const began = performance.now();
  await must(program, args, { timeoutMs: LONGEST_MS, env });
  const seconds = (performance.now() - began) / 1_000;
  if (gnu.length === 0) return { seconds };
  const [user, system, kib] = (await readFile(report, 'utf8')).trim().split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, peakBytes: kib * 1_024 };
}

async function ours({ card, drives, prefix, work }, build, how) {
  const state = mkdtempSync(join(work, 'state-'));
  const config = join(state, 'config.toml');
  const places = drives.map(
    ({ mountPoint }, i) =>
      `[[destination]]\nname = "drive-${i + 1}"\npath = "${join(mountPoint, 'Ingest')}"\n`,
  );
  for (const { mountPoint } of drives) mkdirSync(join(mountPoint, 'Ingest'));
  await writeFile(config, `${places.join('')}[cards]\nloopDevices = true\n`);
  const order = { build: resolve(build), config, state, card: card.mountPoint, ...how };
  const command = [...prefix, process.execPath, ...NODE_FLAGS, OURS, JSON.stringify(order)];
  const [program, ...args] = command;
  const env = { ...process.env, ...AS_THE_UNIT_HAS_IT };
  return JSON.parse(await must(program, args, { timeoutMs: LONGEST_MS, env }));
}
