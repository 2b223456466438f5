/** One way of mounting; there are several, and which of them works depends on the machine. */
import type { VolumeFacts } from '../../core/card.ts';
import type { FilesystemFacts } from '../linux/parse-blkid.ts';
import type { MountedMedium } from '../found-volume.ts';

/** A filesystem that is in and not mounted. */
export interface Candidate extends Omit<MountedMedium, 'root'> {
  /** The kernel's name, e.g. sdb1. */
  readonly name: string;
  readonly devicePath: string;
  readonly fsType: string;
  /** Empty when it has none. */
  readonly label: string;
  /** As the listing will show them once it is mounted. */
  readonly facts: VolumeFacts;
  /** What the medium was found to be, when it was asked for the first time just now. */
  readonly justLearnt?: FilesystemFacts;
}

/** Why a way did not work. */
export interface WayFailure {
  /**
   * - `not-here`: this machine has no such way; the next one is tried
   * - `not-allowed`: it is there, but the service may not use it; the next one is tried
   * - `no-driver`: the system cannot read this filesystem
   * - `busy`: somebody uses it just now
   * - `not-yet`: it has not heard of the device; in a moment it will have
   * - `refused`: anything else
   */
  readonly why: 'not-here' | 'not-allowed' | 'no-driver' | 'busy' | 'not-yet' | 'refused';
  /** What the tool said, one line. */
  readonly words: string;
}

export interface MountWay {
  readonly name: 'udisks' | 'mount';
  /** Mounts read-only; undefined when it worked. Where it stands now is told by the list of mounts. */
  mount(candidate: Candidate, signal: AbortSignal): Promise<WayFailure | undefined>;
  /** Unmounts one mount of a device; undefined when it worked. */
  unmount(
    mount: { readonly root: string; readonly devicePath: string },
    signal: AbortSignal,
  ): Promise<WayFailure | undefined>;
}
