/** Finds in a fresh scan the files that a roll already knows; what is left is new, with a place of its own. */
import type { FileId } from './ids.ts';
import {
  type CardFile,
  type FileRole,
  knownAgain,
  type Scan,
  type ScannedFile,
} from './inventory.ts';
import { placementFor, placementKey } from './placement.ts';

/** A file of the scan that the roll does not know, ready to be recorded. */
export interface FreshFile extends ScannedFile {
  readonly role: FileRole;
  readonly placement: string;
}

export interface MatchedScan {
  readonly known: readonly CardFile[];
  readonly fresh: readonly FreshFile[];
}

/**
 * `known` are all versions of all files the roll ever had. Where several versions of a path fit, the newest one
 * is taken. A changed file is a fresh one: its copies get a place beside the earlier version's. `others` are versions
 * whose content was found to be another one on the card: they fit nothing.
 */
export function matchScan(
  known: readonly CardFile[],
  scan: Pick<Scan, 'files'>,
  roleOf: (path: string) => FileRole,
  others: ReadonlySet<FileId> = new Set(),
): MatchedScan {
  const again = knownAgain(
    known.filter(({ id }) => !others.has(id)),
    scan.files,
  );
  const matched: CardFile[] = [];
  const unknown: ScannedFile[] = [];
  for (const file of scan.files) {
    const match = again.get(file.path);
    if (match === undefined) unknown.push(file);
    else matched.push(match);
  }
  return { known: matched, fresh: unknown.length === 0 ? [] : placed(unknown, known, roleOf) };
}

/** Each with a place that neither a known file's copies nor another new one's have. */
function placed(
  files: readonly ScannedFile[],
  known: readonly CardFile[],
  roleOf: (path: string) => FileRole,
): readonly FreshFile[] {
  const taken = new Set(known.map((file) => placementKey(file.placement)));
  return files.map((file) => {
    const placement = placementFor(file.path, taken);
    taken.add(placementKey(placement));
    return { ...file, role: roleOf(file.path), placement };
  });
}

/** Whether the scan shows exactly the files of an inventory, no more and no fewer. */
export function showsExactly(match: MatchedScan, inventory: ReadonlySet<FileId>): boolean {
  return (
    match.fresh.length === 0 &&
    match.known.length === inventory.size &&
    match.known.every((file) => inventory.has(file.id))
  );
}
