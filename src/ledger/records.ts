/** The files of a listing with their evidence, in batches that fit in memory however long the history is. */
import { setImmediate } from 'node:timers/promises';
import type { Evidence } from '../core/evidence.ts';
import type { CardFile } from '../core/inventory.ts';
import type { FileRecord } from '../ports/ledger.ts';
import type { Connection } from './connection.ts';
import { type EvidenceReading, evidenceReading } from './evidence-rows.ts';
import { type FileReading, fileReading } from './files.ts';
import type { IdRange } from './id-ranges.ts';

export interface BatchLimits {
  /** At most so many files. */
  readonly files: number;
  /** At most so many records, but for a single file that has more. */
  readonly evidence: number;
}

/**
 * A millisecond of work each, so that the rest of the service gets its turn, and so little that what is done with gives
 * its memory back at once (100,000 files: 1.4 s with 50 at a time, 1.9 s with 500, where most of it grew old first).
 */
export const BATCH_LIMITS: BatchLimits = { files: 50, evidence: 5_000 };

export type RecordBatches = (
  ranges: readonly IdRange[],
  limits: BatchLimits,
) => AsyncGenerator<readonly FileRecord[]>;

/** All records of one file are of one moment; those of two batches need not be. */
export function recordBatches(connection: Connection): RecordBatches {
  const reading = { files: fileReading(connection), evidence: evidenceReading(connection) };
  const read = (range: IdRange, room: BatchLimits): Promise<readonly FileRecord[]> =>
    connection.run(() => chunkOf(reading, range, room));
  return async function* batches(ranges, limits) {
    let batch: FileRecord[] = [];
    let room = limits;
    for (const range of ranges) {
      for (let first = range.first; first <= range.last; ) {
        const chunk = await read({ first, last: range.last }, room);
        batch.push(...chunk);
        first += chunk.length;
        room = roomAfter(chunk, room);
        // What is left of a range did not fit in; after the end of one, a short next one still may.
        if (first > range.last && room.files > 0 && room.evidence > 0) continue;
        if (batch.length > 0) {
          yield batch;
          await setImmediate();
          batch = [];
          room = limits;
        } else {
          // Not even one file fits in: it is read alone, without a limit.
          room = { files: 1, evidence: Number.POSITIVE_INFINITY };
        }
      }
    }
    if (batch.length > 0) yield batch;
  };
}

function roomAfter(chunk: readonly FileRecord[], room: BatchLimits): BatchLimits {
  const records = chunk.reduce((sum, record) => sum + record.evidence.length, 0);
  return { files: room.files - chunk.length, evidence: room.evidence - records };
}

/** The first files of the range that fit with all their evidence; none when the first one does not. */
function chunkOf(
  reading: { readonly files: FileReading; readonly evidence: EvidenceReading },
  range: IdRange,
  room: BatchLimits,
): readonly FileRecord[] {
  const files = reading.files.inRange(range, room.files);
  const span = { first: range.first, last: range.first + files.length - 1 };
  const evidence = reading.evidence.about(span, room.evidence + 1);
  // The first file that there is no room for. It may not be whole, all before it are: if rows were left out, as many as
  // the limit were read, and each tells a record or more.
  const partial = evidence[room.evidence]?.fileId;
  const whole = partial === undefined ? files : files.filter((file) => file.id < partial);
  return joined(whole, evidence);
}

/** Both are ordered by file. Records after the last file are left out. */
function joined(files: readonly CardFile[], evidence: readonly Evidence[]): readonly FileRecord[] {
  let next = 0;
  return files.map((file) => {
    const own: Evidence[] = [];
    for (let item = evidence[next]; item?.fileId === file.id; item = evidence[next]) {
      own.push(item);
      next += 1;
    }
    return { file, evidence: own };
  });
}
