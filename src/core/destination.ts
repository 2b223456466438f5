/** Places on drives, and what makes one unusable. */
import type { PlaceTrouble } from './blocker.ts';
import type { DestinationId, MediumId } from './ids.ts';

/** Why nothing may be written to a destination now. */
export type DestinationTrouble =
  | 'not-mounted'
  | 'missing-folder'
  | 'read-only'
  | 'same-disk'
  | 'on-card'
  | 'system-disk'
  | 'too-little-space'
  | 'file-too-large'
  | 'gone'
  | 'unknown';

/** A destination that was looked at just now and may be written to. */
export interface ReadyDestination {
  readonly state: 'ready';
  readonly id: DestinationId;
  /** Absolute path of the configured folder. */
  readonly path: string;
  readonly mountPoint: string;
  readonly mediumId: MediumId;
  /** st_dev of the mount; every later write must still see the same one. */
  readonly deviceNumber: number;
  readonly fsType: string;
  readonly freeBytes: number;
  /** The largest file the filesystem takes; Infinity where there is no practical limit. */
  readonly maxFileBytes: number;
  /** Something a person should know but which stops nothing. */
  readonly warning?: string;
}

/** A destination that may not be written to, with one sentence and what to do. */
export interface TroubledDestination {
  readonly state: 'trouble';
  readonly id: DestinationId;
  readonly path: string;
  readonly trouble: DestinationTrouble;
  readonly sentence: string;
  readonly hint: string;
}

export type DestinationLook = ReadyDestination | TroubledDestination;

/** Splits looks so that each medium is counted once; the later ones on the same disk are in trouble. */
export function distinctMedia(looks: readonly DestinationLook[]): readonly DestinationLook[] {
  const firstOn = new Map<MediumId, DestinationId>();
  return looks.map((look) => {
    if (look.state !== 'ready') return look;
    const first = firstOn.get(look.mediumId);
    if (first === undefined) {
      firstOn.set(look.mediumId, look.id);
      return look;
    }
    return {
      state: 'trouble',
      id: look.id,
      path: look.path,
      trouble: 'same-disk',
      sentence: `Destination "${look.id}" is on the same physical disk as "${first}".`,
      hint: 'One disk can die as a whole: give one of them a folder on another drive.',
    };
  });
}

/** What stands in the way at the destinations that are not ready. */
export function destinationTroubles(looks: readonly DestinationLook[]): readonly PlaceTrouble[] {
  return looks.flatMap((look) =>
    look.state === 'trouble' ? [{ place: look.id, sentence: look.sentence, hint: look.hint }] : [],
  );
}
