import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { blockBytesOf, freeBytesAt, parseDrives } from '../../../src/volumes/portable-drives.ts';
import {
  mountPointOf,
  portableParts,
  portablePlaces,
  volumesAmong,
} from '../../../src/volumes/portable-lister.ts';

const row = (filesystem: string, mounted: string, available = 10) => ({
  filesystem,
  blocks: 100,
  available,
  mounted,
});
const drivesOf = (...rows: readonly unknown[]) => parseDrives(JSON.stringify(rows), 1024);

describe('node-disk-info', () => {
  it('counts in 1024 bytes on Linux and in 512 elsewhere', () => {
    const [drive] = parseDrives(
      JSON.stringify([row('/dev/sda1', '/mnt/a')]),
      blockBytesOf('linux'),
    );
    expect(drive).toEqual({
      source: '/dev/sda1',
      mountPoint: '/mnt/a',
      sizeBytes: 102_400,
      freeBytes: 10_240,
    });
    expect(blockBytesOf('darwin')).toBe(512);
  });

  it.each(['', '{}', '[{"filesystem":"/dev/sda1"}]'])(
    'must answer in its known form: %j',
    (json) => {
      expect(() => parseDrives(json, 1024)).toThrow('not understood');
    },
  );

  it('is believed about free space only for a plain mount point that one line speaks of', () => {
    const drives = drivesOf(
      row('/dev/sda1', '/mnt/a', 7),
      // "/mnt/EOS DIGITAL" and "/mnt/EOS KISS" both come out like this.
      row('/dev/sdb1', '/mnt/EOS', 1),
      row('/dev/sdc1', '/mnt/EOS', 2),
    );
    expect(freeBytesAt(drives, '/mnt/a')).toBe(7 * 1024);
    expect(freeBytesAt(drives, '/mnt/EOS')).toBeUndefined();
    expect(freeBytesAt(drives, '/mnt/EOS DIGITAL')).toBeUndefined();
    expect(freeBytesAt(drives, '/mnt/other')).toBeUndefined();
  });

  it('lists volumes that a person may offer, and takes none by itself', () => {
    const volumes = volumesAmong(
      drivesOf(
        row('/dev/disk1s1', '/'),
        row('/dev/da0s1', '/media/CARD'),
        row('tmpfs', '/tmp'),
        row('/dev/ada0p1', '/boot/efi'),
      ),
    );
    expect(volumes.map((volume) => volume.root)).toEqual(['/media/CARD']);
    expect(volumes[0]?.trouble?.hint).toContain('safelight offload');
  });

  it('is sure of no medium', async () => {
    const { lister } = portableParts();
    expect(await lister.stillMounted({ root: '/', device: 'x', sequence: '' })).toBe(false);
  });
});

describe('places where no native adapter exists', () => {
  it('a mount point is where the device number changes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'safelight-place-'));
    const place = await portablePlaces().placeOf(folder);
    expect(folder.startsWith(place.mountPoint)).toBe(true);
    expect(await mountPointOf('/')).toBe('/');
    expect(place.medium.kind).toBe('unseen');
    rmSync(folder, { recursive: true });
  });
});
