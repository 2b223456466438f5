/** A mounted volume as a platform's lister finds it, before anybody decides whether it may be a card. */
import type { VolumeTrouble } from '../ports/volume-source.ts';
import type { Medium } from './place.ts';

export interface FoundVolume {
  /** Where it is mounted. */
  readonly root: string;
  /** The block device's node, e.g. /dev/sdb1. */
  readonly devicePath: string;
  /** The platform's own name for the mounted device, as it stands in keys. */
  readonly device: string;
  /** The filesystem's true type: `exfat` also when a FUSE driver serves it. */
  readonly fsType: string;
  readonly label: string;
  /** Serial number or UUID; for a filesystem without one, text that is good for this insertion only. */
  readonly volumeSerial: string;
  readonly sizeBytes: number;
  /** The card's own serial number, never the reader's. */
  readonly hardwareSerial?: string;
  readonly medium: Medium;
  /** It has a filesystem that cameras use, or is an image of a card where those were asked for. */
  readonly cardLike: boolean;
  /** Why nothing can be done with it now. */
  readonly trouble?: VolumeTrouble;
}

/** What a person has asked for that changes what is listed. */
export interface ListingWishes {
  /** Roots to list whatever filesystem they have. */
  readonly roots: ReadonlySet<string>;
}

export interface VolumeLister {
  /** @throws VolumeError or ExecError when what is mounted cannot be told */
  list(wishes: ListingWishes, signal: AbortSignal): Promise<readonly FoundVolume[]>;
  /** Whether this device with this medium's sequence is still mounted there. Rejecting counts as no. */
  stillMounted(seen: MountedMedium): Promise<boolean>;
}

/** What is remembered of a listed volume in its insertion's key. */
export interface MountedMedium {
  readonly root: string;
  readonly device: string;
  readonly sequence: string;
}
