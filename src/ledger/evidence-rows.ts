/** Rows of evidence: appended in one transaction, never changed. */
import type { Evidence, EvidenceDraft } from '../core/evidence.ts';
import type { RemoteId } from '../core/ids.ts';
import { type Row, timeOf } from './column.ts';
import { type Connection, type Db, readingBack, takingIn } from './connection.ts';
import {
  decodeEvidence,
  encodeEvidence,
  EVIDENCE_COLUMNS,
  type EvidenceValues,
} from './evidence-codec.ts';
import type { IdRange } from './id-ranges.ts';
import { rowInserting } from './row-inserting.ts';

/** SQLite's word for it. */
const NO_LIMIT = -1;
/** Any will do where only the rest of a row is looked at. */
const SOME_SEQ = 0;

type RawRow = readonly unknown[];

export interface EvidenceReading {
  /** Up to `limit` records about the files of the range, by file and then by seq. */
  about(range: IdRange, limit: number): readonly Evidence[];
  lastSightingAt(remoteId: RemoteId): number | undefined;
}

export function evidenceReading({ db, file }: Pick<Connection, 'db' | 'file'>): EvidenceReading {
  const about = db
    .prepare<[number, number, number], RawRow>(
      `SELECT seq, ${EVIDENCE_COLUMNS.join(', ')} FROM evidence
       WHERE file_id BETWEEN ? AND ? ORDER BY file_id, seq LIMIT ?`,
    )
    .raw();
  const lastLook = db.prepare<[string], Row>(
    `SELECT seq, at_ms FROM evidence
     WHERE place = ? AND kind IN ('offsite-sighting', 'offsite-absent')
     ORDER BY seq DESC LIMIT 1`,
  );
  return {
    about({ first, last }, limit) {
      let seq: unknown;
      return readingBack(
        file,
        () => `Record ${String(seq)}`,
        () =>
          about.all(first, last, Number.isFinite(limit) ? limit : NO_LIMIT).map((row) => {
            seq = row[0];
            return decodeEvidence(row);
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
  return (drafts) => {
    insert(drafts, rowOf);
  };
}

function rowOf(draft: EvidenceDraft): EvidenceValues {
  return takingIn(`Evidence (${draft.kind}) about file ${draft.fileId}`, () => {
    const values = encodeEvidence(draft);
    // Read back at once: a record that nobody can read could never be removed again.
    decodeEvidence([SOME_SEQ, ...values]);
    return values;
  });
}
