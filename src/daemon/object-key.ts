/** Under which name a file stands at a remote, and whether what stands there may be replaced. */
import type { OffsiteAbsent, OffsiteSighting, UploadPass } from '../core/evidence.ts';
import type { ContentHash } from '../core/ids.ts';
import { gradeOf } from '../core/place-standing.ts';
import { suffixed } from '../core/placement.ts';

/** What is on record about one file at one remote, oldest first. */
export type OffsiteRecord = UploadPass | OffsiteSighting | OffsiteAbsent;

export interface ObjectName {
  readonly key: string;
  /** What stands under the key is known to be ours. */
  readonly mayReplace: boolean;
}

/**
 * The plain key, until a witness sees other bytes under it that were never seen to be ours: another machine may have put
 * them there, or this one before its ledger was lost, and they may be the only copy offsite. Then a key with the
 * content's hash in it, under which nothing else has a right to stand.
 */
export function objectName(
  plain: string,
  { hash, sizeBytes }: { readonly hash: ContentHash; readonly sizeBytes: number },
  past: readonly OffsiteRecord[],
): ObjectName {
  const ofContent = suffixed(plain, hash);
  const passes = past.filter((record) => record.kind === 'upload-pass');
  const gradeIn = (record: OffsiteSighting): string => gradeOf(record, { hash, sizeBytes, passes });
  const sightings = past.filter((record) => record.kind === 'offsite-sighting');
  const key = past.at(-1)?.key ?? plain;
  const own = sightings.some((one) => one.key === key && isProof(gradeIn(one)));
  const last = past.findLast((record) => record.kind !== 'upload-pass');
  const isForeign = !own && last?.kind === 'offsite-sighting' && gradeIn(last) === 'contradiction';
  if (key === ofContent || isForeign) return { key: ofContent, mayReplace: true };
  return { key, mayReplace: own };
}

/** A name and a size can be anybody's. */
function isProof(grade: string): boolean {
  return grade !== 'contradiction' && grade !== 'D';
}
