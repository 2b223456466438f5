/** Reading a card's tree. Nothing in here may open anything for writing. */
import type { Scan } from '../core/inventory.ts';
import type { Insertion } from './volume-source.ts';

export interface CardReader {
  /**
   * Lists the whole tree once: every file but the system junk, hidden ones included. Links are not followed.
   * Parts that cannot be listed are `problems`, never an error. The caller asks `stillIn` afterwards.
   */
  scan(insertion: Pick<Insertion, 'root'>, signal: AbortSignal): Promise<Scan>;
}
