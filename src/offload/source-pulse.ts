/** Tells a card with bad files from a card that is gone but still looks mounted. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOCK_BYTES } from './aligned-buffers.ts';
import type { EngineTools } from './engine-tools.ts';
import { readHonestyOf } from './read-honesty.ts';
import { UncachedFile } from './uncached-file.ts';

/** Names looked at, and files tried, before the answer is given. */
const MAX_NAMES = 500;
const MAX_TRIES = 8;

/** So many files that fail, and no other one to ask: that is no longer about the files. */
const MANY = 3;

/**
 * Whether any file but those that failed still gives bytes past the cache. Listings do not count: a pulled card goes
 * on answering them from memory. With no other file to ask, a few failures are about the files, many are not.
 */
export async function givesBytes(
  tools: EngineTools,
  root: string,
  except: ReadonlySet<string>,
): Promise<boolean> {
  let tries = 0;
  for await (const relative of filesBelow(root)) {
    if (except.has(relative)) continue;
    const answer = await answers(tools, join(root, relative));
    if (answer === 'yes') return true;
    if (answer === 'no') tries += 1;
    if (tries >= MAX_TRIES) break;
  }
  return tries === 0 && except.size < MANY;
}

async function answers(tools: EngineTools, path: string): Promise<'yes' | 'no' | 'unknown'> {
  try {
    const honesty = await readHonestyOf(path);
    const file = await UncachedFile.open(tools, { path, honesty });
    try {
      const got = await file.read(0, BLOCK_BYTES, () => undefined);
      return got > 0 && file.proof === 'device' ? 'yes' : 'unknown';
    } finally {
      await file.close();
    }
  } catch {
    // Whatever it was, no bytes came.
    return 'no';
  }
}

async function* filesBelow(root: string): AsyncGenerator<string> {
  const folders = [''];
  let seen = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of await entriesOf(join(root, folder))) {
      seen += 1;
      if (seen > MAX_NAMES) return;
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(relative);
      else if (entry.isFile()) yield relative;
    }
  }
}

async function entriesOf(
  folder: string,
): Promise<{ name: string; isDirectory(): boolean; isFile(): boolean }[]> {
  const entries = [];
  try {
    for await (const entry of await opendir(folder)) {
      entries.push(entry);
      if (entries.length >= MAX_NAMES) break;
    }
  } catch {
    // A folder that cannot be listed offers nothing to try.
  }
  return entries;
}
