import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cardSerial, diskName } from '../../../src/volumes/linux/disk-name.ts';
import {
  deviceText,
  disksOfSequence,
  mediaAreIn,
  mediumOf,
  sequenceIfIn,
} from '../../../src/volumes/linux/media.ts';
import { type Mount, parseMountinfo } from '../../../src/volumes/linux/mountinfo.ts';
import { shareDisk } from '../../../src/volumes/place.ts';
import {
  blocksOf,
  type FakeDevice,
  fakeSysfs,
  type FakeSysfs,
  recordedSysfs,
  RECORDINGS,
  recording,
} from './fake-sysfs.ts';

const fakes: FakeSysfs[] = [];
afterEach(() => {
  for (const fake of fakes.splice(0)) fake.remove();
});

function sysOf(devices: readonly FakeDevice[]): FakeSysfs {
  const fake = fakeSysfs(devices);
  fakes.push(fake);
  return fake;
}

function mount(device: string, fsType: string, source: string): Mount {
  const [only] = parseMountinfo(`30 1 ${device} / /mnt/x rw - ${fsType} ${source} rw`);
  if (only === undefined) throw new Error('no mount');
  return only;
}

describe('recorded insertions', () => {
  it.each(RECORDINGS)('partition and disk are one medium with a number: %s', async (name) => {
    const recorded = recording(name);
    const fake = recordedSysfs(recorded);
    fakes.push(fake);
    for (const block of blocksOf(recorded)) {
      const disk = recorded.lsblk.blockdevices[0]?.name ?? '';
      expect(await fake.sysfs.nameOf(block['maj:min'])).toBe(block.name);
      expect(await fake.sysfs.wholeDisks(block.name)).toEqual([disk]);
      expect(await fake.sysfs.sizeBytes(block.name)).toBe(block.size);
      const medium = await mediumOf(fake.sysfs, mount(block['maj:min'], 'exfat', block.path));
      expect(medium.kind).toBe('disk');
      expect(medium.sequence).toBe(`${disk}=${recorded.sys[disk]?.['diskseq'] ?? ''}`);
      expect(disksOfSequence(medium.sequence)).toEqual([disk]);
    }
  });

  it.each([
    ['sdhci-sd-exfat', 'mmcblk0', 'disk:mmc:aa585951454d552101deadbeef006200'],
    [
      'nvme-cfexpress-exfat',
      'nvme0n1',
      'disk:nvme.1b36-43464558502d30303432-51454d55204e564d65204374726c-00000001',
    ],
    ['usb-reader-sd-exfat', 'sda', 'disk:usb:46f4:0001:20230615001:0:268435456'],
    ['uas-cfexpress-exfat', 'sda', 'disk:usb:46f4:0001:27842-0000:00:05.0-2:0:536870912'],
  ] as const)('%s: the disk is named by what it says of itself', async (name, disk, wanted) => {
    const fake = recordedSysfs(recording(name));
    fakes.push(fake);
    expect(await diskName(fake.sysfs, disk)).toBe(wanted);
  });

  it.each([
    ['sdhci-sd-exfat', 'mmcblk0', 'cid:aa585951454d552101deadbeef006200'],
    ['nvme-cfexpress-exfat', 'nvme0n1', 'nvme:CFEXP-0042'],
    // A USB serial is the reader's, the same for every card in it.
    ['usb-reader-sd-exfat', 'sda', undefined],
    ['uas-cfexpress-exfat', 'sda', undefined],
  ] as const)('%s: only a number of the card itself counts as one', async (name, disk, wanted) => {
    const fake = recordedSysfs(recording(name));
    fakes.push(fake);
    expect(await cardSerial(fake.sysfs, disk)).toBe(wanted);
  });

  it('neither "removable" nor "hot-plug" nor USB tells a card: CFexpress on PCIe has none of them', () => {
    const told = RECORDINGS.map((name) => recording(name).lsblk.blockdevices[0]).map(
      (disk) => `${String(disk?.rm)} ${String(disk?.hotplug)} ${String(disk?.tran)}`,
    );
    expect(new Set(told)).toEqual(
      new Set(['false false nvme', 'true true usb', 'false true null', 'false true usb']),
    );
  });

  it('a card put into an attached reader is a change of the medium, with a new number, and no new USB device', () => {
    const events = recording('reader-card-in-out-exfat').insert;
    expect(events[0]).toMatchObject({ ACTION: 'change', DISK_MEDIA_CHANGE: '1' });
    expect(events.some((event) => event.DEVNAME === '/dev/sda' && event.ACTION === 'add')).toBe(
      false,
    );
    // What filesystem it holds is only in udev's own event.
    expect(events.filter((event) => event.ID_FS_UUID !== undefined)).toEqual([
      expect.objectContaining({ source: 'UDEV', ACTION: 'add', DEVNAME: '/dev/sda1' }),
    ]);
  });

  it('a card swapped between two polls keeps its node and gets another number', () => {
    const events = recording('reader-swap-card').insert.filter((event) => event.source === 'UDEV');
    const parts = events.filter((event) => event.ID_FS_UUID !== undefined);
    expect(new Set(parts.map((event) => event.DEVNAME))).toEqual(new Set(['/dev/sda1']));
    // The number is the kernel's and at once the new card's; what udev notes of the content lags behind by an event.
    expect(parts.map((event) => [event.ACTION, event.DISKSEQ, event.ID_FS_UUID])).toEqual([
      ['add', '21', 'FF0E-EF29'],
      ['remove', '22', 'FF0E-EF29'],
      ['add', '22', 'F144-63E1'],
    ]);
  });
});

