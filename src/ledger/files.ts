/** Rows of files: every version that a roll ever had. */
import { asFileId, type RollId } from '../core/ids.ts';
import type { CardFile } from '../core/inventory.ts';
import type { NewFile } from '../ports/ledger.ts';
import { countOf, refuseHalfCharacters, type Row, textOf, timeOf, wordOf } from './column.ts';
import { type Connection, type Db, readingBack, takingIn } from './connection.ts';
import { type IdRange, sizeOfRange } from './id-ranges.ts';
import { rowInserting } from './row-inserting.ts';

const ROLES = ['media', 'sidecar', 'management', 'other'] as const;
type RawRow = readonly unknown[];

const COLUMNS = 'id, path, size_bytes, mtime_ms, role, placement';

export interface FileReading {
  /** Up to `limit` files of the roll whose number is above `after`, by number. */
  ofRoll(rollId: RollId, after: number, limit: number): readonly CardFile[];
  /** Up to `limit` files of the range, by number. @throws LedgerError `corrupt` when one is missing */
  inRange(range: IdRange, limit: number): readonly CardFile[];
  /** How many files of the range belong to the roll, and their bytes. */
  sumsOf(range: IdRange, rollId: RollId): { readonly count: number; readonly bytes: number };
}

export function fileReading({ db, file }: Pick<Connection, 'db' | 'file'>): FileReading {
  const ofRoll = db
    .prepare<[number, number, number], RawRow>(
      `SELECT ${COLUMNS} FROM file WHERE roll_id = ? AND id > ? ORDER BY id LIMIT ?`,
    )
    .raw();
  const inRange = db
    .prepare<[number, number, number], RawRow>(
      `SELECT ${COLUMNS} FROM file WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?`,
    )
    .raw();
  const sums = db.prepare<[number, number, number], Row>(
    `SELECT count(*) AS count, coalesce(sum(size_bytes), 0) AS bytes
     FROM file WHERE id BETWEEN ? AND ? AND +roll_id = ?`,
  );
  const filesOf = (rows: readonly RawRow[]): readonly CardFile[] => {
    let id: unknown;
    return readingBack(
      file,
      () => `File ${String(id)}`,
      () =>
        rows.map((row) => {
          id = row[0];
          return decodeFile(row);
        }),
    );
  };
  return {
    ofRoll: (rollId, after, limit) => filesOf(ofRoll.all(rollId, after, limit)),
    inRange(range, limit) {
      const files = filesOf(inRange.all(range.first, range.last, limit));
      return readingBack(
        file,
        () => `The listing from file ${range.first} on`,
        () => {
          const count = Math.min(limit, sizeOfRange(range));
          const isWhole = files.length === count && files.at(-1)?.id === range.first + count - 1;
          if (isWhole) return files;
          throw new TypeError('files are missing');
        },
      );
    },
    sumsOf({ first, last }, rollId) {
      const row = sums.get(first, last, rollId) ?? {};
      return {
        count: countOf(row['count'], 'number of files'),
        bytes: countOf(row['bytes'], 'bytes'),
      };
    },
  };
}

/**
 * Adds files to a roll and gives them their numbers. To be run inside a transaction that has the write lock: nobody else
 * numbers in between, and with AUTOINCREMENT each number is one more than the largest there ever was
 * (https://www.sqlite.org/autoinc.html).
 */
export function fileWriting(
  db: Db,
): (rollId: RollId, files: readonly NewFile[]) => readonly number[] {
  const columns = ['roll_id', 'path', 'size_bytes', 'mtime_ms', 'role', 'placement'];
  const insert = rowInserting(db, 'file', columns);
  return (rollId, files) => {
    const last = insert(files, (file) => encodeFile(rollId, file));
    return files.map((_, i) => last - files.length + 1 + i);
  };
}

function encodeFile(
  rollId: RollId,
  { path, sizeBytes, mtimeMs, role, placement }: NewFile,
): readonly (string | number)[] {
  takingIn(
    () => `The file ${path}`,
    () => {
      refuseHalfCharacters([path, placement]);
      countOf(sizeBytes, 'size');
      timeOf(mtimeMs, 'time');
      wordOf(role, ROLES, 'role');
    },
  );
  return [rollId, path, sizeBytes, mtimeMs, role, placement];
}

/** `row` is as `COLUMNS` has it. Large cards have many: plain rows cost half of named ones. */
function decodeFile([id, path, sizeBytes, mtimeMs, role, placement]: RawRow): CardFile {
  return {
    id: asFileId(countOf(id, 'number')),
    path: textOf(path, 'path'),
    sizeBytes: countOf(sizeBytes, 'size'),
    mtimeMs: timeOf(mtimeMs, 'time'),
    role: wordOf(role, ROLES, 'role'),
    placement: textOf(placement, 'placement'),
  };
}
