/** The mounter on a machine made of files: what udisks and mount are asked, and what is made of their answers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExecError, type ExecResult, type runProgram } from '../../../../src/platform/exec.ts';
import type { FilesystemFacts } from '../../../../src/volumes/linux/parse-blkid.ts';
import type { Insertion } from '../../../../src/ports/volume-source.ts';
import { volumeKey } from '../../../../src/volumes/insertion-key.ts';
import { makeMounter, type MounterOptions } from '../../../../src/volumes/mounting/make-mounter.ts';
import { cardsNotMounted } from '../../../../src/volumes/mounting/medium-in-slot.ts';
import { type FakeDevice, type FakeSysfs, fakeSysfs } from '../fake-sysfs.ts';
import { StillClock } from '../../../fakes/still-clock.ts';

const never = new AbortController().signal;
const ROOT_LINE = '1 0 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n';
const USB = 'devices/pci0/usb2/2-1';

/** A USB reader with a card of one partition, beside the system's disk. */
const READER: readonly FakeDevice[] = [
  { path: 'devices/virt/vda', device: '254:0', attributes: { size: '9999', dev: '254:0' } },
  { path: 'devices/virt/vda/vda1', device: '254:1', attributes: { size: '9000', dev: '254:1' } },
  ...slot('sda', '8', '7'),
];

function slot(name: string, major: string, diskseq: string, size = '2000'): FakeDevice[] {
  const path = `${USB}/2-1:1.0/host0/${name}`;
  return [
    { path, device: `${major}:0`, attributes: { size, dev: `${major}:0`, diskseq } },
    { path: `${path}/${name}1`, device: `${major}:1`, attributes: { size, dev: `${major}:1` } },
  ];
}

type Tool = (args: readonly string[]) => string | undefined;

class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'safelight-machine-'));
  readonly clock = new StillClock();
  readonly ran: string[] = [];
  readonly sys: FakeSysfs;
  /** By program: what it says on stderr when it fails, undefined when it works. */
  tools: Record<string, Tool> = {};
  filesystems: Record<string, FilesystemFacts> = {
    '/dev/sda1': { fsType: 'exfat', label: 'EOS DIGITAL', volumeSerial: 'F144-63E1' },
  };

  constructor(devices: readonly FakeDevice[] = READER) {
    this.sys = fakeSysfs(devices);
    this.sys.put(`${USB}/idVendor`, '05e3');
    this.sys.put(`${USB}/idProduct`, '0749');
    this.sys.put(`${USB}/serial`, '42');
    for (const name of ['fstab', 'swaps']) writeFileSync(join(this.folder, name), '');
    this.mounts('');
  }

  mounts(text: string): void {
    writeFileSync(join(this.folder, 'mountinfo'), `${ROOT_LINE}${text}`);
  }

  fstab(text: string): void {
    writeFileSync(join(this.folder, 'fstab'), text);
  }

  mounter(over: Partial<MounterOptions> = {}) {
    const { clock, folder, sys } = this;
    return makeMounter(
      {
        clock,
        policy: 'auto',
        loopDevices: false,
        destinationPaths: [],
        stateDir: join(folder, 'state'),
        mountFolder: join(folder, 'cards'),
        env: {},
        run: this.#run,
        sources: {
          sysfs: sys.sysfs,
          mountinfo: join(folder, 'mountinfo'),
          fstab: join(folder, 'fstab'),
          swaps: join(folder, 'swaps'),
        },
        probes: {
          probeFilesystem: async (path) => this.filesystems[path],
          listBlockDevices: async () => [],
        },
        desktop: async () => false,
        mayMount: async () => true,
        ...over,
      },
      'linux',
    );
  }

  readonly #run: typeof runProgram = async (file, args): Promise<ExecResult> => {
    this.ran.push([file, ...args].join(' '));
    const tool = this.tools[file];
    const facts = { file, stdout: '', stderr: '' };
    if (tool === undefined) throw new ExecError('not-found', `There is no ${file}.`, facts);
    const stderr = tool(args);
    if (stderr === undefined) return { exitCode: 0, stdout: '', stderr: '' };
    throw new ExecError('failed', `${file} ended with code 1.`, { ...facts, stderr });
  };

  close(): void {
    this.sys.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const MOUNTED = '9 1 8:1 / /media/safelight/EOS ro,nosuid,nodev,noexec - exfat /dev/sda1 ro\n';
const CARD: Insertion = {
  key: volumeKey({ sequence: 'sda=7', device: '8:1' }, 'F144-63E1'),
  origin: 'volume',
  root: '/media/safelight/EOS',
  label: 'EOS DIGITAL',
  facts: { kind: 'volume', fsType: 'exfat', volumeSerial: 'F144-63E1', sizeBytes: 1_024_000 },
  fsType: 'exfat',
  devicePath: '/dev/sda1',
};
const UDISKS_MOUNT = 'udisksctl mount -b /dev/sda1 -o ro,nosuid,nodev,noexec --no-user-interaction';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.close());

