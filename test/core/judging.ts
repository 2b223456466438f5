/** Judging in few words: the verdict on drafts of evidence, and its reasons. */
import type { Evidence, EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId } from '../../src/core/ids.ts';
import type { CardFile, Inventory } from '../../src/core/inventory.ts';
import type { Policy } from '../../src/core/policy.ts';
import { judge, type Verdict } from '../../src/core/verdict.ts';
import { cardFile, enough, inOrder, inventoryOf, NOW, POLICY } from './facts.ts';

export const FILE = cardFile();

export interface Case {
  readonly files?: readonly CardFile[];
  readonly inventory?: Partial<Inventory>;
  readonly policy?: Policy;
  readonly now?: number;
}

export function judged(evidence: readonly Evidence[], more: Case = {}): Verdict {
  const { files = [FILE], inventory = {}, policy = POLICY, now = NOW } = more;
  return judge(inventoryOf(files, inventory), files, evidence, { policy, now });
}

export function verdictOn(drafts: readonly EvidenceDraft[], more: Case = {}): Verdict {
  return judged(inOrder(drafts), more);
}

/** The kinds of the reasons, none when it is safe. */
export function reasons(verdict: Verdict): readonly string[] {
  return verdict.kind === 'hold' ? verdict.blockers.map((blocker) => blocker.kind) : [verdict.kind];
}

/** n files, each with all it needs. */
export function card(count: number): {
  files: readonly CardFile[];
  drafts: readonly EvidenceDraft[];
} {
  const files = Array.from({ length: count }, (_, i) =>
    cardFile({ id: asFileId(i + 1), path: `DCIM/100CANON/IMG_${i + 1}.CR3` }),
  );
  return { files, drafts: files.flatMap((file) => enough(file.id)) };
}
