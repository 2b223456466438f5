/** Rows of evidence: appended in one transaction, never changed. */
import type { Evidence, EvidenceDraft } from '../core/evidence.ts';
import type { RemoteId } from '../core/ids.ts';
import { countOf, type Row, timeOf } from './column.ts';
import { type Connection, type Db, readingBack, takingIn } from './connection.ts';
import { COPIED, type Copied, copiedAt, copiedReading, copiedWriting } from './copied-row.ts';
import { decodeEvidence, encodeEvidence } from './evidence-codec.ts';
import { EVIDENCE_COLUMNS, type EvidenceValues, KIND, type RawRow } from './evidence-columns.ts';
import type { IdRange } from './id-ranges.ts';
import { rowInserting } from './row-inserting.ts';

/** SQLite's word for it. */
const NO_LIMIT = -1;

export interface EvidenceReading {
  /** What up to `limit` rows tell about the files of the range, by file and then by seq. A row is about one file. */
  about(range: IdRange, limit: number): readonly Evidence[];
  lastSightingAt(remoteId: RemoteId): number | undefined;
}

export function evidenceReading({ db, file }: Pick<Connection, 'db' | 'file'>): EvidenceReading {
  const about = db
    .prepare<[number, number, number], RawRow>(
      `SELECT ${EVIDENCE_COLUMNS.join(', ')} FROM evidence
       WHERE file_id BETWEEN ? AND ? ORDER BY file_id, seq LIMIT ?`,
    )
    .raw();
  const lastLook = db.prepare<[string], Row>(
    `SELECT seq, at_ms FROM evidence
     WHERE place = ? AND kind IN ('offsite-sighting', 'offsite-absent')
     ORDER BY seq DESC LIMIT 1`,
  );
  const decode = rowDecoding();
  return {
    about({ first, last }, limit) {
      let seq: unknown;
      return readingBack(
        file,
        () => `Record ${String(seq)}`,
        () =>
          about.all(first, last, Number.isFinite(limit) ? limit : NO_LIMIT).flatMap((row) => {
            seq = row[0];
            return decode(row);
          }),
      );
    },
    lastSightingAt(remoteId) {
      const row = lastLook.get(remoteId);
      if (row === undefined) return undefined;
      return readingBack(
        file,
        () => `Record ${String(row['seq'])}`,
        () => timeOf(row['at_ms'], 'time'),
      );
    },
  };
}

/** Appends the drafts in order. To be run inside a transaction. */
export function evidenceWriting(db: Db): (drafts: readonly EvidenceDraft[]) => void {
  const insert = rowInserting(db, 'evidence', EVIDENCE_COLUMNS);
  // As AUTOINCREMENT counts: no number comes twice, even if records were removed by force.
  const lastSeq = db.prepare<[], Row>(
    `SELECT max(
       ifnull((SELECT max(seq) FROM evidence), 0),
       ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'evidence'), 0)
     ) AS seq`,
  );
  const encode = rowEncoding();
  return (drafts) => {
    let seq = countOf(lastSeq.get()?.['seq'], 'last seq');
    insert(entriesOf(drafts), (entry) => {
      seq += entry.kind === COPIED ? entry.copies.length + 1 : 1;
      return encode(entry, seq);
    });
  };
}

/** What goes into one row. */
type Entry = EvidenceDraft | Copied;

function entriesOf(drafts: readonly EvidenceDraft[]): readonly Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < drafts.length; ) {
    const entry = copiedAt(drafts, i) ?? drafts[i];
    if (entry === undefined) throw new TypeError(`record ${i + 1} of ${drafts.length} is missing`);
    entries.push(entry);
    i += entry.kind === COPIED ? entry.copies.length + 1 : 1;
  }
  return entries;
}

function rowEncoding(): (entry: Entry, seq: number) => EvidenceValues {
  const encodeCopied = copiedWriting();
  const decode = rowDecoding();
  return (entry, seq) => {
    const { kind, fileId } = entry.kind === COPIED ? entry.read : entry;
    return takingIn(
      () => `Evidence (${kind}) about file ${fileId}`,
      () => {
        const row = entry.kind === COPIED ? encodeCopied(entry, seq) : encodeEvidence(entry, seq);
        // Read back at once: a record that nobody can read could never be removed again.
        decode(row);
        return row;
      },
    );
  };
}

/** One record or more. */
function rowDecoding(): (row: RawRow) => Evidence | readonly Evidence[] {
  const decodeCopied = copiedReading();
  return (row) => (row[KIND] === COPIED ? decodeCopied(row) : decodeEvidence(row));
}
