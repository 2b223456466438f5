/** Where a path really lives: which mount, which physical disks. */
import type { MediumId } from '../core/ids.ts';

/**
 * - `disk`: block devices that can be named
 * - `image`: files that pose as disks (loop devices)
 * - `network`: a folder of another machine
 * - `memory`: gone with the power
 * - `unseen`: what lies below cannot be told (layered and FUSE filesystems)
 */
export type MediumKind = 'disk' | 'image' | 'network' | 'memory' | 'unseen';

/** The physical thing below a mount. */
export interface Medium {
  readonly kind: MediumKind;
  readonly id: MediumId;
  /** Names of all whole disks below; two media that share one are not independent. */
  readonly disks: readonly string[];
  /** For images: names of the disks that carry their files. */
  readonly carriers: readonly string[];
  /** For network folders: the other machine. */
  readonly server?: string;
  /** Changes whenever another medium is put in; empty where the system does not tell. */
  readonly sequence: string;
}

/** A path's mount and medium, as they were just now. */
export interface Place {
  readonly mountPoint: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  readonly medium: Medium;
}

/** The platform's answer to "where is this?". */
export interface PlaceFinder {
  /**
   * Where an existing path lives; links are followed.
   * @throws VolumeError when it cannot be told; the system's own error when the path cannot be looked at
   */
  placeOf(path: string): Promise<Place>;
  /** The same medium's sequence now; undefined when it is no longer there. */
  sequenceNow(medium: Medium): Promise<string | undefined>;
  /** Names of the disks that the system itself runs from. */
  systemDisks(): Promise<ReadonlySet<string>>;
  /** A mount point at or above the path on which the system is told to mount something, but nothing is mounted now. */
  missingMount(path: string): Promise<string | undefined>;
}

/** Whether two media have a disk in common. */
export function shareDisk(a: Pick<Medium, 'disks'>, b: Pick<Medium, 'disks'>): boolean {
  return a.disks.some((disk) => b.disks.includes(disk));
}

/** Whether `path` is `folder` or lies below it. Both absolute, without a slash at the end. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
