/** Looking at configured places on drives. */
import type { DestinationLook, ReadyDestination } from '../core/destination.ts';
import type { DestinationId, MediumId } from '../core/ids.ts';

export interface ConfiguredDestination {
  readonly id: DestinationId;
  readonly path: string;
}

/** Size in bytes, or that there is no such file, or that the drive gives no answer, which says nothing about the file. */
export type GlanceAnswer = number | 'missing' | 'unknown';

export interface DestinationProbe {
  /**
   * Looks at all destinations together, since two on one disk are trouble for the later one. `cardMedia` are the
   * disks of the cards now in; a destination on one of them is refused. Never throws: not knowing is an answer. With
   * `readOnly` nothing is written, not even a trial file: enough for glances, not for copying.
   */
  lookAll(
    destinations: readonly ConfiguredDestination[],
    cardMedia: ReadonlySet<MediumId>,
    options?: { readonly readOnly: boolean },
  ): Promise<readonly DestinationLook[]>;
  /** Whether writes below the destination would still land on the disk that was looked at. */
  stillThere(destination: ReadyDestination): Promise<boolean>;
  /**
   * What a plain stat says of each placed copy, in the order given (glances, not read-backs).
   * @throws Error when the drive hangs: it gave no answer for minutes, and asking on would take as long again
   */
  glances(
    destination: ReadyDestination,
    placedAt: readonly string[],
  ): Promise<readonly GlanceAnswer[]>;
}
