/** Mounted volumes where no native adapter exists: told about, offloaded only when a person offers them. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { asMediumId } from '../core/ids.ts';
import type { VolumeTrouble } from '../ports/volume-source.ts';
import type { Hint } from './hint.ts';
import type { FoundVolume, VolumeLister } from './found-volume.ts';
import type { Place, PlaceFinder } from './place.ts';
import { listDrives, type PortableDrive } from './portable-drives.ts';
import { usbHints } from './usb-hint.ts';

/** Mount points below these belong to the system on every Unix. */
const SYSTEM_FOLDERS = /^\/(boot|dev|etc|proc|run|sys|usr|var|System|private)(\/|$)/;

const NO_IDENTITY: VolumeTrouble = {
  sentence: 'On this operating system one card cannot be told from another.',
  hint: 'Offload it with "safelight offload PATH".',
};

/** The volumes among the drives: on a device of their own, and not the system's. */
export function volumesAmong(drives: readonly PortableDrive[]): readonly FoundVolume[] {
  return drives
    .filter(({ source, mountPoint }) => source.startsWith('/dev/') && mountPoint !== '/')
    .filter(({ mountPoint }) => mountPoint.startsWith('/') && !SYSTEM_FOLDERS.test(mountPoint))
    .map(({ source, mountPoint, sizeBytes }) => ({
      root: mountPoint,
      devicePath: source,
      device: source,
      fsType: 'unknown',
      label: basename(mountPoint),
      volumeSerial: '',
      sizeBytes,
      medium: {
        kind: 'unseen',
        id: asMediumId(`dev:${source}`),
        disks: [`dev:${source}`],
        carriers: [],
        sequence: '',
      },
      cardLike: true,
      trouble: NO_IDENTITY,
    }));
}

function portableVolumes(): VolumeLister {
  return {
    list: async (_wishes, signal) => volumesAmong(await listDrives(signal)),
    // Nothing tells one medium from the next here, so nothing is ever sure.
    stillMounted: async () => false,
  };
}

/** Finds mount points by device numbers alone; which disks are below cannot be told. */
export function portablePlaces(): PlaceFinder {
  return {
    placeOf,
    sequenceNow: async ({ sequence }) => sequence,
    systemDisks: async () => new Set((await placeOf('/')).medium.disks),
    missingMount: async () => undefined,
  };
}

async function placeOf(path: string): Promise<Place> {
  const real = await realpath(path);
  const { dev } = await stat(real);
  const name = `fs:${dev}`;
  return {
    mountPoint: await mountPointOf(real),
    fsType: 'unknown',
    readOnly: false,
    medium: { kind: 'unseen', id: asMediumId(name), disks: [name], carriers: [], sequence: '' },
  };
}

/** The highest folder with the same device number. `path` is absolute, links resolved. */
export async function mountPointOf(path: string): Promise<string> {
  const { dev } = await stat(path);
  let at = path;
  while (at !== '/') {
    const above = dirname(at);
    if ((await stat(above)).dev !== dev) break;
    at = above;
  }
  return at;
}

export function portableParts() {
  const places = portablePlaces();
  const hints: readonly Hint[] = usbHints();
  const systemDisks = () => places.systemDisks();
  return { lister: portableVolumes(), places, systemDisks, hints };
}
