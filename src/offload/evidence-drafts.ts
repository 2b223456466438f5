/** What the engine has seen, in the words of the ledger. */
import type { CopyReadBack, SourceRead, SourceUnreadable } from '../core/evidence.ts';
import type { ContentHash } from '../core/ids.ts';
import type { CardFile } from '../core/inventory.ts';
import type { Leg } from './leg.ts';
import type { ReadBackResult } from './read-back.ts';

/** A copy that has its name, and what was read back before it got it. */
export interface PlacedCopy extends ReadBackResult {
  readonly leg: Leg;
  /** Below the roll's folder. */
  readonly placement: string;
}

type Draft<T> = Omit<T, 'seq'>;

export function sourceRead(file: CardFile, hash: ContentHash, at: number): Draft<SourceRead> {
  return { kind: 'source-read', fileId: file.id, at, hash, sizeBytes: file.sizeBytes };
}

export function sourceUnreadable(
  file: CardFile,
  reason: string,
  at: number,
): Draft<SourceUnreadable> {
  return { kind: 'source-unreadable', fileId: file.id, at, reason };
}

export function copyReadBack(
  file: CardFile,
  { leg, placement, hash, sizeBytes, proof }: PlacedCopy,
  at: number,
): Draft<CopyReadBack> {
  return {
    kind: 'copy-read-back',
    fileId: file.id,
    at,
    destinationId: leg.id,
    mediumId: leg.destination.mediumId,
    placedAt: leg.placedAt(placement),
    hash,
    sizeBytes,
    proof,
  };
}