/** udisks that mounts, unmounts and switches off. */
function udisks(says: Readonly<Record<string, string>> = {}): Tool {
  return ([verb = '']) => {
    if (says[verb] !== undefined) return says[verb];
    if (verb === 'mount') machine.mounts(MOUNTED);
    if (verb === 'unmount') machine.mounts('');
    return undefined;
  };
}

/** A mount(8) that works. */
const mounts: Tool = () => {
  machine.mounts(MOUNTED);
  return undefined;
};

describe('the order of ways', () => {
  it('is udisks first, with the options that keep a card as it is', async () => {
    machine.tools = { udisksctl: udisks() };
    expect(await machine.mounter().mountCards(never)).toEqual({ changed: true, troubles: [] });
    expect(machine.ran).toEqual([UDISKS_MOUNT]);
  });

  it.each<readonly [string, Tool | undefined]>([
    ['udisks is not installed', undefined],
    ['udisks does not run', () => 'Error connecting to the udisks daemon: no such name'],
    [
      'udisks does not let us',
      () =>
        'Error mounting: GDBus.Error:org.freedesktop.UDisks2.Error.NotAuthorizedCanObtain: Not authorized',
    ],
  ])('goes on with mount where %s', async (_why, tool) => {
    machine.tools = { mount: mounts, ...(tool === undefined ? {} : { udisksctl: tool }) };
    expect(await machine.mounter().mountCards(never)).toMatchObject({ changed: true });
    const target = join(machine.folder, 'cards', 'EOS_DIGITAL-sda1.7');
    expect(machine.ran).toEqual([
      UDISKS_MOUNT,
      `mount -t exfat -o ro,nosuid,nodev,noexec,noatime /dev/sda1 ${target}`,
    ]);
  });

  it('names FAT in UTC, with long names in UTF-8', async () => {
    machine.filesystems['/dev/sda1'] = { fsType: 'vfat', label: 'NIKON' };
    machine.tools = { mount: mounts };
    await machine.mounter({ policy: 'mount' }).mountCards(never);
    expect(machine.ran[0]).toContain('noatime,tz=UTC,iocharset=utf8,shortname=mixed /dev/sda1');
  });

  it('asks the next driver where the kernel has none', async () => {
    machine.tools = {
      mount: (args) =>
        args.includes('exfat-fuse') ? mounts(args) : "mount: unknown filesystem type 'exfat'.",
    };
    await machine.mounter({ policy: 'mount' }).mountCards(never);
    expect(machine.ran.map((line) => line.split(' ')[2])).toEqual(['exfat', 'exfat-fuse']);
  });

  it('asks nobody where nothing is to be mounted', async () => {
    await machine.mounter({ policy: 'never' }).mountCards(never);
    expect(machine.ran).toEqual([]);
  });
});

describe('a desktop', () => {
  it('gets five seconds to mount first, and what it mounted is its own', async () => {
    machine.tools = { udisksctl: udisks() };
    const mounter = machine.mounter({ desktop: async () => true });
    expect(await mounter.mountCards(never)).toMatchObject({ changed: false, againInMs: 5_000 });
    machine.clock.move(2_000);
    expect(await mounter.mountCards(never)).toMatchObject({ againInMs: 3_000 });
    machine.mounts(MOUNTED.replace('ro,', 'rw,'));
    machine.clock.move(9_000);
    expect(await mounter.mountCards(never)).toEqual({ changed: false, troubles: [] });
    expect(machine.ran).toEqual([]);
    expect(await mounter.isOwn(CARD)).toBe(false);
  });

  it('that does not do it is no reason to wait for ever', async () => {
    machine.tools = { udisksctl: udisks() };
    const mounter = machine.mounter({ desktop: async () => true });
    await mounter.mountCards(never);
    machine.clock.move(5_000);
    expect(await mounter.mountCards(never)).toMatchObject({ changed: true });
    expect(await mounter.isOwn(CARD)).toBe(true);
  });

  it('that was quicker after all is no trouble', async () => {
    machine.tools = {
      udisksctl: () => {
        machine.mounts(MOUNTED);
        return 'GDBus.Error:org.freedesktop.UDisks2.Error.AlreadyMounted: already mounted';
      },
    };
    const mounter = machine.mounter();
    expect(await mounter.mountCards(never)).toEqual({ changed: true, troubles: [] });
    expect(await mounter.isOwn(CARD)).toBe(false);
  });
});

