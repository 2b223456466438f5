/** A folder's tree as it can be compared: paths, content, times. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface TreeFile {
  readonly path: string;
  readonly sha256: string;
  readonly mtimeMs: number;
}

/** Every file below `root`, sorted by path. */
export function treeOf(root: string): readonly TreeFile[] {
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return {
        path: relative(root, path),
        sha256: sha256(readFileSync(path)),
        mtimeMs: Math.floor(statSync(path).mtimeMs),
      };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
