/**
 * The copy engine: one read of the source, any number of verified copies.
 *
 * For each copy, in this order: temporary file beside the target → write → fsync → uncached read-back → rename
 * without replacing → fsync of the file → fsync of the folder → evidence. A wrong byte never stands under a final
 * name, and evidence is never older than the thing it is about.
 */
import type { DestinationTrouble, ReadyDestination } from '../core/destination.ts';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { ContentHash, DestinationId, FileId } from '../core/ids.ts';
import type { CardFile } from '../core/inventory.ts';

/** Where bytes come from: a card's tree, or the roll's folder on a drive with good copies. */
export interface CopySource {
  readonly root: string;
  /** Asked before and after each file; false stops the job: a swapped card serves other bytes under old names. */
  stillIn(): Promise<boolean>;
}

/** One destination of a job and the roll's folder below it. */
export interface CopyTarget {
  readonly destination: ReadyDestination;
  readonly folder: string;
}

export interface CopyTask {
  readonly file: CardFile;
  /** Path below the source's root. */
  readonly sourcePath: string;
  readonly to: readonly DestinationId[];
  /** When the content is already known the bytes must have this hash, or nothing is placed. */
  readonly expected?: ContentHash;
}

export interface CopyJob {
  readonly source: CopySource;
  /** `card`: source reads are recorded. `copy`: catching up from a good copy; no source evidence is made. */
  readonly from: 'card' | 'copy';
  readonly targets: readonly CopyTarget[];
  readonly tasks: readonly CopyTask[];
  /** Folders to make (empty ones are kept too), relative to the roll's folder. */
  readonly folders: readonly string[];
}

/** Running sums of a job. Bytes are counted when they have really moved. */
export interface CopyProgress {
  readonly filesDone: number;
  readonly bytesRead: number;
  /** Per destination, bytes read back and found equal. */
  readonly bytesReadBack: ReadonlyMap<DestinationId, number>;
}

export interface CopyEvents {
  /** Commits evidence; durable when it resolves. The engine waits for it before it counts a file as done. */
  commit(drafts: readonly EvidenceDraft[]): Promise<void>;
  /** Called often; must be cheap and must not throw. */
  progress(progress: CopyProgress): void;
}

/** A destination that was dropped during the job; the others went on. */
export interface LostLeg {
  readonly destinationId: DestinationId;
  readonly trouble: DestinationTrouble;
  readonly sentence: string;
  readonly hint: string;
}

export interface CopyOutcome {
  readonly lostLegs: readonly LostLeg[];
  /** The card went away; the rest of the tasks were not tried. */
  readonly sourceGone: boolean;
  /**
   * Files whose source could not be read or had other bytes than expected, although it stayed in. For `from: 'card'`
   * there is evidence of it too; for `from: 'copy'` this is all that is said: have that copy read back.
   */
  readonly badSources?: readonly FileId[];
}

/** Asks for one placed copy to be read back from the medium. */
export interface ReadBackRequest {
  readonly file: CardFile;
  readonly destination: ReadyDestination;
  readonly placedAt: string;
}

export interface Copier {
  /**
   * Runs a job. Failures of single files or destinations are evidence or lost legs, not errors; it throws only when
   * aborted or when `commit` throws. May be called again with the same tasks: what stands there already with the
   * right bytes is read back and adopted, never written twice; other content there is never replaced.
   */
  copy(job: CopyJob, events: CopyEvents, signal: AbortSignal): Promise<CopyOutcome>;
  /**
   * Reads one placed copy back and tells what was found: a read-back or a loss.
   * @throws RoomError `drive-changed` when the drive is not there as it was looked at
   */
  readBack(request: ReadBackRequest, signal: AbortSignal): Promise<EvidenceDraft>;
  /** Reads a file off the card again, whole or in samples; nothing is written. Empty when the card is gone. */
  reread(
    source: CopySource,
    file: CardFile,
    coverage: RereadCoverage,
    signal: AbortSignal,
  ): Promise<readonly EvidenceDraft[]>;
}

/** A sample is compared with the same blocks of a good copy, which has the first read's bytes. */
export type RereadCoverage =
  | { readonly kind: 'full' }
  | { readonly kind: 'sample'; readonly goodCopy: string };
