/** Whether the card gave the same bytes each time it was asked, and which. */
import type { SourceRead, SourceSample, SourceUnreadable } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { ContentHash } from './ids.ts';
import type { CardFile } from './inventory.ts';
import type { Policy } from './policy.ts';

/** What the ledger holds about the reading of one file from the card, oldest first. */
export interface SourceRecords {
  readonly reads: readonly SourceRead[];
  readonly samples: readonly SourceSample[];
  readonly unreadable: readonly SourceUnreadable[];
}

export interface SourceStanding {
  readonly hash: ContentHash | undefined;
  readonly reread: boolean;
  readonly findings: readonly Finding[];
}

/**
 * One hash, or none. Any trouble (an unreadable moment, two reads or samples that differ, a read of the wrong
 * length) is cleared only by two equal whole reads that come after it.
 */
export function settleSource(
  file: CardFile,
  sorted: SourceRecords,
  policy: Policy,
): SourceStanding {
  const { reads, samples, unreadable } = sorted;
  const troubleAt = lastSourceTrouble(file, sorted);
  const last = reads.at(-1);
  const before = reads.at(-2);
  // Reads that differ or are of the wrong length are trouble themselves, so two that come after all of it agree.
  const settledTwice = before !== undefined && before.seq > troubleAt;

  if (troubleAt >= 0 && !settledTwice) {
    const lastUnreadable = unreadable.at(-1);
    const kind =
      lastUnreadable !== undefined && lastUnreadable.seq === troubleAt
        ? 'source-unreadable'
        : 'source-unstable';
    return { hash: undefined, reread: false, findings: [{ kind }] };
  }
  if (last === undefined) {
    return { hash: undefined, reread: false, findings: [{ kind: 'not-read' }] };
  }

  // Samples that differ are trouble themselves. One of no bytes is equal to anything.
  const sampled = samples.some((s) => s.sampledBytes > 0 && s.seq > last.seq);
  const missing = policy.sourceVerify === 'full' && !settledTwice && file.sizeBytes > 0;
  return {
    hash: last.hash,
    reread: settledTwice || sampled,
    findings: missing ? [{ kind: 'source-not-reread' }] : [],
  };
}

/** The seq after which reads must agree, or -1 when nothing ever spoke against the source. */
function lastSourceTrouble(file: CardFile, sorted: SourceRecords): number {
  let trouble = -1;
  for (const item of sorted.unreadable) trouble = Math.max(trouble, item.seq);
  for (const item of sorted.samples) {
    if (item.firstHash !== item.secondHash) trouble = Math.max(trouble, item.seq);
  }
  let previous: SourceRead | undefined;
  for (const read of sorted.reads) {
    if (read.sizeBytes !== file.sizeBytes) trouble = Math.max(trouble, read.seq);
    // The later of two differing reads may be the first of the two equal ones that settle it.
    if (previous !== undefined && previous.hash !== read.hash) {
      trouble = Math.max(trouble, previous.seq);
    }
    previous = read;
  }
  return trouble;
}
