/** Where a path lives on Linux, from /proc and /sys alone. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { isBelow, type Place, type PlaceFinder } from '../place.ts';
import { VolumeError } from '../volume-error.ts';
import { diskName } from './disk-name.ts';
import { readFstab } from './fstab.ts';
import { deviceText, mediumOf, sequenceIfIn } from './media.ts';
import { isReadOnly, type Mount, mountOf, MOUNTINFO, readMounts } from './mountinfo.ts';
import { Sysfs } from './sysfs.ts';

/** Where the kernel and the system keep their tables; other places for trying it out. */
export interface LinuxSources {
  readonly sysfs: Sysfs;
  readonly mountinfo: string;
  readonly fstab: string;
  readonly swaps: string;
}

export const LINUX_SOURCES: LinuxSources = {
  sysfs: new Sysfs(),
  mountinfo: MOUNTINFO,
  fstab: '/etc/fstab',
  swaps: '/proc/swaps',
};

/** Mounts that the system runs from, those of live systems included. */
const SYSTEM_MOUNTS: ReadonlySet<string> = new Set([
  '/',
  '/boot',
  '/boot/efi',
  '/efi',
  '/usr',
  '/cdrom',
  '/run/live/medium',
  '/run/initramfs/live',
]);
/** Filesystems whose files show another device number than their mount. */
const OWN_DEVICE_NUMBERS: ReadonlySet<string> = new Set(['btrfs', 'zfs', 'bcachefs', 'overlay']);

export function linuxPlaces(sources: LinuxSources = LINUX_SOURCES): PlaceFinder {
  const { sysfs } = sources;
  return {
    async placeOf(path) {
      const real = await realpath(path);
      const { dev } = await stat(real);
      const mount = mountOf(await readMounts(sources.mountinfo), real);
      if (mount === undefined || hasOtherDevice(mount, dev)) throw unknownPlace(path);
      return placeOn(sysfs, mount);
    },
    async sequenceNow({ sequence }) {
      return sequence === '' ? '' : sequenceIfIn(sysfs, sequence);
    },
    async systemDisks() {
      const mounts = await readMounts(sources.mountinfo);
      const system = mounts.filter((mount) => SYSTEM_MOUNTS.has(mount.mountPoint));
      return diskNamesOf(sysfs, system);
    },
    async missingMount(path) {
      const wanted = await readFstab(sources.fstab);
      const mounted = new Set(
        (await readMounts(sources.mountinfo))
          // An automount trigger is a promise, not a drive.
          .filter((mount) => mount.fsType !== 'autofs')
          .map((mount) => mount.mountPoint),
      );
      return wanted
        .filter((mountPoint) => isBelow(path, mountPoint) && !mounted.has(mountPoint))
        .toSorted((a, b) => b.length - a.length)[0];
    },
  };
}

async function placeOn(sysfs: Sysfs, mount: Mount): Promise<Place> {
  return {
    mountPoint: mount.mountPoint,
    fsType: mount.fsType,
    readOnly: isReadOnly(mount),
    medium: await mediumOf(sysfs, mount),
  };
}

/** Names of all disks below these mounts. */
async function diskNamesOf(sysfs: Sysfs, mounts: readonly Mount[]): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const mount of mounts) {
    for (const disk of (await mediumOf(sysfs, mount)).disks) names.add(disk);
  }
  return names;
}

/** Names of the disks that are swapped to; swapping to a file counts for the file's disk. */
export async function swapDisks(sources: LinuxSources): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const table = await readFile(sources.swaps, 'utf8').catch(() => '');
  for (const line of table.split('\n').slice(1)) {
    const path = line.split(/\s/, 1)[0] ?? '';
    if (path === '') continue;
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    const device = deviceText(stats.isBlockDevice() ? stats.rdev : stats.dev);
    const name = await sources.sysfs.nameOf(device);
    if (name === undefined) continue;
    for (const disk of await sources.sysfs.wholeDisks(name)) {
      names.add(await diskName(sources.sysfs, disk));
    }
  }
  return names;
}

/** True while something is being mounted or unmounted there, and for mounts hidden below others. */
function hasOtherDevice(mount: Mount, dev: number): boolean {
  return !OWN_DEVICE_NUMBERS.has(mount.fsType) && deviceText(dev) !== mount.device;
}

function unknownPlace(path: string): VolumeError {
  return new VolumeError(
    'unknown-place',
    `It cannot be told on which drive ${path} is.`,
    'Something may be being mounted there just now; it is looked at again by itself.',
  );
}
