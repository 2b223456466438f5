/** A scan against everything that the ledger knows of a roll, which is read page by page and never held. */
import type { RollId } from '../core/ids.ts';
import type { FileRole, ScannedFile } from '../core/inventory.ts';
import {
  type FreshFile,
  type MatchedScan,
  Placer,
  ScanMatcher,
  unknownFiles,
} from '../core/match-scan.ts';
import type { LedgerReader } from '../ports/ledger.ts';

type Known = Pick<LedgerReader, 'knownFiles'>;

/** `others`: paths at which another content was found. */
export async function matchRoll(
  ledger: Known,
  rollId: RollId,
  files: readonly ScannedFile[],
  others?: ReadonlySet<string>,
): Promise<MatchedScan> {
  const matcher = new ScanMatcher(files, others);
  for await (const page of ledger.knownFiles(rollId)) matcher.see(page);
  return matcher.matched();
}

/** What the roll does not know, with places. Reads the roll a second time, but only when there is something. */
export async function placeUnknown(
  ledger: Known,
  rollId: RollId,
  match: MatchedScan,
  roleOf: (path: string) => FileRole,
): Promise<readonly FreshFile[]> {
  const unknown = unknownFiles(match);
  if (unknown.length === 0) return [];
  const placer = new Placer();
  for await (const page of ledger.knownFiles(rollId)) placer.see(page);
  return placer.place(unknown, roleOf);
}