const disk = (name: string, device: string, wwid?: string): FakeDevice => ({
  path: `devices/pci0/ata1/host0/target0:0:0/0:0:0:0/block/${name}`,
  device,
  attributes: {
    size: '2048',
    diskseq: '3',
    ...(wwid === undefined ? {} : { 'device/wwid': wwid }),
  },
});
const part = (name: string, device: string): FakeDevice => ({
  path: `${disk(name.replace(/\d+$/, ''), '').path}/${name}`,
  device,
  attributes: { size: '1024' },
});

const slot = (unit: number, name: string): FakeDevice => ({
  path: `devices/pci0/usb2/2-3/2-3:1.0/host6/target6:0:0/6:0:0:${unit}/block/${name}`,
  device: `8:${unit * 16}`,
  attributes: { size: '2048', diskseq: '1' },
});

describe('stacked devices', () => {
  it('follows RAID, encryption and volumes down to all disks', async () => {
    const { sysfs } = sysOf([
      disk('sda', '8:0', 'naa.1'),
      part('sda1', '8:1'),
      disk('sdb', '8:16', 'naa.2'),
      part('sdb1', '8:17'),
      { path: 'devices/virtual/block/md0', device: '9:0', slaves: ['sda1', 'sdb1'] },
      { path: 'devices/virtual/block/md0/md0p1', device: '259:0' },
      { path: 'devices/virtual/block/dm-0', device: '253:0', slaves: ['md0p1'] },
      { path: 'devices/virtual/block/dm-1', device: '253:1', slaves: ['dm-0'] },
    ]);
    const medium = await mediumOf(sysfs, mount('253:1', 'ext4', '/dev/mapper/x'));
    expect(medium.disks).toEqual(['disk:naa.1', 'disk:naa.2']);
    expect(medium.id).toBe('disk:naa.1 + disk:naa.2');
    const plain = await mediumOf(sysfs, mount('8:17', 'ext4', '/dev/sdb1'));
    expect(plain.id).toBe('disk:naa.2');
    expect(shareDisk(medium, plain)).toBe(true);
  });

  it('finds all disks of a btrfs filesystem, which has no device number of its own', async () => {
    const fake = sysOf([disk('sda', '8:0', 'naa.1'), disk('sdb', '8:16', 'naa.2')]);
    fake.put('fs/btrfs/features/x', '1');
    fake.put('fs/btrfs/uuid-1/devices/sda', '');
    fake.put('fs/btrfs/uuid-1/devices/sdb', '');
    const medium = await mediumOf(fake.sysfs, mount('0:44', 'btrfs', '/dev/sda'));
    expect(medium.disks).toEqual(['disk:naa.1', 'disk:naa.2']);
  });

  it('names a disk that says nothing by its node', async () => {
    const { sysfs } = sysOf([disk('sda', '8:0')]);
    expect((await mediumOf(sysfs, mount('8:0', 'ext4', '/dev/sda'))).id).toBe('dev:sda');
  });

  it('tells the slots of one reader apart', async () => {
    const fake = sysOf([slot(0, 'sda'), slot(1, 'sdb')]);
    for (const name of ['idVendor', 'idProduct', 'serial']) {
      fake.put(`devices/pci0/usb2/2-3/${name}`, 'same');
    }
    const names = [await diskName(fake.sysfs, 'sda'), await diskName(fake.sysfs, 'sdb')];
    expect(new Set(names).size).toBe(2);
  });

  it('cannot see below a layered filesystem, and says so', async () => {
    const { sysfs } = sysOf([]);
    expect((await mediumOf(sysfs, mount('0:60', 'overlay', 'overlay'))).kind).toBe('unseen');
    expect((await mediumOf(sysfs, mount('0:61', 'fuse.mergerfs', 'a:b'))).kind).toBe('unseen');
    // A device that was pulled below its mount.
    expect((await mediumOf(sysfs, mount('8:1', 'vfat', '/dev/sda1'))).kind).toBe('unseen');
  });

  it('gives up on a device tree that bites its own tail', async () => {
    const { sysfs } = sysOf([
      { path: 'devices/virtual/block/dm-0', device: '253:0', slaves: ['dm-1'] },
      { path: 'devices/virtual/block/dm-1', device: '253:1', slaves: ['dm-0'] },
    ]);
    expect(await sysfs.wholeDisks('dm-0')).toEqual([]);
  });
});

