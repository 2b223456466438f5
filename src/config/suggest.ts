/** "Did you mean …?": the nearest of some known words. */

/** The candidate that a hurried person most likely meant; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = fold(word);
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(plain, fold(candidate));
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  if (best === undefined) return undefined;
  const allowed = Math.floor(Math.max(plain.length, best.candidate.length) / 3);
  return best.distance <= allowed ? best.candidate : undefined;
}

/** `storage_class`, `Storage-Class` and `storageClass` are one word to a person. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[_\s-]/g, '');
}

/** Letters to add, take away or change (Levenshtein); words longer than 64 letters are cut. */
function editDistance(a: string, b: string): number {
  const from = a.slice(0, 64);
  const to = b.slice(0, 64);
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      const change = (row[j - 1] ?? 0) + same;
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
