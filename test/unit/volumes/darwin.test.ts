/** The answers below are written from Apple's documentation, not recorded on a Mac. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { darwinPlaces } from '../../../src/volumes/darwin/darwin-places.ts';
import { darwinVolumes, openTrouble } from '../../../src/volumes/darwin/darwin-volumes.ts';
import type { DiskUtility } from '../../../src/volumes/darwin/diskutil.ts';
import { parseDiskInfo, parseMountTable } from '../../../src/volumes/darwin/parse-diskutil.ts';
import { parsePlist } from '../../../src/volumes/darwin/plist.ts';

const never = new AbortController().signal;

function plist(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${body}
</plist>
`;
}

const CARD = plist(`<dict>
  <key>BusProtocol</key><string>USB</string>
  <key>DeviceIdentifier</key><string>disk4s1</string>
  <key>DeviceTreePath</key><string>IODeviceTree:/arm-io/usb-drd1/port-01</string>
  <key>Ejectable</key><true/>
  <key>FilesystemType</key><string>exfat</string>
  <key>Internal</key><false/>
  <key>MediaName</key><string></string>
  <key>MountPoint</key><string>/Volumes/EOS DIGITAL</string>
  <key>ParentWholeDisk</key><string>disk4</string>
  <key>TotalSize</key><integer>63864569856</integer>
  <key>VolumeName</key><string>EOS &amp; DIGITAL</string>
  <key>VolumeUUID</key><string>0F6E1A2B-0000-3000-8000-000000000001</string>
</dict>`);

const READER = plist(`<dict>
  <key>DeviceIdentifier</key><string>disk4</string>
  <key>DeviceTreePath</key><string>IODeviceTree:/arm-io/usb-drd1/port-01</string>
  <key>MediaName</key><string>SD Card Reader Media</string>
  <key>ParentWholeDisk</key><string>disk4</string>
  <key>TotalSize</key><integer>63864569856</integer>
  <key>WholeDisk</key><true/>
</dict>`);

const SYSTEM = plist(`<dict>
  <key>APFSPhysicalStores</key>
  <array>
    <dict><key>APFSPhysicalStore</key><string>disk0s2</string></dict>
  </array>
  <key>DeviceIdentifier</key><string>disk3s1s1</string>
  <key>FilesystemType</key><string>apfs</string>
  <key>ParentWholeDisk</key><string>disk3</string>
  <key>VolumeName</key><string>Macintosh HD</string>
</dict>`);

const wholeDisk = (name: string, model: string): string =>
  plist(`<dict>
  <key>DeviceIdentifier</key><string>${name}</string>
  <key>DeviceTreePath</key><string>IODeviceTree:/arm-io/${model}</string>
  <key>MediaName</key><string>${model}</string>
  <key>ParentWholeDisk</key><string>${name.replace(/s\d+$/, '')}</string>
  <key>Size</key><integer>1000</integer>
</dict>`);

describe('property lists', () => {
  it('are read: every kind of value, nested', () => {
    const text = plist(`<dict>
      <key>a</key><array><integer>1</integer><real>2.5</real><true/><false/><string/></array>
      <!-- a comment -->
      <key>b</key><dict><key>c</key><string>&lt;&#65;&#x42;&amp;</string></dict>
      <key>d</key><date>2026-11-24T00:00:00Z</date><key>e</key><dict/><key>f</key><array/>
    </dict>`);
    expect(parsePlist(text)).toEqual(
      new Map<string, unknown>([
        ['a', [1, 2.5, true, false, '']],
        ['b', new Map([['c', '<AB&']])],
        ['d', '2026-11-24T00:00:00Z'],
        ['e', new Map()],
        ['f', []],
      ]),
    );
  });

  it.each(['', 'Could not find disk: disk9', plist('')])('are not made up: %j', (text) => {
    expect(() => parsePlist(text)).toThrow('no property list');
  });

  it('that are cut short give what is there, and do not hang', () => {
    expect(parsePlist('<plist><dict><key>a</key><string>b')).toEqual(new Map([['a', 'b']]));
    expect(parsePlist('<plist><dict><key>a</key>')).toEqual(new Map());
  });
});

describe('diskutil info', () => {
  it('describes a card', () => {
    expect(parseDiskInfo(CARD)).toEqual({
      identifier: 'disk4s1',
      wholeDisk: 'disk4',
      fsType: 'exfat',
      label: 'EOS & DIGITAL',
      volumeSerial: '0F6E1A2B-0000-3000-8000-000000000001',
      sizeBytes: 63_864_569_856,
      model: '',
      treePath: 'IODeviceTree:/arm-io/usb-drd1/port-01',
      physicalStores: [],
      image: false,
    });
  });

  it('names the partitions below an APFS container', () => {
    expect(parseDiskInfo(SYSTEM).physicalStores).toEqual(['disk0s2']);
  });
});

it('mount lines are read, with blanks and brackets in names', () => {
  const text = `/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk4s1 on /Volumes/EOS DIGITAL (exfat, local, nodev, nosuid, noowners)
//bob@nas._smb._tcp.local/photos on /Volumes/photos (2) (smbfs, nodev, nosuid, mounted by bob)
not a mount line
`;
  expect(parseMountTable(text)).toEqual([
    { source: '/dev/disk3s1s1', mountPoint: '/', fsType: 'apfs', readOnly: true },
    { source: 'devfs', mountPoint: '/dev', fsType: 'devfs', readOnly: false },
    {
      source: '/dev/disk4s1',
      mountPoint: '/Volumes/EOS DIGITAL',
      fsType: 'exfat',
      readOnly: false,
    },
    {
      source: '//bob@nas._smb._tcp.local/photos',
      mountPoint: '/Volumes/photos (2)',
      fsType: 'smbfs',
      readOnly: false,
    },
  ]);
});

describe('volumes and places', () => {
  const folder = mkdtempSync(join(tmpdir(), 'safelight-mac-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A Mac with a card whose mount point is a folder of this machine. */
  const mac = (over: Partial<DiskUtility> = {}): DiskUtility => ({
    mounts: async () =>
      parseMountTable(
        `/dev/disk3s1s1 on / (apfs, local)\n/dev/disk4s1 on ${folder} (exfat, local, read-only)`,
      ),
    info: async (disk) => {
      const answers = new Map([
        ['disk4s1', CARD],
        ['disk4', READER],
        ['disk3s1s1', SYSTEM],
        ['disk0s2', wholeDisk('disk0s2', 'APPLE SSD')],
        ['disk0', wholeDisk('disk0', 'APPLE SSD')],
      ]);
      return parseDiskInfo(answers.get(disk) ?? '');
    },
    ...over,
  });

  it('a card is found, named, and on a disk of its own', async () => {
    const lister = darwinVolumes({ loopDevices: false, disks: mac() });
    const [card, ...others] = await lister.list({ roots: new Set() }, never);
    expect(others).toEqual([]);
    expect(card).toMatchObject({
      root: folder,
      fsType: 'exfat',
      label: 'EOS & DIGITAL',
      cardLike: true,
      device: 'disk4s1',
    });
    expect(card?.trouble).toBeUndefined();
    const system = await darwinPlaces(mac()).systemDisks();
    expect(card?.medium.disks.some((disk) => system.has(disk))).toBe(false);
    expect([...system]).toEqual(['disk:APPLE SSD:IODeviceTree:/arm-io/APPLE SSD:1000']);
    expect(card?.medium.sequence).toBe(`disk4s1@${statSync(folder).dev}`);
  });

  it('a path is found on its mount', async () => {
    const place = await darwinPlaces(mac()).placeOf(folder);
    expect(place).toMatchObject({ mountPoint: folder, fsType: 'exfat', readOnly: true });
  });

  it('a refusal by macOS has its own sentence, other failures keep theirs', () => {
    expect(openTrouble('/Volumes/A', { code: 'EPERM' }).hint).toContain('Privacy & Security');
    expect(openTrouble('/Volumes/A', { code: 'EIO' }).sentence).toContain('read error');
  });

  it('a listing that fails is no empty one', async () => {
    const disks = mac({ mounts: async () => Promise.reject(new Error('no answer')) });
    const lister = darwinVolumes({ loopDevices: false, disks });
    await expect(lister.list({ roots: new Set() }, never)).rejects.toThrow('no answer');
  });

  it('nothing is sure about a device without a node', async () => {
    const lister = darwinVolumes({ loopDevices: false, disks: mac() });
    const seen = { root: folder, device: 'disk4s1', sequence: 'x' };
    await expect(lister.stillMounted(seen)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
