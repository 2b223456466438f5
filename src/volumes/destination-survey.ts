/** The first look at a destination, which writes nothing: is it there, on its own drive, on a drive that may be used? */
import { realpath, stat, statfs } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { ReadyDestination, TroubledDestination } from '../core/destination.ts';
import type { MediumId } from '../core/ids.ts';
import { makeFolders } from '../platform/durable-fs.ts';
import type { ConfiguredDestination } from '../ports/destination.ts';
import { readMarker } from './destination-marker.ts';
import type { DestinationMemory } from './destination-memory.ts';
import {
  failedCall,
  inMemory,
  missingFolder,
  notMounted,
  onCard,
  systemDisk,
  troubled,
  unseenDisks,
  wrongDrive,
} from './destination-trouble.ts';
import { errnoOf } from './errno.ts';
import type { Medium, Place, PlaceFinder } from './place.ts';
import { VolumeError } from './volume-error.ts';

/** A destination that is there; whether it can be written to is not known yet. */
export interface Survey {
  readonly state: 'there';
  readonly look: ReadyDestination;
  readonly medium: Medium;
  readonly readOnly: boolean;
}

export interface SurveyContext {
  readonly places: PlaceFinder;
  readonly memory: DestinationMemory;
  readonly allowSystemDisk: boolean;
  readonly systemDisks: ReadonlySet<string>;
  readonly cardMedia: ReadonlySet<MediumId>;
  /** A folder that is missing on a drive that is there may be made. */
  readonly mayMake: boolean;
}

/** vfat(5): four bytes hold a file's size. */
const FAT_MAX_FILE_BYTES = 2 ** 32 - 1;
const FAT_TYPES: ReadonlySet<string> = new Set(['vfat', 'msdos']);

/** Never rejects: whatever goes wrong is trouble with words. */
export async function surveyDestination(
  destination: ConfiguredDestination,
  context: SurveyContext,
): Promise<Survey | TroubledDestination> {
  try {
    return await survey(destination, context);
  } catch (error) {
    if (error instanceof VolumeError) {
      return troubled(destination, 'unknown', [error.message, error.hint]);
    }
    return failedCall(destination, error);
  }
}

async function survey(
  destination: ConfiguredDestination,
  context: SurveyContext,
): Promise<Survey | TroubledDestination> {
  const { path } = destination;
  const real = await realpath(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return undefined;
  });
  const missing =
    (await context.places.missingMount(path)) ??
    (real === undefined ? undefined : await context.places.missingMount(real));
  if (missing !== undefined) return notMounted(destination, missing);
  if (real === undefined) return absent(destination, context);

  const stats = await stat(real);
  if (!stats.isDirectory()) return failedCall(destination, { code: 'ENOTDIR' });
  const place = await context.places.placeOf(real);
  const stray = await strayed(destination, place, context.memory);
  if (stray !== undefined) return stray;
  const refused = refusal(destination, place, context);
  if (refused !== undefined) return refused;

  const space = await statfs(real);
  return {
    state: 'there',
    medium: place.medium,
    readOnly: place.readOnly,
    look: {
      state: 'ready',
      id: destination.id,
      path,
      mountPoint: place.mountPoint,
      mediumId: place.medium.id,
      deviceNumber: stats.dev,
      fsType: place.fsType,
      freeBytes: space.bavail * space.bsize,
      maxFileBytes: FAT_TYPES.has(place.fsType) ? FAT_MAX_FILE_BYTES : Number.POSITIVE_INFINITY,
    },
  };
}

/**
 * No folder: its drive is missing if the folder was on a mount of its own before. On a drive that is there the folder
 * is made; on the system disk never, since that may be the place below a mount point.
 */
async function absent(
  destination: ConfiguredDestination,
  context: SurveyContext,
): Promise<Survey | TroubledDestination> {
  const { places, memory } = context;
  const before = await memory.recall(destination.id, destination.path);
  const there = await places.placeOf(await nearestFolder(destination.path));
  if (before !== undefined && there.mountPoint !== before.mountPoint) {
    return notMounted(destination, before.mountPoint);
  }
  const mine = there.mountPoint !== '/' && refusal(destination, there, context) === undefined;
  if (!mine || !context.mayMake || there.readOnly) return missingFolder(destination);
  await makeFolders(there.mountPoint, relative(there.mountPoint, destination.path));
  return survey(destination, context);
}

/** The path itself, or the nearest folder above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return real;
    if (folder === dirname(folder)) return folder;
  }
}

/** The path is there, but not on the mount it was on before: the folder below an unmounted mount point. */
async function strayed(
  destination: ConfiguredDestination,
  place: Place,
  memory: DestinationMemory,
): Promise<TroubledDestination | undefined> {
  const before = await memory.recall(destination.id, destination.path);
  const marker = await readMarker(destination.path);
  if (marker.state === 'present') {
    if (before?.markerIds.includes(marker.id) === true) return undefined;
    const owner = await memory.ownerOf(marker.id, destination.id);
    if (owner !== undefined) return wrongDrive(destination, owner);
  }
  if (before === undefined || place.mountPoint === before.mountPoint) return undefined;
  return notMounted(destination, before.mountPoint);
}

function refusal(
  destination: ConfiguredDestination,
  { medium, fsType, mountPoint }: Place,
  context: SurveyContext,
): TroubledDestination | undefined {
  if (context.cardMedia.has(medium.id)) return onCard(destination);
  if (context.allowSystemDisk) return undefined;
  const onSystem = medium.disks.some((disk) => context.systemDisks.has(disk));
  // A system without disks of its own (netbooted, live) has its root somewhere all the same.
  if (onSystem || mountPoint === '/') return systemDisk(destination);
  if (medium.kind === 'memory') return inMemory(destination, fsType);
  if (medium.kind === 'unseen') return unseenDisks(destination, fsType);
  return undefined;
}
