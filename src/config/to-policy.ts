/** The part of the configuration that the verdict is judged by. */
import type { RemoteId } from '../core/ids.ts';
import type { Grade, Policy } from '../core/policy.ts';
import type { Config } from './schema.ts';

/** A remote that does not stand elsewhere is not in it and so never counts. */
export function toPolicy({ policy, destinations, remotes }: Config): Policy {
  const loweredGrades = new Map<RemoteId, Grade>();
  const offsiteRemotes = new Set<RemoteId>();
  for (const { name, minimumGrade, offsite } of remotes) {
    if (minimumGrade !== undefined) loweredGrades.set(name, minimumGrade);
    if (offsite) offsiteRemotes.add(name);
  }
  return {
    ...policy,
    loweredGrades,
    destinations: new Set(destinations.map(({ name }) => name)),
    offsiteRemotes,
    movedAfter: new Map(),
  };
}
