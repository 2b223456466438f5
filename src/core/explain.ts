/** Adds to a hold why it cannot go on, in the words of whoever met the trouble. */
import { type Blocker, type PlaceTrouble, troubleBlocker } from './blocker.ts';
import { type Verdict, withBlocker } from './verdict.ts';

/** What is known to stand in the way right now. Never evidence: it explains a hold, it cannot cause or end one. */
export interface Troubles {
  readonly destinations: readonly PlaceTrouble[];
  readonly remotes: readonly PlaceTrouble[];
}

export const NO_TROUBLES: Troubles = { destinations: [], remotes: [] };

/** A safe or neutral verdict is returned as it is. */
export function explain(verdict: Verdict, troubles: Troubles): Verdict {
  if (verdict.kind !== 'hold') return verdict;
  const lacks = (kinds: readonly Blocker['kind'][]): boolean =>
    verdict.blockers.some((blocker) => kinds.includes(blocker.kind));
  const extra: Blocker[] = [];
  if (lacks(['not-read', 'too-few-copies', 'copy-lost', 'copy-mismatch', 'copy-evidence-old'])) {
    extra.push(...troubles.destinations.map((t) => troubleBlocker('destination-trouble', t)));
  }
  if (lacks(['too-few-offsite', 'offsite-absent', 'offsite-mismatch', 'offsite-evidence-old'])) {
    extra.push(...troubles.remotes.map((t) => troubleBlocker('remote-trouble', t)));
  }
  return extra.reduceRight<Verdict>(
    (explained, blocker) => withBlocker(explained, blocker),
    verdict,
  );
}
