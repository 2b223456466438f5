/** What the mounter has just learnt of a card spares the listing a question; nothing older does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ExecError, type runProgram } from '../../../../src/platform/exec.ts';
import { Identifier, JustLearnt } from '../../../../src/volumes/linux/identify.ts';
import { makeMounter } from '../../../../src/volumes/mounting/make-mounter.ts';
import { type FakeSysfs, fakeSysfs } from '../fake-sysfs.ts';
import { StillClock } from '../../../fakes/still-clock.ts';

const never = new AbortController().signal;
const ROOT_LINE = '1 0 254:1 / / rw - ext4 /dev/vda1 rw\n';
const SLOT = 'devices/pci0/host0/sda';
const TARGET = { medium: 'sda=7 8:1', device: '8:1', devicePath: '/dev/sda1' };

let folder = '';
let sys: FakeSysfs;
let clock: StillClock;
let justLearnt: JustLearnt;
/** What the card holds now, and how often the listing had to ask. */
let serial = '';
let asked = 0;
let tool: () => void = () => undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-learnt-'));
  sys = fakeSysfs([
    { path: SLOT, device: '8:0', attributes: { size: '2000', dev: '8:0', diskseq: '7' } },
    { path: `${SLOT}/sda1`, device: '8:1', attributes: { size: '2000', dev: '8:1' } },
  ]);
  for (const name of ['fstab', 'swaps']) writeFileSync(join(folder, name), '');
  mounts('');
  clock = new StillClock();
  justLearnt = new JustLearnt();
  serial = 'AAAA-AAAA';
  asked = 0;
  tool = () => mounts('2 1 8:1 / /media/EOS ro - exfat /dev/sda1 ro\n');
});
afterEach(() => {
  sys.remove();
  rmSync(folder, { recursive: true, force: true });
});

function mounts(text: string): void {
  writeFileSync(join(folder, 'mountinfo'), ROOT_LINE + text);
}

const run: typeof runProgram = async () => {
  tool();
  return { exitCode: 0, stdout: '', stderr: '' };
};

const probes = (note: () => void) => ({
  probeFilesystem: async () => {
    note();
    return { fsType: 'exfat', label: 'EOS', volumeSerial: serial };
  },
  listBlockDevices: async () => [],
});

function mounter(desktop = false) {
  return makeMounter(
    {
      clock,
      policy: 'auto',
      loopDevices: false,
      destinationPaths: [],
      stateDir: join(folder, 'state'),
      env: {},
      run,
      sources: {
        sysfs: sys.sysfs,
        mountinfo: join(folder, 'mountinfo'),
        fstab: join(folder, 'fstab'),
        swaps: join(folder, 'swaps'),
      },
      probes: probes(() => undefined),
      justLearnt,
      desktop: async () => desktop,
      mayMount: async () => false,
    },
    'linux',
  );
}

/** The serial that a listing shows, with how often it asked the device in all. */
async function listed(): Promise<readonly [string | undefined, number]> {
  const identifier = new Identifier(
    probes(() => {
      asked += 1;
    }),
    justLearnt,
  );
  return [(await identifier.identify(TARGET, never))?.volumeSerial, asked];
}

it('a card that was found and mounted in one turn is not asked again', async () => {
  await mounter().mountCards(never);
  expect(await listed()).toEqual(['AAAA-AAAA', 0]);
  expect(await listed()).toEqual(['AAAA-AAAA', 1]);
});

it('the listing knows it while the tool still runs', async () => {
  const during: Promise<unknown>[] = [];
  tool = () => {
    mounts('2 1 8:1 / /media/EOS ro - exfat /dev/sda1 ro\n');
    during.push(listed());
  };
  await mounter().mountCards(never);
  expect(await Promise.all(during)).toEqual([['AAAA-AAAA', 0]]);
});

it('a card that waited for others is asked again: it may have been formatted meanwhile', async () => {
  const patient = mounter(true);
  await patient.mountCards(never);
  clock.move(5_000);
  await patient.mountCards(never);
  serial = 'BBBB-BBBB';
  expect(await listed()).toEqual(['BBBB-BBBB', 1]);
});

it('so is one that could not be mounted', async () => {
  tool = () => {
    throw new ExecError('failed', 'no', {
      file: 'udisksctl',
      stdout: '',
      stderr: 'bad superblock',
    });
  };
  await mounter().mountCards(never);
  serial = 'BBBB-BBBB';
  expect(await listed()).toEqual(['BBBB-BBBB', 1]);
});

it('and one that nobody listed before the next turn', async () => {
  const one = mounter();
  await one.mountCards(never);
  mounts('');
  tool = () => undefined;
  await one.mountCards(never);
  serial = 'BBBB-BBBB';
  expect(await listed()).toEqual(['BBBB-BBBB', 1]);
});
