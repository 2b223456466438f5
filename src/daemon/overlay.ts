/** A ledger with something seen just now laid over it: for judging without writing. */
import type { Evidence, EvidenceDraft } from '../core/evidence.ts';
import type { FileId } from '../core/ids.ts';
import type { FileRecord, LedgerReader } from '../ports/ledger.ts';

/** Later than anything in a ledger: what was seen just now comes after all that is recorded. */
const JUST_NOW = Number.MAX_SAFE_INTEGER;

export type RecordsReader = Pick<LedgerReader, 'records' | 'recordsOf'>;

export function overlay(ledger: RecordsReader, seen: readonly EvidenceDraft[]): RecordsReader {
  if (seen.length === 0) return ledger;
  const extra = new Map<FileId, Evidence[]>();
  for (const draft of seen) {
    const list = extra.get(draft.fileId) ?? [];
    list.push({ ...draft, seq: JUST_NOW });
    extra.set(draft.fileId, list);
  }
  const withMore = async function* (
    records: AsyncIterable<readonly FileRecord[]>,
  ): AsyncGenerator<readonly FileRecord[]> {
    for await (const batch of records) {
      yield batch.map((record): FileRecord => {
        const more = extra.get(record.file.id);
        return more === undefined ? record : { ...record, evidence: [...record.evidence, ...more] };
      });
    }
  };
  return {
    records: (inventory) => withMore(ledger.records(inventory)),
    recordsOf: (fileIds) => withMore(ledger.recordsOf(fileIds)),
  };
}
