/** Cards that cannot be told apart: some devices give every card they format the same serial. */
import type { CardId } from '../core/ids.ts';
import type { Insertion, VolumeTrouble } from '../ports/volume-source.ts';
import { cardIdOf } from './take-inventory.ts';

/** Insertions that would be taken for one and the same card though they are in at the same time, by key. */
export function twinsIn(insertions: readonly Insertion[]): ReadonlyMap<string, VolumeTrouble> {
  const byId = new Map<CardId, Map<string, Insertion>>();
  for (const insertion of insertions) {
    const id = cardIdOf(insertion);
    const same = byId.get(id) ?? new Map<string, Insertion>();
    // One card that is mounted in two places has one key.
    byId.set(id, same.set(insertion.key, insertion));
  }
  const twins = new Map<string, VolumeTrouble>();
  for (const same of byId.values()) {
    if (same.size < 2) continue;
    const trouble = twinTrouble([...same.values()]);
    for (const key of same.keys()) twins.set(key, trouble);
  }
  return twins;
}

function twinTrouble(twins: readonly Insertion[]): VolumeTrouble {
  const places = twins.map(({ label, root }) => `${label} (${root})`).join(' and ');
  return {
    sentence: `${places} cannot be told apart: they have the same serial and size.`,
    hint: 'Do not format them. Take all but one of them out; it is gone on with by itself.',
  };
}
