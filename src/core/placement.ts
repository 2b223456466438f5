/** Where a card file's copies stand below the roll's folder: its own path, unless that would clash. */

/** Two paths with the same key cannot live side by side on every filesystem (case, Unicode composition). */
export function placementKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** What no name may have on exFAT, NTFS and SMB; a watched folder may lie on a filesystem that allows it. */
// oxlint-disable-next-line no-control-regex -- they are among them
const RESERVED = /[<>:"\\|?*\u0000-\u001f]/g;
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(?=\.|$)/i;

/**
 * A path that every filesystem takes: reserved characters become `_`, and so does a dot or blank at a name's end. The
 * card's own name stays in the ledger. A path as cameras write it is its own.
 */
export function portablePath(path: string): string {
  return path
    .split('/')
    .map((name) => name.replace(RESERVED, '_').replace(/[. ]$/, '_').replace(DEVICE, '_$1'))
    .join('/');
}

/**
 * The card's own path made portable, or that path with `_2`, `_3`, … before the extension when another file of the roll stands
 * there already. `taken` holds the placement keys in use.
 */
export function placementFor(path: string, taken: ReadonlySet<string>): string {
  const own = portablePath(path);
  let candidate = own;
  for (let n = 2; taken.has(placementKey(candidate)); n += 1) candidate = suffixed(own, n);
  return candidate;
}

/** `DCIM/IMG_1.JPG` → `DCIM/IMG_1_2.JPG`; names without an extension get the suffix at the end. */
export function suffixed(path: string, n: number | string): string {
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  const at = dot > slash + 1 ? dot : path.length;
  return `${path.slice(0, at)}_${n}${path.slice(at)}`;
}
