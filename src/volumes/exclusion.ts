/** What is told about but never taken for a card: our own destinations first, then drives for copies, then the system. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FoundVolume } from './found-volume.ts';
import { isBelow, type PlaceFinder } from './place.ts';

/** Where this configuration's destinations are just now. */
export interface OwnPlaces {
  /** Links resolved where the path exists. */
  readonly paths: readonly string[];
  /** Names of the disks they are on. */
  readonly disks: ReadonlySet<string>;
}

/** Looks up all destinations. A path that is not there now adds no disk; its own path still counts. */
export async function ownPlaces(
  places: PlaceFinder,
  destinationPaths: readonly string[],
): Promise<OwnPlaces> {
  const paths: string[] = [];
  const disks = new Set<string>();
  for (const path of destinationPaths) {
    const real = await realpath(path).catch(() => resolve(path));
    paths.push(real);
    const place = await places.placeOf(real).catch(() => undefined);
    for (const disk of place?.medium.disks ?? []) disks.add(disk);
  }
  return { paths, disks };
}

export const OWN_DESTINATION = 'It is a destination of this configuration, not a card.';
export const OTHER_DESTINATION =
  'It is a drive for copies of another safelight configuration (it holds a destination marker).';
/** A folder of this configuration that is no destination: what works in it, or is sent to it, would meet itself. */
export interface OwnFolder {
  readonly path: string;
  /** Why it is no card, as a sentence. */
  readonly sentence: string;
}

/**
 * Reading the state folder would end the locks that the ledger and the service hold there (POSIX gives up all locks
 * of a process on a file when any descriptor of it is closed); a copy of the remote would be sent to the remote.
 */
export async function ownFolderAt(
  path: string,
  folders: readonly OwnFolder[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const real = await realpath(folder.path).catch(() => resolve(folder.path));
    if (isBelow(real, path) || isBelow(path, real)) return folder.sentence;
  }
  return undefined;
}

export const SYSTEM_DISK = 'It is on the disk that this system runs from.';

/** Whether a folder is, holds or lies in a destination. */
export function touchesDestination(path: string, own: OwnPlaces): boolean {
  return own.paths.some((destination) => isBelow(destination, path) || isBelow(path, destination));
}

/** Whether a volume is, or shares its disk with, a destination. */
export function sharesDestination(volume: FoundVolume, own: OwnPlaces): boolean {
  return (
    volume.medium.disks.some((disk) => own.disks.has(disk)) ||
    own.paths.some((destination) => isBelow(destination, volume.root))
  );
}
