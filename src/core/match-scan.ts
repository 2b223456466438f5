/** Finds in a fresh scan the files that a roll already knows; what is left is new, with a place of its own. */
import type { FileId } from './ids.ts';
import type { CardFile, FileRole, ScannedFile } from './inventory.ts';
import { KnownAgain } from './known-again.ts';
import { placementFor, placementKey } from './placement.ts';

/** A file of the scan that the roll does not know, ready to be recorded. */
export interface FreshFile extends ScannedFile {
  readonly role: FileRole;
  readonly placement: string;
}

/** A scan beside what is known of it. Cards can have a hundred thousand files: nothing of them is held twice. */
export interface MatchedScan {
  readonly files: readonly ScannedFile[];
  /** For each of the files the version that it is; undefined for one that is not known. */
  readonly ids: readonly (FileId | undefined)[];
  /** How many versions of files the roll ever had. */
  readonly versions: number;
}

/**
 * Is shown all versions of all files that the roll ever had, the oldest first, in batches. Where several versions of a
 * path fit, the newest one is taken. What stands at `others` was found to have another content: nothing known fits it.
 */
export class ScanMatcher {
  readonly #files: readonly ScannedFile[];
  readonly #others: ReadonlySet<string>;
  readonly #again: KnownAgain<FileId>;
  #versions = 0;

  constructor(files: readonly ScannedFile[], others: ReadonlySet<string> = new Set()) {
    this.#files = files;
    this.#others = others;
    this.#again = new KnownAgain(files);
  }

  see(known: readonly CardFile[]): void {
    this.#versions += known.length;
    for (const file of known) {
      if (!this.#others.has(file.path)) this.#again.see(file, file.id);
    }
  }

  /** When all were shown. */
  matched(): MatchedScan {
    return { files: this.#files, ids: this.#again.marks(), versions: this.#versions };
  }
}

/** In the order of the scan. */
export function knownIds({ ids }: MatchedScan): readonly FileId[] {
  return ids.filter((id) => id !== undefined);
}

export function unknownFiles({ files, ids }: MatchedScan): readonly ScannedFile[] {
  return files.filter((_, i) => ids[i] === undefined);
}

/** Where the files stand that are these versions, in the order of the scan. */
export function pathsOf(
  { files, ids }: MatchedScan,
  isMeant: (id: FileId) => boolean,
): readonly string[] {
  return files.flatMap(({ path }, i) => {
    const id = ids[i];
    return id !== undefined && isMeant(id) ? [path] : [];
  });
}

/**
 * Finds places for new files. A changed file is a new one: its copies get a place beside the earlier version's. Is
 * shown what `ScanMatcher` was shown, in any order.
 */
export class Placer {
  readonly #taken = new Set<string>();

  see(known: readonly Pick<CardFile, 'placement'>[]): void {
    for (const { placement } of known) this.#taken.add(placementKey(placement));
  }

  /** Each with a place that neither a known file's copies nor another new one's have. */
  place(files: readonly ScannedFile[], roleOf: (path: string) => FileRole): readonly FreshFile[] {
    return files.map((file) => {
      const placement = placementFor(file.path, this.#taken);
      this.#taken.add(placementKey(placement));
      return { ...file, role: roleOf(file.path), placement };
    });
  }
}

/** Whether the scan shows exactly the files of an inventory, no more and no fewer. */
export function showsExactly({ ids }: MatchedScan, inventory: ReadonlySet<FileId>): boolean {
  const isOfInventory = ids.every((id) => id !== undefined && inventory.has(id));
  return isOfInventory && ids.length === inventory.size && new Set(ids).size === inventory.size;
}
