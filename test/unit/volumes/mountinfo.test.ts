import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFstab } from '../../../src/volumes/linux/fstab.ts';
import {
  isReadOnly,
  mountOf,
  parseMountinfo,
  readMounts,
  unescapeOctal,
} from '../../../src/volumes/linux/mountinfo.ts';

const TEXT = String.raw`26 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
22 26 0:21 / /sys rw,relatime - sysfs sysfs rw
41 26 8:1 / /media/EOS\040DIGITAL ro,nosuid,nodev,noexec shared:9 master:2 - exfat /dev/sda1 ro,iocharset=utf8
42 26 8:17 / /mnt/work rw - ext4 /dev/sdb1 rw
43 42 8:33 / /mnt/work/inner rw - ext4 /dev/sdc1 rw
44 26 0:50 /export /mnt/nas rw - nfs4 nas.local:/export rw,vers=4.2
45 26 8:49 /sub /mnt/bind rw - ext4 /dev/sdd1 rw,emergency_ro
`;
const mounts = parseMountinfo(TEXT);

const escapeOctal = (path: string) =>
  path.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

describe('mountinfo', () => {
  it('reads every line, with and without optional fields', () => {
    expect(mounts.map((mount) => mount.mountPoint)).toEqual([
      '/',
      '/sys',
      '/media/EOS DIGITAL',
      '/mnt/work',
      '/mnt/work/inner',
      '/mnt/nas',
      '/mnt/bind',
    ]);
    expect(mounts[2]).toMatchObject({
      id: 41,
      parentId: 26,
      device: '8:1',
      fsRoot: '/',
      fsType: 'exfat',
      source: '/dev/sda1',
    });
    expect(mounts[6]?.fsRoot).toBe('/sub');
  });

  it('finds the mount that a path lives on', () => {
    expect(mountOf(mounts, '/mnt/work/Ingest')?.device).toBe('8:17');
    expect(mountOf(mounts, '/mnt/work/inner/x')?.device).toBe('8:33');
    expect(mountOf(mounts, '/mnt/work')?.device).toBe('8:17');
    // A name that merely begins like a mount point is not below it.
    expect(mountOf(mounts, '/mnt/workshop')?.device).toBe('254:0');
    expect(mountOf(mounts, '/')?.device).toBe('254:0');
  });

  it('takes the topmost of several mounts on one point, in whatever order they stand', () => {
    const lower = '50 26 8:1 / /mnt/a rw - ext4 /dev/sda1 rw';
    const upper = '51 50 8:2 / /mnt/a rw - ext4 /dev/sda2 rw';
    const root = '26 1 254:0 / / rw - ext4 /dev/vda rw';
    for (const text of [
      [root, lower, upper],
      [upper, lower, root],
    ]) {
      expect(mountOf(parseMountinfo(text.join('\n')), '/mnt/a/b')?.device).toBe('8:2');
    }
  });

  it('sees both ways of being read-only', () => {
    const readOnly = mounts.filter((mount) => isReadOnly(mount)).map((mount) => mount.mountPoint);
    expect(readOnly).toEqual(['/media/EOS DIGITAL', '/mnt/bind']);
  });

  it.each(['', 'garbage', '26 1 254 / / rw - ext4 /dev/vda rw', '26 1 8:1 / / rw ext4 /dev/vda'])(
    'takes no list that it does not understand for an empty one: %j',
    (text) => {
      expect(() => parseMountinfo(text)).toThrow('not understood');
    },
  );

  it('says so when the list cannot be read', async () => {
    await expect(readMounts('/nowhere/mountinfo')).rejects.toMatchObject({ code: 'no-answer' });
  });

  it('undoes what the kernel escapes, for any path', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        expect(unescapeOctal(escapeOctal(path))).toBe(path);
      }),
    );
  });
});

describe('fstab', () => {
  it('names the mount points that are not swap and not the root', () => {
    const text = String.raw`# comment
UUID=1 / ext4 errors=remount-ro 0 1
UUID=2 none swap sw 0 0
/dev/sdz swapfile swap sw 0 0
UUID=3   /mnt/My\040Drive/  ext4  nofail 0 2
nas:/x /mnt/nas nfs noauto 0 0
broken
`;
    expect(parseFstab(text)).toEqual(['/mnt/My Drive', '/mnt/nas']);
  });
});
