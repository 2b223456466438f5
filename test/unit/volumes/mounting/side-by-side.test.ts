/** Cards in several slots are mounted side by side: a slow one holds up nobody. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { runProgram } from '../../../../src/platform/exec.ts';
import { makeMounter } from '../../../../src/volumes/mounting/make-mounter.ts';
import { type FakeSysfs, fakeSysfs } from '../fake-sysfs.ts';
import { StillClock } from '../../../fakes/still-clock.ts';

const never = new AbortController().signal;
const SLOTS = [
  { name: 'sda', major: 8 },
  { name: 'sdb', major: 9 },
  { name: 'sdc', major: 10 },
];

let folder = '';
let sys: FakeSysfs;
let lines: string[] = [];
/** Resolves when this many tools run at once. */
let atOnce = 0;
let running = 0;
let allRun: () => void = () => undefined;
let untilAllRun: Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-side-'));
  sys = fakeSysfs(
    SLOTS.flatMap(({ name, major }) => {
      const path = `devices/pci0/host${major}/${name}`;
      const size = '2000';
      return [
        {
          path,
          device: `${major}:0`,
          attributes: { size, dev: `${major}:0`, diskseq: `${major}` },
        },
        { path: `${path}/${name}1`, device: `${major}:1`, attributes: { size, dev: `${major}:1` } },
      ];
    }),
  );
  for (const name of ['fstab', 'swaps']) writeFileSync(join(folder, name), '');
  lines = ['1 0 254:1 / / rw - ext4 /dev/vda1 rw'];
  running = 0;
  untilAllRun = new Promise((resolve) => {
    allRun = resolve;
  });
  writeMounts();
});
afterEach(() => {
  sys.remove();
  rmSync(folder, { recursive: true, force: true });
});

function writeMounts(): void {
  writeFileSync(join(folder, 'mountinfo'), `${lines.join('\n')}\n`);
}

/** A udisks that mounts when enough others are being mounted too. */
const run: typeof runProgram = async (_file, args) => {
  running += 1;
  if (running === atOnce) allRun();
  await untilAllRun;
  const device = args[2] ?? '';
  const major = SLOTS.find(({ name }) => device.includes(name))?.major ?? 0;
  lines.push(`${major} 1 ${major}:1 / /media/${major} ro - exfat ${device} ro`);
  writeMounts();
  return { exitCode: 0, stdout: '', stderr: '' };
};

it('three cards at once', async () => {
  atOnce = SLOTS.length;
  const sources = {
    sysfs: sys.sysfs,
    mountinfo: join(folder, 'mountinfo'),
    fstab: join(folder, 'fstab'),
    swaps: join(folder, 'swaps'),
  };
  const mounter = makeMounter(
    {
      clock: new StillClock(),
      policy: 'udisks',
      loopDevices: false,
      destinationPaths: [],
      stateDir: join(folder, 'state'),
      env: {},
      run,
      sources,
      probes: {
        probeFilesystem: async (path) => ({ fsType: 'exfat', volumeSerial: path }),
        listBlockDevices: async () => [],
      },
      desktop: async () => false,
    },
    'linux',
  );
  expect(await mounter.mountCards(never)).toEqual({ changed: true, troubles: [] });
  const noted = JSON.parse(readFileSync(join(folder, 'state/mounts.json'), 'utf8')) as {
    mounted: { root: string }[];
  };
  const roots = SLOTS.map(({ major }) => `/media/${major}`);
  expect(new Set(noted.mounted.map(({ root }) => root))).toEqual(new Set(roots));
});
