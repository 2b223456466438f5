/** Looks into the camera's own list of its clips for files that are not on the card. Opens it for reading only. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scan, ScanProblem } from '../core/inventory.ts';
import { isMediaIndex, MAX_INDEX_BYTES, missingFrom } from '../core/media-index.ts';
import { within } from './or-abort.ts';

/** A failing medium takes its time; a list that cannot be read is found when it is to be copied. */
const PATIENCE_MS = 10_000;

export async function missingFiles(
  root: string,
  { files, ignored }: Pick<Scan, 'files' | 'ignored'>,
): Promise<readonly ScanProblem[]> {
  const left = ignored.map((one) => one.path.toLowerCase());
  // What is left out on purpose, alone or with its folder, is not missing.
  const isLeftOut = (name: string): boolean =>
    left.some((path) => `${name.toLowerCase()}/`.startsWith(`${path}/`));
  const problems: ScanProblem[] = [];
  for (const { path, sizeBytes } of files) {
    if (!isMediaIndex(path) || sizeBytes > MAX_INDEX_BYTES) continue;
    const read = readText(join(root, path)).catch(() => '');
    const text = await within(read, PATIENCE_MS, '');
    const paths = text === '' ? [] : files.map((file) => file.path);
    const reason = `${path} names it, but it is not on the card.`;
    for (const name of missingFrom(path, text, paths)) {
      if (!isLeftOut(name)) problems.push({ path: name, reason, missing: true });
    }
  }
  return problems;
}

async function readText(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
