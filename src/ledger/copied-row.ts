/**
 * A file that was read and copied, in one row: what was read from the card and what was read back from each drive say
 * the same of it but for the drives. It is by far the most of what a ledger holds (20,000 small files onto two drives:
 * 20,000 rows instead of 60,000, and three fifths of the bytes). What comes out are the records that went in.
 */
import type { CopyReadBack, Evidence, EvidenceDraft, SourceRead } from '../core/evidence.ts';
import { detailsOf, listOf, refuseHalfCharacters, textOf } from './column.ts';
import {
  destinationOf,
  DETAILS,
  type EvidenceValues,
  fileIn,
  hashIn,
  locationIn,
  mediumOf,
  proofOf,
  type RawRow,
  seqIn,
  sizeIn,
  timeIn,
} from './evidence-columns.ts';

/** Stands in the column of kinds; no kind of evidence has this name. */
export const COPIED = 'copied';

type ReadDraft = Omit<SourceRead, 'seq'>;
type CopyDraft = Omit<CopyReadBack, 'seq'>;

export interface Copied {
  readonly kind: typeof COPIED;
  readonly read: ReadDraft;
  /** One or more, at one location and with the size, the hash and the time of `read`. */
  readonly copies: readonly CopyDraft[];
}

/** What begins at this place and fits in one row; undefined when nothing does. */
export function copiedAt(drafts: readonly EvidenceDraft[], start: number): Copied | undefined {
  const read = drafts[start];
  if (read?.kind !== 'source-read') return undefined;
  const copies: CopyDraft[] = [];
  for (let i = start + 1; i < drafts.length; i += 1) {
    const copy = drafts[i];
    if (copy?.kind !== 'copy-read-back' || !saysTheSame(read, copy)) break;
    if (copies[0] !== undefined && copies[0].placedAt !== copy.placedAt) break;
    copies.push(copy);
  }
  return copies.length === 0 ? undefined : { kind: COPIED, read, copies };
}

function saysTheSame(read: ReadDraft, copy: CopyDraft): boolean {
  return (
    copy.fileId === read.fileId &&
    copy.at === read.at &&
    copy.hash === read.hash &&
    copy.sizeBytes === read.sizeBytes
  );
}

/** What a row says of each drive, in its details. */
type Drive = Pick<CopyReadBack, 'destinationId' | 'mediumId' | 'proof'>;

/** Drives and the text that says them. Thousands of files in a row went onto the same ones. */
interface Told {
  readonly drives: readonly Drive[];
  readonly details: string;
}

/**
 * Makes rows; `seq` is that of the last record.
 * @throws TypeError when a text could not be stored exactly
 */
export function copiedWriting(): (copied: Copied, seq: number) => EvidenceValues {
  let latest: Told | undefined;
  return ({ read, copies }, seq) => {
    const { fileId, at, hash, sizeBytes } = read;
    const location = copies[0]?.placedAt ?? null;
    refuseHalfCharacters([location]);
    if (latest === undefined || !areOn(copies, latest.drives)) latest = encodeDrives(copies);
    const { details } = latest;
    return [seq, fileId, COPIED, at, null, null, location, hash, sizeBytes, null, null, details];
  };
}

/** Gives the records of a row in the order of seq. @throws TypeError when it is not what `copiedWriting` makes */
export function copiedReading(): (row: RawRow) => readonly Evidence[] {
  let latest: Told | undefined;
  return (row) => {
    const details = textOf(row[DETAILS], 'details');
    if (latest?.details !== details) latest = { drives: decodeDrives(details), details };
    return recordsOf(row, latest.drives);
  };
}

function recordsOf(row: RawRow, drives: readonly Drive[]): readonly Evidence[] {
  const first = seqIn(row) - drives.length;
  if (first < 1) throw new TypeError(`its number is too low for ${drives.length + 1} records`);
  const fileId = fileIn(row);
  const at = timeIn(row);
  const hash = hashIn(row);
  const sizeBytes = sizeIn(row);
  const placedAt = locationIn(row);
  const records: Evidence[] = [{ kind: 'source-read', seq: first, fileId, at, hash, sizeBytes }];
  for (const { destinationId, mediumId, proof } of drives) {
    records.push({
      kind: 'copy-read-back',
      seq: first + records.length,
      fileId,
      at,
      destinationId,
      mediumId,
      placedAt,
      hash,
      sizeBytes,
      proof,
    });
  }
  return records;
}

function areOn(copies: readonly CopyDraft[], drives: readonly Drive[]): boolean {
  return (
    copies.length === drives.length &&
    drives.every(({ destinationId, mediumId, proof }, i) => {
      const copy = copies[i];
      return (
        copy?.destinationId === destinationId && copy.mediumId === mediumId && copy.proof === proof
      );
    })
  );
}

/** The drives are values of our own: a draft may be changed by whoever made it. */
function encodeDrives(copies: readonly CopyDraft[]): Told {
  const drives = copies.map(
    (copy): Drive => ({
      destinationId: destinationOf(copy.destinationId),
      mediumId: mediumOf(copy.mediumId),
      proof: proofOf(copy.proof),
    }),
  );
  const places = drives.map(({ destinationId }) => destinationId);
  const media = drives.map(({ mediumId }) => mediumId);
  const proofs = drives.map(({ proof }) => proof);
  refuseHalfCharacters([...places, ...media]);
  return { drives, details: JSON.stringify({ places, media, proofs }) };
}

function decodeDrives(text: string): readonly Drive[] {
  const details = detailsOf(text, 'details');
  const places = listOf(details['places'], 'places');
  const media = listOf(details['media'], 'media');
  const proofs = listOf(details['proofs'], 'proofs');
  if (places.length === 0 || media.length !== places.length || proofs.length !== places.length) {
    throw new TypeError('its copies are not whole');
  }
  return places.map((place, i) => ({
    destinationId: destinationOf(place),
    mediumId: mediumOf(media[i]),
    proof: proofOf(proofs[i]),
  }));
}
