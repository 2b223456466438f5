/** What a card has to do with what was seen before, in sentences. For people only: no verdict depends on it. */
import type { ScannedFile } from './inventory.ts';
import { KnownAgain } from './known-again.ts';
import { filesText, groupDigits } from './wording.ts';

/** A file of a listing, with the hash of its bytes once that is beyond dispute. */
export interface HashedFile extends ScannedFile {
  readonly hash?: string;
}

/** What a card shares with another one that was seen. */
export type Likeness =
  /** Byte for byte the same, as far as both were read: a second slot's copy. */
  | { readonly kind: 'twin'; readonly files: number }
  /** The same names, sizes and times; the content differs in some files, or is not known of all. */
  | { readonly kind: 'alike'; readonly files: number; readonly differing: number };

/** Undefined when the two listings differ at all, or hold nothing. Times are compared as cards keep them. */
export function likeness(
  files: readonly HashedFile[],
  others: readonly HashedFile[],
): Likeness | undefined {
  if (files.length === 0 || files.length !== others.length) return undefined;
  const again = new KnownAgain<HashedFile>(files);
  for (const other of others) again.see(other, other);
  const found = again.marks();
  let equal = 0;
  let differing = 0;
  for (const [i, file] of files.entries()) {
    const other = found[i];
    if (other === undefined) return undefined;
    if (file.hash === undefined || other.hash === undefined) continue;
    if (file.hash === other.hash) equal += 1;
    else differing += 1;
  }
  return equal === files.length
    ? { kind: 'twin', files: equal }
    : { kind: 'alike', files: files.length, differing };
}

/** `name`: how the other card is called, with its id. */
export function likenessText(name: string, found: Likeness): string {
  const all = filesText(found.files);
  if (found.kind === 'twin') {
    return `All ${all} are byte for byte those of ${name}: the copy of a second slot. Each card is judged by its own copies.`;
  }
  const what =
    found.differing === 0
      ? 'whether the content is the same is not known yet'
      : `the content of ${groupDigits(found.differing)} differs`;
  return `All ${all} are named, sized and dated as those of ${name}; ${what}.`;
}