describe('what is never mounted', () => {
  it.each<readonly [string, Partial<FilesystemFacts>]>([
    ['a filesystem that no camera writes', { fsType: 'ext4' }],
    ['the EFI part of a disk', { partitionType: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b' }],
  ])('%s', async (_what, facts) => {
    machine.filesystems['/dev/sda1'] = { fsType: 'vfat', ...facts };
    await machine.mounter().mountCards(never);
    expect(machine.ran).toEqual([]);
  });

  it.each(['/dev/sda1', 'UUID=F144-63E1', String.raw`LABEL="EOS\040DIGITAL"`])(
    "what the system's table names: %s",
    async (source) => {
      machine.fstab(`${source} /mnt/there exfat noauto 0 0\n`);
      await machine.mounter().mountCards(never);
      expect(machine.ran).toEqual([]);
    },
  );

  it("anything on the system's disk", async () => {
    machine.close();
    const path = 'devices/virt/vda/vda2';
    const part = { path, device: '254:2', attributes: { size: '900', dev: '254:2' } };
    machine = new Machine([...READER.slice(0, 2), part]);
    machine.filesystems = { '/dev/vda2': { fsType: 'exfat' } };
    await machine.mounter().mountCards(never);
    expect(machine.ran).toEqual([]);
    // Its twin: the same, but the system runs from another disk.
    writeFileSync(join(machine.folder, 'mountinfo'), '1 0 0:20 / / rw - tmpfs none rw\n');
    await machine.mounter().mountCards(never);
    expect(machine.ran[0]).toContain('/dev/vda2');
  });

  it('an empty slot', async () => {
    machine.close();
    machine = new Machine([...READER.slice(0, 2), ...slot('sda', '8', '7', '0')]);
    await machine.mounter().mountCards(never);
    expect(machine.ran).toEqual([]);
  });
});

describe('failures', () => {
  it('are tried again after 5 s, 30 s and then every 5 minutes', async () => {
    machine.tools = { udisksctl: () => 'Error mounting: wrong fs type, bad superblock' };
    const mounter = machine.mounter({ policy: 'udisks' });
    for (const pause of [5_000, 30_000, 300_000, 300_000]) {
      const { againInMs, troubles } = await mounter.mountCards(never);
      expect(againInMs).toBe(pause);
      expect(troubles).toMatchObject([
        { label: 'EOS DIGITAL', hint: expect.stringContaining('damaged') },
      ]);
      machine.clock.move(pause - 1);
      await mounter.mountCards(never);
      machine.clock.move(1);
    }
    expect(machine.ran).toHaveLength(4);
  });

  it.each([
    'Error looking up object for device /dev/sda1',
    'Object /org/freedesktop/UDisks2/block_devices/sda1 is not a mountable filesystem.',
  ])(
    'of a udisks that does not know the device yet are tried again at once, and told after 10 s (%s)',
    async (said) => {
      machine.tools = { udisksctl: () => said };
      const mounter = machine.mounter({ policy: 'udisks' });
      for (let at = 0; at < 10_000; at += 500) {
        const early = { changed: false, troubles: [], againInMs: 500 };
        expect(await mounter.mountCards(never)).toEqual(early);
        machine.clock.move(500);
      }
      const { againInMs, troubles } = await mounter.mountCards(never);
      expect(againInMs).toBe(5_000);
      expect(troubles).toMatchObject([{ label: 'EOS DIGITAL' }]);
      machine.clock.move(5_000);
      machine.tools = { udisksctl: udisks() };
      expect(await mounter.mountCards(never)).toMatchObject({ changed: true });
    },
  );

  it('end with the card that they were about', async () => {
    machine.tools = { udisksctl: () => 'Error' };
    const mounter = machine.mounter({ policy: 'udisks' });
    await mounter.mountCards(never);
    machine.sys.put(`${USB}/2-1:1.0/host0/sda/sda1/size`, '0');
    machine.sys.put(`${USB}/2-1:1.0/host0/sda/size`, '0');
    expect(await mounter.mountCards(never)).toEqual({ changed: false, troubles: [] });
  });

  it('are noted for who asks beside the service, until the card is mounted or out', async () => {
    const notes = join(machine.folder, 'state', 'mounts.json');
    const { sysfs } = machine.sys;
    const mountinfo = join(machine.folder, 'mountinfo');
    const noted = () => cardsNotMounted(notes, { sysfs, mountinfo });
    machine.tools = { udisksctl: () => 'Error mounting: wrong fs type, bad superblock' };
    const { troubles } = await machine.mounter({ policy: 'udisks' }).mountCards(never);
    expect(await noted()).toEqual(troubles);
    expect(troubles).toMatchObject([
      { facts: { volumeSerial: 'F144-63E1', sizeBytes: 1_024_000 } },
    ]);
    machine.mounts('2 1 8:1 / /mnt ro - exfat /dev/sda1 ro\n');
    expect(await noted()).toEqual([]);
    machine.mounts('');
    machine.sys.put(`${USB}/2-1:1.0/host0/sda/diskseq`, '8');
    expect(await noted()).toEqual([]);
  });

  it('tell of the missing rule, not of the missing right to mount alone', async () => {
    machine.tools = { udisksctl: () => 'NotAuthorizedCanObtain: Not authorized' };
    const { troubles } = await machine.mounter({ mayMount: async () => false }).mountCards(never);
    expect(troubles).toMatchObject([{ hint: expect.stringContaining('polkit rule') }]);
  });
});

describe('giving back', () => {
  it('switches the port off', async () => {
    machine.tools = { udisksctl: udisks() };
    const mounter = machine.mounter();
    await mounter.mountCards(never);
    expect(await mounter.giveBack(CARD, 'eject', never)).toEqual({ kind: 'given-back' });
    expect(machine.ran.slice(1)).toEqual([
      'udisksctl unmount -b /dev/sda1 --no-user-interaction',
      'udisksctl power-off -b /dev/sda --no-user-interaction',
    ]);
    expect(await mounter.mountCards(never)).toEqual({ changed: false, troubles: [] });
    expect(machine.ran).toHaveLength(3);
  });

  it('leaves the port on while another card is in the same reader', async () => {
    machine.close();
    machine = new Machine([...READER, ...slot('sdb', '9', '8')]);
    machine.mounts(MOUNTED);
    machine.tools = { udisksctl: udisks() };
    const given = await machine.mounter().giveBack(CARD, 'eject', never);
    expect(given).toEqual({ kind: 'given-back', note: expect.stringContaining('Another card') });
    expect(machine.ran.join('\n')).not.toContain('power-off');
  });

  it.each(['fixed', 'removable'])('a reader that is %s', async (removable) => {
    machine.sys.put(`${USB}/removable`, removable);
    machine.mounts(MOUNTED);
    machine.tools = { udisksctl: udisks() };
    await machine.mounter().giveBack(CARD, 'eject', never);
    expect(machine.ran.join('\n').includes('power-off')).toBe(removable === 'removable');
  });

  it('does without switching off, and says so', async () => {
    machine.mounts(MOUNTED);
    machine.tools = { udisksctl: udisks({ 'power-off': 'No usb device\n' }) };
    expect(await machine.mounter().giveBack(CARD, 'eject', never)).toEqual({
      kind: 'given-back',
      note: "The reader's port could not be switched off (No usb device); the card may be taken out all the same.",
    });
  });

  it('is refused in a sentence where it may not be unmounted', async () => {
    machine.mounts(MOUNTED);
    machine.tools = { udisksctl: udisks({ unmount: 'Not authorized\n' }) };
    const mounter = machine.mounter({ mayMount: async () => false });
    expect(await mounter.giveBack(CARD, 'eject', never)).toMatchObject({
      kind: 'failed',
      sentence: expect.stringContaining('could not be unmounted from /media/safelight/EOS'),
    });
  });

  it('of a card that is out, or changed for another, asks for nothing', async () => {
    machine.mounts(MOUNTED);
    machine.sys.put(`${USB}/2-1:1.0/host0/sda/diskseq`, '8');
    const mounter = machine.mounter();
    expect(await mounter.mediumIn(CARD)).toBe(false);
    expect(await mounter.giveBack(CARD, 'eject', never)).toEqual({ kind: 'given-back' });
    expect(machine.ran).toEqual([]);
  });
});
