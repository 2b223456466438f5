/** Where each remote stands, held against where it stood: a name pointed at another place takes no proof along. */
import type { RemoteConfig } from '../config/schema.ts';
import type { RemoteId } from '../core/ids.ts';
import type { Policy } from '../core/policy.ts';
import type { Ledger, LedgerReader } from '../ports/ledger.ts';

/** Notes the configured places, and tells from where on looks at them count. */
export async function policyAtPlaces(
  policy: Policy,
  remotes: readonly RemoteConfig[],
  ledger: Ledger,
): Promise<Policy> {
  for (const remote of remotes) await ledger.noteRemotePlace(remote.name, placeOf(remote));
  return policyAsNoted(policy, remotes, ledger);
}

/** The same for who only reads: a remote that has moved since the service started has not been looked at there. */
export async function policyAsNoted(
  policy: Policy,
  remotes: readonly RemoteConfig[],
  ledger: Pick<LedgerReader, 'remotePlaces'> | undefined,
): Promise<Policy> {
  const noted = new Map((await ledger?.remotePlaces())?.map((one) => [one.remoteId, one]));
  const movedAfter = new Map<RemoteId, number>();
  for (const remote of remotes) {
    const before = noted.get(remote.name);
    if (before === undefined) continue;
    const stays = before.place === placeOf(remote);
    movedAfter.set(remote.name, stays ? before.sinceSeq : Number.POSITIVE_INFINITY);
  }
  return { ...policy, movedAfter };
}

/** In one text; the same whatever the keys are and however it is spoken to. */
function placeOf(remote: RemoteConfig): string {
  switch (remote.kind) {
    case 's3': {
      const { endpoint, region, bucket, prefix } = remote;
      return JSON.stringify(['s3', endpoint ?? region, bucket, prefix]);
    }
    case 'folder':
      return JSON.stringify(['folder', remote.path]);
    case 'rclone':
      return JSON.stringify(['rclone', remote.remote]);
    default:
      return JSON.stringify([remote.kind]);
  }
}
