/** What the engine is doing, for whoever looks on: logs and fault tests. */
import type { DestinationId } from '../core/ids.ts';

/** A step of one copy that has just been finished, in the order in which they happen. */
export interface CopyStep {
  readonly step: /** The temporary file exists and is empty. */
    | 'opened'
    /** All bytes were handed to the system. */
    | 'written'
    /** The file was flushed; what is not read back yet is read back next. */
    | 'flushed'
    /** All bytes were read back and are equal. */
    | 'read-back'
    /** The file has its final name. */
    | 'placed'
    /** Name and file were flushed again; the evidence is committed next. */
    | 'durable';
  readonly destinationId: DestinationId;
  /** Path on the card. */
  readonly path: string;
  /** Where the file lies now. */
  readonly at: string;
}

/** Only looks on. The engine waits for it before it goes on, so that a test can change the world in between. */
export type CopyObserver = (step: CopyStep) => Promise<void> | void;
