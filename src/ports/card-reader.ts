/** Reading a card's tree. Nothing in here may open anything for writing. */
import type { Scan } from '../core/inventory.ts';
import type { Insertion } from './volume-source.ts';

/** A file as the card lists it, with the absolute path of a copy of it. */
export interface FileWithCopy {
  readonly path: string;
  readonly sizeBytes: number;
  readonly copy: string;
}

export interface CardReader {
  /**
   * Lists the whole tree once: every file but the system junk, hidden ones included. Links are not followed.
   * Parts that cannot be listed are `problems`, never an error, and so are files that the camera's own list names and
   * that are not there, unless a person offered the card as it is. The caller asks `stillIn` afterwards.
   */
  scan(
    insertion: Pick<Insertion, 'root'> & Partial<Pick<Insertion, 'origin'>>,
    signal: AbortSignal,
  ): Promise<Scan>;
  /**
   * Paths of those files that differ from their copies, told by one short piece of each. What cannot be read, on the
   * card or on the drive, is not among them: that says nothing about the content. The caller asks `stillIn`
   * afterwards.
   */
  differing(
    insertion: Pick<Insertion, 'root'>,
    files: readonly FileWithCopy[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;
}
