/** A card whose files are all known and proven is put in again: how long until the service says so. */
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../lib/run.mjs';
import { AS_THE_UNIT_HAS_IT } from '../lib/unit-environment.mjs';
import { coldCaches, Device } from './devices.mjs';
import { NODE_FLAGS } from './ways.mjs';

const RUN = join(import.meta.dirname, 'known-run.mjs');
const TIMES = 3;
const LONGEST_MS = 10 * 60_000;

/** Directories and inodes alone; the files are holes of the right size. */
const ROOM_BYTES = 2 ** 29;

/** @returns what `table.mjs` shows: files, seconds of each time, the largest memory, the verdict */
export async function timeKnownCard({ room, build, quick }) {
  const files = quick ? 2_000 : 100_000;
  const devices = ['known-card', 'known-a', 'known-b'].map(
    (n) => new Device(room, n, ROOM_BYTES, files),
  );
  const [card, ...drives] = devices;
  const state = join(room.folder, 'known-state');
  const remote = join(room.folder, 'known-remote');
  mkdirSync(state);
  mkdirSync(remote);
  try {
    for (const device of devices) await device.make();
    for (const { mountPoint } of drives) mkdirSync(join(mountPoint, 'Ingest'));
    const config = join(state, 'config.toml');
    await writeFile(config, configText(drives, remote));
    const order = { build, config, state, card: card.mountPoint, files };
    await child({ ...order, kind: 'prepare' });
    await card.unmount();
    await card.mount('ro');
    const runs = [];
    for (let n = 0; n < TIMES; n += 1) {
      await coldCaches();
      runs.push(await child({ ...order, kind: 'measure' }));
    }
    return {
      files,
      seconds: runs.map(({ seconds }) => seconds),
      peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
      verdict: runs[0].verdict,
    };
  } finally {
    for (const device of devices) await device.remove();
  }
}

function configText(drives, remote) {
  const places = drives.map(
    ({ mountPoint }, i) =>
      `[[destination]]\nname = "drive-${i + 1}"\npath = "${join(mountPoint, 'Ingest')}"\n`,
  );
  return `${places.join('')}
[[remote]]
name = "nas"
kind = "folder"
path = "${remote}"
offsite = true
[signals.desktop]
enabled = false
`;
}

async function child(order) {
  const args = [...NODE_FLAGS, RUN, JSON.stringify(order)];
  const env = { ...process.env, ...AS_THE_UNIT_HAS_IT };
  return JSON.parse(await must(process.execPath, args, { timeoutMs: LONGEST_MS, env }));
}
