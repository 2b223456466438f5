/** Mounting cards where nobody else does, always read-only, and giving them back. */
import type { VolumeFacts } from '../core/card.ts';
import type { Insertion } from './volume-source.ts';

/** A card that is in, but could not be mounted. */
export interface MountTrouble {
  /** The block device, e.g. /dev/sdb1. */
  readonly devicePath: string;
  readonly label: string;
  readonly facts: VolumeFacts;
  readonly sentence: string;
  readonly hint: string;
}

/** A filesystem that cameras use, on a medium that was put in and that nobody has mounted yet. */
export interface NoticedCard {
  readonly devicePath: string;
  /** Empty when it has none. */
  readonly label: string;
  readonly fsType: string;
}

export interface MountReport {
  /** Something was mounted or unmounted: a new listing is worth while. */
  readonly changed: boolean;
  readonly troubles: readonly MountTrouble[];
  /** Milliseconds after which it wants to be asked again; missing when only a new medium would change anything. */
  readonly againInMs?: number;
}

/**
 * - `eject`: it is about to be taken out; its port is switched off too, unless another medium is on the same reader
 * - `set-aside`: it stays in and is still told about, it is only not mounted any more
 */
export type HowGivenBack = 'eject' | 'set-aside';

export type GivenBack =
  /** Nothing of it is mounted any more. `note` is a sentence about what could not be done besides. */
  | { readonly kind: 'given-back'; readonly note?: string }
  /** Somebody has a file of it open. */
  | { readonly kind: 'busy'; readonly sentence: string; readonly hint: string }
  | { readonly kind: 'failed'; readonly sentence: string; readonly hint: string };

export interface Mounter {
  /**
   * Mounts read-only what is in, has a filesystem that cameras use, and is mounted by nobody; takes away own mounts
   * whose medium is gone. Never touches the system's disks, the destinations' disks, or a medium that was given
   * back. What cannot be mounted is a trouble, tried again after growing pauses; it throws only when aborted, or when
   * it cannot be told what is in: then nothing was mounted. `onNoticed` is called once for each card that is found
   * so, before anything is done with it.
   */
  mountCards(signal: AbortSignal, onNoticed?: (card: NoticedCard) => void): Promise<MountReport>;
  /**
   * Unmounts a volume, whoever mounted it; it is not mounted again until another medium is put in. May be called
   * again.
   */
  giveBack(insertion: Insertion, how: HowGivenBack, signal: AbortSignal): Promise<GivenBack>;
  /** Whether this mount was made here, so that nobody is surprised when it goes. */
  isOwn(insertion: Insertion): Promise<boolean>;
  /** Whether the very medium is still in its reader, mounted or not. False on any doubt. */
  mediumIn(insertion: Insertion): Promise<boolean>;
}
