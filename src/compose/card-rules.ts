/** What counts as a card, and what its files are: the core's tables, as the service asks for them. */
import type { Scan } from '../core/inventory.ts';
import { recognise } from '../core/recognise.ts';
import type { Insertion } from '../ports/volume-source.ts';

/** A folder that a person offers is a card whatever it looks like. */
export function isCard(scan: Scan, { fsType, origin, label }: Insertion): boolean {
  return origin === 'offered' || recognise(scan, { fsType, origin, label }).isCameraCard;
}
