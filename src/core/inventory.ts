/** What one scan saw on a card, and what of it was known before. */
import type { CardId, FileId, InventoryId, RollId } from './ids.ts';

/**
 * What a file is to the person.
 * - `media`: a picture, clip or sound recording
 * - `sidecar`: belongs to a clip (XML, THM, XMP, proxy)
 * - `management`: written by the camera for itself, holds no shot
 * - `other`: not known; treated as precious
 */
export type FileRole = 'media' | 'sidecar' | 'management' | 'other';

/** One file as a scan sees it. Paths are relative to the card's root, with forward slashes, bytes as found. */
export interface ScannedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Modification time, milliseconds since 1970 as the operating system gave it. */
  readonly mtimeMs: number;
}

/** Something the scan met and did not list for copying; always shown, never silently dropped. */
export interface IgnoredFile {
  readonly path: string;
  readonly reason: string;
}

/** A part of the card that could not be listed. Any problem at all forbids "safe". */
export interface ScanProblem {
  readonly path: string;
  readonly reason: string;
  /** The camera's own list names this file, and it is not on the card. */
  readonly missing?: true;
}

export interface Scan {
  readonly files: readonly ScannedFile[];
  /** Every folder, so that empty ones are kept too. */
  readonly folders: readonly string[];
  readonly ignored: readonly IgnoredFile[];
  readonly problems: readonly ScanProblem[];
  readonly scannedAt: number;
}

/** One version of one file, as the ledger knows it. */
export interface CardFile extends ScannedFile {
  readonly id: FileId;
  readonly role: FileRole;
  /** Path below the roll's folder where its copies stand: the card's own path, or a suffixed one after a clash. */
  readonly placement: string;
}

/** What one scan saw. A verdict is about an inventory, never about "the card". */
export interface Inventory {
  readonly id: InventoryId;
  readonly cardId: CardId;
  readonly rollId: RollId;
  readonly scannedAt: number;
  readonly fileCount: number;
  readonly totalBytes: number;
  readonly problems: readonly ScanProblem[];
}

/** All zones in use are multiples of it. */
export const TIME_STEP_MS = 15 * 60_000;
const TIME_REACH_MS = 14 * 3_600_000;
/** FAT keeps times in such steps. */
export const TIME_TOLERANCE_MS = 2_000;

/**
 * Whether two times can be the same moment on a FAT or exFAT card.
 *
 * FAT keeps local time in steps of two seconds without a zone, so the same file can differ by whole quarters of
 * an hour (all zones in use are multiples of 15 minutes) between hosts, or after a clock change.
 */
export function sameCardTime(aMs: number, bMs: number): boolean {
  const apart = Math.abs(aMs - bMs);
  if (apart > TIME_REACH_MS + TIME_TOLERANCE_MS) return false;
  const rest = apart % TIME_STEP_MS;
  return Math.min(rest, TIME_STEP_MS - rest) <= TIME_TOLERANCE_MS;
}

/**
 * Whether a scan goes on with a roll already known, or starts a new one (the card was formatted in between).
 * One known file still in its place is enough; a roll without files, or an empty scan, proves no format.
 */
export function continuesRoll(files: {
  /** How many the roll has, how many the scan shows, and how many were known again. */
  readonly known: number;
  readonly scanned: number;
  readonly again: number;
}): boolean {
  return files.known === 0 || files.scanned === 0 || files.again > 0;
}
