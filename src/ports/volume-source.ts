/** What is plugged in now. State comes from listing; hints only wake the next listing. */
import type { CardFacts } from '../core/card.ts';
import type { MediumId } from '../core/ids.ts';

/** Something that is in now and may be a card: a mounted volume, a watched sub-folder, an offered folder. */
export interface Insertion {
  /** Equal exactly while the same medium stays in: disk sequence number and filesystem serial, or folder identity. */
  readonly key: string;
  readonly origin: 'volume' | 'watch' | 'offered';
  /** Absolute path of the tree's root. */
  readonly root: string;
  readonly label: string;
  readonly facts: CardFacts;
  readonly fsType: string;
  /** The whole disk it is on, when that is known. */
  readonly mediumId?: MediumId;
  /** For volumes: the block device, e.g. /dev/sdb1. */
  readonly devicePath?: string;
  /** Told about, but never offloaded by itself, e.g. the system disk or a network mount. */
  readonly excluded?: string;
}

/** One sentence, and what a person can do. */
export interface VolumeTrouble {
  readonly sentence: string;
  readonly hint: string;
  /** The volume that cannot be looked at, when it is one. */
  readonly about?: TroubledVolume;
}

/** What a person may call it by, though nobody knows what is on it. */
export interface TroubledVolume {
  readonly label: string;
  readonly facts: CardFacts;
  /** Its mount point and its device, as far as it has them. */
  readonly places: readonly string[];
}

/** A listing that failed is unknown, never empty. */
export type InsertionListing =
  | {
      readonly state: 'known';
      readonly insertions: readonly Insertion[];
      /**
       * What could not be looked at: parts, of which what was in there before is still listed, and volumes that look
       * like cards but cannot be used, which are listed as excluded.
       */
      readonly troubles?: readonly VolumeTrouble[];
    }
  | { readonly state: 'unknown'; readonly reason: string };

export interface VolumeSource {
  /** Lists what is in now. Never throws for a failed listing: that is an answer of its own. */
  list(signal: AbortSignal): Promise<InsertionListing>;
  /** Calls `wake` whenever a new listing may be worth while, until aborted. May wake for nothing; may miss. */
  watch(wake: () => void, signal: AbortSignal): Promise<void>;
  /** Whether the very same medium is still in. False on any doubt: a pulled card can list as empty. */
  stillIn(insertion: Insertion): Promise<boolean>;
}
