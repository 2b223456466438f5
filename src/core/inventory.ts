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

const TIME_STEP_MS = 15 * 60_000;
const TIME_REACH_MS = 14 * 3_600_000;
const TIME_TOLERANCE_MS = 2_000;

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

/** So many files must agree on a shift of the times before it is believed. */
const SHIFT_WITNESSES = 3;

/**
 * The known file for each path of a scan where it still stands: same path, same size, same time. Of several versions
 * that fit the newest.
 *
 * Times may be shifted, but then most of the card's by the same (another host, summer time). A file that is shifted on
 * its own is another frame under a used name: many cameras give all raw files one size, and one time in 225 lies whole
 * quarters of an hour from any other.
 */
export function knownAgain<T extends ScannedFile>(
  known: readonly T[],
  scan: readonly ScannedFile[],
): ReadonlyMap<string, T> {
  const versionsOf = versionsByPath(known);
  const again = new Map<string, T>();
  const shifted: { readonly file: ScannedFile; readonly olds: readonly T[] }[] = [];
  let compared = 0;
  for (const file of scan) {
    const olds = versionsOf(file.path).filter((old) => old.sizeBytes === file.sizeBytes);
    if (olds.length === 0) continue;
    compared += 1;
    const same = olds.findLast((old) => isShifted(old, file, 0));
    if (same === undefined) shifted.push({ file, olds });
    else again.set(file.path, same);
  }
  const shift = commonShift(shifted, compared);
  if (shift === undefined) return again;
  for (const { file, olds } of shifted) {
    const same = olds.findLast((old) => isShifted(old, file, shift));
    if (same !== undefined) again.set(file.path, same);
  }
  return again;
}

/** Oldest first. Nearly all paths have one version: only others cost a list for as long as the scan is looked through. */
function versionsByPath<T extends ScannedFile>(
  known: readonly T[],
): (path: string) => readonly T[] {
  const newest = new Map<string, T>();
  const earlier = new Map<string, T[]>();
  for (const file of known) {
    const before = newest.get(file.path);
    newest.set(file.path, file);
    if (before === undefined) continue;
    const list = earlier.get(file.path);
    if (list) list.push(before);
    else earlier.set(file.path, [before]);
  }
  return (path) => {
    const last = newest.get(path);
    return last === undefined ? [] : [...(earlier.get(path) ?? []), last];
  };
}

function isShifted(old: ScannedFile, now: ScannedFile, shiftMs: number): boolean {
  return Math.abs(now.mtimeMs - old.mtimeMs - shiftMs) <= TIME_TOLERANCE_MS;
}

/** The shift, in milliseconds, that more than half of all compared files have. */
function commonShift(
  shifted: readonly { readonly file: ScannedFile; readonly olds: readonly ScannedFile[] }[],
  compared: number,
): number | undefined {
  const counts = new Map<number, number>();
  for (const { file, olds } of shifted) {
    const fitting = olds.filter((old) => sameCardTime(old.mtimeMs, file.mtimeMs));
    const steps = fitting.map((old) => Math.round((file.mtimeMs - old.mtimeMs) / TIME_STEP_MS));
    for (const step of new Set(steps)) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  for (const [step, count] of counts) {
    if (count >= SHIFT_WITNESSES && count * 2 > compared) return step * TIME_STEP_MS;
  }
  return undefined;
}

/**
 * Whether a scan goes on with a roll already known, or starts a new one (the card was formatted in between).
 * One known file still in its place is enough; a roll without files, or an empty scan, proves no format.
 */
export function continuesRoll(files: {
  /** How many the roll has, how many the scan shows, and how many `knownAgain` found. */
  readonly known: number;
  readonly scanned: number;
  readonly again: number;
}): boolean {
  return files.known === 0 || files.scanned === 0 || files.again > 0;
}
