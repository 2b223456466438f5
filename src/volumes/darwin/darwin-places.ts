/** Where a path lives on macOS. Written from Apple's documentation and not run on a Mac. */
import { realpath, stat } from 'node:fs/promises';
import { asMediumId } from '../../core/ids.ts';
import { isBelow, type Medium, type MediumKind, type Place, type PlaceFinder } from '../place.ts';
import { VolumeError } from '../volume-error.ts';
import type { DiskUtility } from './diskutil.ts';
import type { DarwinMount, DiskInfo } from './parse-diskutil.ts';

const NETWORK_TYPES: ReadonlySet<string> = new Set(['smbfs', 'nfs', 'afpfs', 'webdav', 'ftp']);
/** diskutil(8) answers within seconds; a disk in trouble may not. */
const PATIENCE_MS = 20_000;

export function darwinPlaces(disks: DiskUtility): PlaceFinder {
  const placeOf = async (path: string): Promise<Place> => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const real = await realpath(path);
    const mount = mountAt(await disks.mounts(signal), real);
    if (mount === undefined) throw unknownPlace(path);
    const { mountPoint, fsType, readOnly } = mount;
    const medium = await mediumOn(disks, mount, signal);
    return { mountPoint, fsType, readOnly, medium };
  };
  return {
    placeOf,
    async sequenceNow(medium) {
      if (medium.sequence === '') return '';
      // The kernel unmounts what was pulled, and its node goes with it.
      const node = await stat(`/dev/${medium.sequence}`).catch(() => undefined);
      return node === undefined ? undefined : medium.sequence;
    },
    systemDisks: async () => new Set((await placeOf('/')).medium.disks),
    // macOS has no table of what should be mounted.
    missingMount: async () => undefined,
  };
}

function mountAt(mounts: readonly DarwinMount[], path: string): DarwinMount | undefined {
  return mounts
    .filter((mount) => isBelow(path, mount.mountPoint))
    .reduce<DarwinMount | undefined>(
      (best, mount) =>
        best === undefined || mount.mountPoint.length >= best.mountPoint.length ? mount : best,
      undefined,
    );
}

/** The medium below a mount; diskutil knows only what has a node in /dev. */
export async function mediumOn(
  disks: DiskUtility,
  { source, fsType }: DarwinMount,
  signal: AbortSignal,
): Promise<Medium> {
  if (NETWORK_TYPES.has(fsType)) return networkMedium(source);
  if (!source.startsWith('/dev/')) return namedMedium('unseen', [`fs:${source}`], '');
  const info = await disks.info(source.slice('/dev/'.length), signal);
  const wholes = await wholeDisks(disks, info, signal);
  const image = wholes.length > 0 && wholes.every((disk) => disk.image);
  return namedMedium(image ? 'image' : 'disk', wholes.map(diskName), info.identifier);
}

/** APFS volumes are on a container that poses as a disk; its stores are partitions of the real ones. */
async function wholeDisks(
  disks: DiskUtility,
  volume: DiskInfo,
  signal: AbortSignal,
): Promise<readonly DiskInfo[]> {
  const parents = new Set<string>();
  for (const store of volume.physicalStores) {
    parents.add((await disks.info(store, signal)).wholeDisk);
  }
  if (parents.size === 0) parents.add(volume.wholeDisk);
  const wholes: DiskInfo[] = [];
  for (const parent of parents) wholes.push(await disks.info(parent, signal));
  return wholes;
}

/** macOS gives no serial number here; port, model and size together name the disk while it stays at its port. */
function diskName({ identifier, model, treePath, sizeBytes }: DiskInfo): string {
  return treePath === '' ? `dev:${identifier}` : `disk:${model}:${treePath}:${sizeBytes}`;
}

function namedMedium(kind: MediumKind, names: readonly string[], sequence: string): Medium {
  const sorted = names.toSorted();
  return { kind, id: asMediumId(sorted.join(' + ')), disks: sorted, carriers: [], sequence };
}

function networkMedium(source: string): Medium {
  const place = source.replace(/^(\/\/)?[^/@:]*@/, '$1').replace(/\/+$/, '');
  const server = /^(?:\/\/)?([^/:]+)/.exec(place)?.[1] ?? place;
  return { ...namedMedium('network', [`net:${place}`], ''), server };
}

function unknownPlace(path: string): VolumeError {
  return new VolumeError(
    'unknown-place',
    `It cannot be told on which drive ${path} is.`,
    'It is looked at again by itself.',
  );
}
