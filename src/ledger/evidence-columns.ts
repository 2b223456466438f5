/** Where things stand in a row of `evidence`, and the doors through which they come out of it. */
import type { ReadProof } from '../core/evidence.ts';
import {
  asContentHash,
  asDestinationId,
  asFileId,
  asMediumId,
  type ContentHash,
  type DestinationId,
  type FileId,
  type MediumId,
} from '../core/ids.ts';
import { countOf, textOf, timeOf, type Value, wordOf } from './column.ts';

/** The columns in the order in which rows are written and read. */
export const EVIDENCE_COLUMNS = [
  'seq',
  'file_id',
  'kind',
  'at_ms',
  'place',
  'medium',
  'location',
  'hash',
  'size_bytes',
  'proof',
  'method',
  'details',
] as const;

export const SEQ = 0;
export const FILE_ID = 1;
export const KIND = 2;
export const AT = 3;
export const PLACE = 4;
export const MEDIUM = 5;
export const LOCATION = 6;
export const HASH = 7;
export const SIZE = 8;
export const PROOF = 9;
export const METHOD = 10;
export const DETAILS = 11;

/** The values of one row in column order. */
export type EvidenceValues = readonly Value[];

/** The same, as a database gives them: anything may be in it. */
export type RawRow = readonly unknown[];

const PROOFS: readonly ReadProof[] = ['device', 'remounted', 'cached'];

export function seqIn(row: RawRow): number {
  return countOf(row[SEQ], 'seq');
}

export function fileIn(row: RawRow): FileId {
  return asFileId(countOf(row[FILE_ID], 'file'));
}

export function timeIn(row: RawRow): number {
  return timeOf(row[AT], 'time');
}

export function locationIn(row: RawRow): string {
  return textOf(row[LOCATION], 'location');
}

export function hashIn(row: RawRow): ContentHash {
  return asContentHash(textOf(row[HASH], 'hash'));
}

export function sizeIn(row: RawRow): number {
  return countOf(row[SIZE], 'size');
}

export function destinationOf(place: unknown): DestinationId {
  return asDestinationId(textOf(place, 'place'));
}

export function mediumOf(medium: unknown): MediumId {
  return asMediumId(textOf(medium, 'medium'));
}

export function proofOf(proof: unknown): ReadProof {
  return wordOf(proof, PROOFS, 'proof');
}