describe('media without disks', () => {
  const { sysfs, remove } = fakeSysfs([]);
  afterAll(remove);

  it.each([
    ['nfs4', 'nas.local:/export/a/', 'net:nas.local:/export/a', 'nas.local'],
    ['nfs', '[fe80::1]:/x', 'net:[fe80::1]:/x', 'fe80::1'],
    ['cifs', '//nas/share', 'net://nas/share', 'nas'],
    ['cifs', '//bob@nas/share', 'net://nas/share', 'nas'],
    ['fuse.sshfs', 'bob@nas:/srv', 'net:nas:/srv', 'nas'],
  ])('%s %s is one place of one machine', async (fsType, source, id, server) => {
    const medium = await mediumOf(sysfs, mount('0:50', fsType, source));
    expect(medium).toMatchObject({ kind: 'network', id, server });
  });

  it('one export is one medium, two exports are two', async () => {
    const a = await mediumOf(sysfs, mount('0:50', 'nfs4', 'nas:/a'));
    const again = await mediumOf(sysfs, mount('0:51', 'nfs4', 'nas:/a'));
    const b = await mediumOf(sysfs, mount('0:52', 'nfs4', 'nas:/b'));
    expect(again.id).toBe(a.id);
    expect(b.id).not.toBe(a.id);
  });

  it('memory is no medium to keep copies on', async () => {
    expect((await mediumOf(sysfs, mount('0:25', 'tmpfs', 'tmpfs'))).kind).toBe('memory');
  });

  it('all datasets of a pool are one medium', async () => {
    const a = await mediumOf(sysfs, mount('0:70', 'zfs', 'tank/photos'));
    const b = await mediumOf(sysfs, mount('0:71', 'zfs', 'tank/backup'));
    expect(a.id).toBe('pool:tank');
    expect(b.id).toBe(a.id);
  });
});

const pack = (major: number, minor: number) =>
  Number(
    (BigInt(minor) & 0xffn) |
      ((BigInt(major) & 0xfffn) << 8n) |
      ((BigInt(minor) & 0xffffff00n) << 12n) |
      ((BigInt(major) & 0xfffff000n) << 32n),
  );

it('reads device numbers as the C library packs them', () => {
  expect(deviceText(0x700)).toBe('7:0');
  expect(deviceText(0xfe00)).toBe('254:0');
  fc.assert(
    fc.property(fc.nat({ max: 0xfff }), fc.nat({ max: 0xfffff }), (major, minor) => {
      expect(deviceText(pack(major, minor))).toBe(`${major}:${minor}`);
    }),
  );
});

const reader = (diskseq: string | undefined, size: string): FakeDevice => ({
  path: 'devices/pci0/usb2/host6/target6:0:0/6:0:0:0/block/sda',
  device: '8:0',
  attributes: { size, ...(diskseq === undefined ? {} : { diskseq }) },
});

describe('whether a medium is in', () => {
  it('the number tells: another one, or none, is another answer', async () => {
    expect(await sequenceIfIn(sysOf([reader('7', '2048')]).sysfs, 'sda=7')).toBe('sda=7');
    expect(await sequenceIfIn(sysOf([reader('8', '0')]).sysfs, 'sda=7')).toBe('sda=8');
    expect(await sequenceIfIn(sysOf([]).sysfs, 'sda=7')).toBeUndefined();
  });

  it('without numbers the size tells that a reader is empty', async () => {
    expect(await sequenceIfIn(sysOf([reader(undefined, '2048')]).sysfs, 'sda=')).toBe('sda=');
    expect(await sequenceIfIn(sysOf([reader(undefined, '0')]).sysfs, 'sda=')).toBeUndefined();
    expect(await mediaAreIn(sysOf([reader('7', '0')]).sysfs, 'sda=7')).toBe(false);
    expect(await mediaAreIn(sysOf([reader('7', '2048')]).sysfs, '')).toBe(false);
  });
});
