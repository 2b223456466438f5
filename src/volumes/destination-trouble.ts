/** The words for what can be wrong with a destination: one sentence and what to do, each. */
import type { DestinationTrouble, TroubledDestination } from '../core/destination.ts';
import { bytesText } from '../core/wording.ts';
import type { ConfiguredDestination } from '../ports/destination.ts';
import { errnoOf, errnoText } from './errno.ts';

type Worded = readonly [sentence: string, hint: string];

export function troubled(
  { id, path }: ConfiguredDestination,
  trouble: DestinationTrouble,
  [sentence, hint]: Worded,
): TroubledDestination {
  return { state: 'trouble', id, path, trouble, sentence, hint };
}

export function missingFolder(destination: ConfiguredDestination): TroubledDestination {
  return troubled(destination, 'missing-folder', [
    `The folder ${destination.path} of destination "${destination.id}" is not there.`,
    'Connect the drive; if it is connected, make the folder on it.',
  ]);
}

export function notMounted(
  destination: ConfiguredDestination,
  mountPoint: string,
): TroubledDestination {
  return troubled(destination, 'not-mounted', [
    `The drive of destination "${destination.id}" is not mounted on ${mountPoint}.`,
    'Connect the drive and mount it. Until then nothing is written there, so that the folder below stays empty.',
  ]);
}

export function wrongDrive(destination: ConfiguredDestination, owner: string): TroubledDestination {
  return troubled(destination, 'not-mounted', [
    `What is mounted at ${destination.path} is the drive of destination "${owner}", not of "${destination.id}".`,
    'Mount the two drives the other way round, or correct the paths in the configuration.',
  ]);
}

export function systemDisk(destination: ConfiguredDestination): TroubledDestination {
  return troubled(destination, 'system-disk', [
    `Destination "${destination.id}" is on the disk that this system runs from.`,
    'Give it a folder on another drive. If a drive should be mounted there, mount it first.',
  ]);
}

export function onCard(destination: ConfiguredDestination): TroubledDestination {
  return troubled(destination, 'on-card', [
    `Destination "${destination.id}" is on a memory card that is in now.`,
    'Give it a folder on a drive of its own.',
  ]);
}

export function inMemory(destination: ConfiguredDestination, fsType: string): TroubledDestination {
  return troubled(destination, 'unknown', [
    `Destination "${destination.id}" is in memory (${fsType}) and would be gone with the power.`,
    'Give it a folder on a drive.',
  ]);
}

export function unseenDisks(
  destination: ConfiguredDestination,
  fsType: string,
): TroubledDestination {
  return troubled(destination, 'unknown', [
    `Destination "${destination.id}" is on a filesystem (${fsType}) below which no disk can be seen, so it may be the same disk as another destination.`,
    'Give it a folder on the disk itself.',
  ]);
}

export function sharedDisk(destination: ConfiguredDestination, other: string): TroubledDestination {
  return troubled(destination, 'same-disk', [
    `Destination "${destination.id}" shares a physical disk with "${other}".`,
    'One disk can die as a whole: give one of them a folder on another drive.',
  ]);
}

export function readOnlyMount(destination: ConfiguredDestination): TroubledDestination {
  return troubled(destination, 'read-only', [
    `The drive of destination "${destination.id}" can only be read now.`,
    'A drive that turns read-only by itself has met an error: check its cable and its filesystem, then mount it for writing.',
  ]);
}

/** A drive with less than this left counts as full. */
export const FULL_BELOW_BYTES = 1024 * 1024;

export function fullDrive(
  destination: ConfiguredDestination,
  freeBytes: number,
): TroubledDestination {
  return troubled(destination, 'too-little-space', [
    `The drive of destination "${destination.id}" is full (${bytesText(freeBytes)} free).`,
    'Make room on it, or put a larger drive in its place.',
  ]);
}

export function noAnswer(destination: ConfiguredDestination): TroubledDestination {
  return troubled(destination, 'unknown', [
    `The drive of destination "${destination.id}" gives no answer.`,
    'Look at its cable and power; it is asked again by itself.',
  ]);
}

/** The words for a call on the destination that failed. */
export function failedCall(
  destination: ConfiguredDestination,
  error: unknown,
): TroubledDestination {
  const { id, path } = destination;
  switch (errnoOf(error)) {
    case 'ENOENT':
      return missingFolder(destination);
    case 'ENOTDIR':
      return troubled(destination, 'missing-folder', [
        `${path} of destination "${id}" is not a folder.`,
        'Correct the path in the configuration.',
      ]);
    case 'EROFS':
      return readOnlyMount(destination);
    case 'ENOSPC':
    case 'EDQUOT':
      return fullDrive(destination, 0);
    case 'EACCES':
    case 'EPERM':
      return troubled(destination, 'read-only', [
        `The service may not write into ${path} of destination "${id}".`,
        "Make the folder writable for the service's user; on macOS allow the service removable volumes under Privacy & Security.",
      ]);
    case 'EIO':
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOTCONN':
    case 'ESTALE':
      return troubled(destination, 'gone', [
        `The drive of destination "${id}" no longer works: ${errnoText(error)}.`,
        'Connect it again and mount it; its copies are looked at before they count.',
      ]);
    default:
      return troubled(destination, 'unknown', [
        `Destination "${id}" cannot be used: ${errnoText(error)}.`,
        'It is looked at again by itself; "safelight doctor" tries everything out.',
      ]);
  }
}
