/** Where a card file's copies stand below the roll's folder: its own path, unless that would clash. */

/** Two paths with the same key cannot live side by side on every filesystem (case, Unicode composition). */
export function placementKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/**
 * The card's own path, or that path with `_2`, `_3`, … before the extension when another file of the roll stands
 * there already. `taken` holds the placement keys in use.
 */
export function placementFor(path: string, taken: ReadonlySet<string>): string {
  let candidate = path;
  for (let n = 2; taken.has(placementKey(candidate)); n += 1) candidate = suffixed(path, n);
  return candidate;
}

/** `DCIM/IMG_1.JPG` → `DCIM/IMG_1_2.JPG`; names without an extension get the suffix at the end. */
export function suffixed(path: string, n: number | string): string {
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  const at = dot > slash + 1 ? dot : path.length;
  return `${path.slice(0, at)}_${n}${path.slice(at)}`;
}
