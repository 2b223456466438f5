/** The file at a destination's root that says "this is a place for copies": for us later, and for other installations. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from './errno.ts';

export const MARKER_NAME = '.safelight-destination.json';

const marker = z.object({ safelight: z.literal(1), id: z.string().min(1) });

/** The marker's text for a destination with this id. */
export function markerText(id: string): string {
  const note =
    'A safelight service keeps copies of memory cards in this folder. Leave this file here: it tells the service that the right drive is mounted.';
  return `${JSON.stringify({ safelight: 1, id, note }, undefined, 2)}\n`;
}

/** `unreadable`: there is a marker, but not one that is understood. */
export type MarkerLook =
  | { readonly state: 'absent' | 'unreadable' }
  | { readonly state: 'present'; readonly id: string };

/** @throws the system's error when it cannot be told whether a marker is there */
export async function readMarker(folder: string): Promise<MarkerLook> {
  let text: string;
  try {
    text = await readFile(join(folder, MARKER_NAME), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { state: 'absent' };
    throw error;
  }
  try {
    return { state: 'present', id: marker.parse(JSON.parse(text)).id };
  } catch {
    return { state: 'unreadable' };
  }
}

/** Folders looked into at most; a drive for copies has few at its top, a damaged one may show thousands. */
const MAX_TOP_FOLDERS = 500;

/** Whether a marker lies at a tree's root or in one of its top folders: a drive for copies, not a card. */
export async function holdsMarker(root: string): Promise<boolean> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).slice(0, MAX_TOP_FOLDERS);
  const places = [root, ...folders.map((entry) => join(root, entry.name))];
  for (const place of places) {
    // A marker that cannot be looked at does not count as one; the listing of the card will tell what is wrong.
    const found = await lstat(join(place, MARKER_NAME)).catch(() => undefined);
    if (found !== undefined) return true;
  }
  return false;
}
