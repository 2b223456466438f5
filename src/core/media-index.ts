/**
 * The camera's own list of its clips, against what is on the card. A clip that Sony's MEDIAPRO.XML names and that is not
 * there was deleted on a computer, or the card is damaged and the clip may still be rescued: formatting would end that.
 */

/** Where such lists lie (XAVC S, XDCAM, XDCAM EX). */
const INDEX = /^((private\/)?(m4root|xdroot)\/|bpav\/)?mediapro\.xml$/i;
/** More than any card's list has; a larger file is no list. */
export const MAX_INDEX_BYTES = 16 * 1024 * 1024;

/** Whether the file at this path, relative to the card's root, is such a list. */
export function isMediaIndex(path: string): boolean {
  return INDEX.test(path);
}

/** Each element that names a file of a clip: the clip, its proxy, and what belongs to it. */
const NAMED =
  /<(?:\w+:)?(?:Material|Proxy|RelevantInfo)\s[^>]*?\buri\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * Paths that the list at `indexPath` names and that are not among `paths`, each once. Capitals do not count, as on the
 * cards themselves. What names no file below the list's folder is passed over.
 */
export function missingFrom(
  indexPath: string,
  text: string,
  paths: readonly string[],
): readonly string[] {
  const folder = indexPath.slice(0, indexPath.lastIndexOf('/') + 1);
  const there = new Set(paths.map((path) => path.normalize('NFC').toLowerCase()));
  const missing = new Map<string, string>();
  for (const [, double, single] of text.matchAll(NAMED)) {
    const named = plain(double ?? single ?? '');
    if (named === '' || named.includes(':') || named.split('/').includes('..')) continue;
    const path = `${folder}${named}`;
    const key = path.normalize('NFC').toLowerCase();
    if (!there.has(key)) missing.set(key, path);
  }
  return [...missing.values()];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&apos;', "'"],
  ['&quot;', '"'],
]);

function plain(uri: string): string {
  return uri
    .replace(/&(amp|apos|quot);/g, (entity) => ENTITIES.get(entity) ?? entity)
    .replace(/^(\.?\/)+/, '');
}
