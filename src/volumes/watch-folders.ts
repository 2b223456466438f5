/** Sub-folders of watched folders that count as inserted cards once nothing changes in them any more. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { VolumeTrouble } from '../ports/volume-source.ts';
import { makeCardReader } from './card-walk.ts';
import { errnoOf, errnoText } from './errno.ts';
import { orAbort } from './or-abort.ts';

/** A sub-folder that stands still. */
export interface SettledFolder {
  readonly realPath: string;
  readonly name: string;
  /** The watched folder it is in. */
  readonly watched: string;
  readonly deviceNumber: number;
  readonly inode: number;
}

export interface WatchListing {
  readonly folders: readonly SettledFolder[];
  /** One for each watched folder that could not be listed; its earlier sub-folders are kept in `folders`. */
  readonly troubles: readonly VolumeTrouble[];
  /** Milliseconds until the next sub-folder may have settled; undefined when none is waited for. */
  readonly nextInMs?: number;
}

export interface WatchFolderOptions {
  readonly roots: readonly string[];
  /** How long a sub-folder must stand unchanged, milliseconds; 0: it counts at once. */
  readonly settleMs: number;
  readonly clock: Clock;
}

interface Waiting {
  readonly signature: string;
  /** When this signature was first seen. */
  readonly since: number;
}

/** Names that systems and NAS boxes put beside people's folders. */
const NOT_OURS = /^(\.|@|#recycle$|lost\+found$|System Volume Information$|\$RECYCLE\.BIN$)/i;

export class WatchFolders {
  readonly #options: WatchFolderOptions;
  readonly #reader: CardReader;
  readonly #waiting = new Map<string, Waiting>();
  readonly #settled = new Set<string>();
  readonly #lastListing = new Map<string, readonly SettledFolder[]>();

  constructor(options: WatchFolderOptions) {
    this.#options = options;
    this.#reader = makeCardReader({ junkReason: () => undefined, clock: options.clock });
  }

  async list(signal: AbortSignal): Promise<WatchListing> {
    const folders: SettledFolder[] = [];
    const troubles: VolumeTrouble[] = [];
    const seen = new Set<string>();
    for (const root of this.#options.roots) {
      try {
        const found = await orAbort(subFolders(root), signal);
        for (const folder of found.folders) seen.add(identityOf(folder));
        const settled = await this.#settledOf(found.folders, signal);
        this.#lastListing.set(root, settled);
        folders.push(...settled);
        troubles.push(...found.troubles);
      } catch (error) {
        signal.throwIfAborted();
        troubles.push({
          sentence: `The watched folder ${root} could not be listed: ${errnoText(error)}.`,
          hint: 'See that it is there and that the service may read it; it is tried again by itself.',
        });
        // Not knowing is not the same as gone.
        const kept = this.#lastListing.get(root) ?? [];
        for (const folder of kept) seen.add(identityOf(folder));
        folders.push(...kept);
      }
    }
    this.#forgetAllBut(seen);
    return { folders, troubles, ...this.#next() };
  }

  async #settledOf(
    folders: readonly SettledFolder[],
    signal: AbortSignal,
  ): Promise<readonly SettledFolder[]> {
    const settled: SettledFolder[] = [];
    for (const folder of folders) {
      if (await this.#isSettled(folder, signal)) settled.push(folder);
    }
    return settled;
  }

  /** Once settled it stays in as long as it is there: what is added later is a change of the card, to be seen as such. */
  async #isSettled(folder: SettledFolder, signal: AbortSignal): Promise<boolean> {
    const { settleMs, clock } = this.#options;
    const identity = identityOf(folder);
    if (settleMs === 0 || this.#settled.has(identity)) return true;
    const signature = await this.#signature(folder.realPath, signal);
    const now = clock.elapsed();
    const waiting = this.#waiting.get(identity);
    if (waiting?.signature !== signature) {
      this.#waiting.set(identity, { signature, since: now });
      return false;
    }
    if (now - waiting.since < settleMs) return false;
    this.#waiting.delete(identity);
    this.#settled.add(identity);
    return true;
  }

  /** Text that changes with any name, size or time in the tree. */
  async #signature(root: string, signal: AbortSignal): Promise<string> {
    const { files, folders, ignored, problems } = await this.#reader.scan({ root }, signal);
    const text = JSON.stringify([files, folders, ignored, problems]);
    return createHash('sha256').update(text).digest('hex');
  }

  #next(): { readonly nextInMs?: number } {
    const now = this.#options.clock.elapsed();
    const due = [...this.#waiting.values()].map(
      ({ since }) => since + this.#options.settleMs - now,
    );
    return due.length === 0 ? {} : { nextInMs: Math.max(0, Math.min(...due)) };
  }

  #forgetAllBut(seen: ReadonlySet<string>): void {
    for (const identity of this.#waiting.keys())
      if (!seen.has(identity)) this.#waiting.delete(identity);
    for (const identity of this.#settled) if (!seen.has(identity)) this.#settled.delete(identity);
  }
}

async function subFolders(watched: string): Promise<Omit<WatchListing, 'nextInMs'>> {
  const realRoot = await realpath(watched);
  const entries = await readdir(realRoot, { encoding: 'buffer' });
  const folders: SettledFolder[] = [];
  const troubles: VolumeTrouble[] = [];
  for (const bytes of entries.toSorted((a, b) => a.compare(b))) {
    const name = bytes.toString('utf8');
    if (NOT_OURS.test(name)) continue;
    if (!isUtf8(bytes)) {
      troubles.push({
        sentence: `"${name}" in ${watched} has a name that is not valid UTF-8.`,
        hint: 'Rename it; until then it is left alone.',
      });
      continue;
    }
    const realPath = join(realRoot, name);
    const stats = await lookAt(realPath);
    if (stats?.isDirectory() !== true) continue;
    folders.push({ realPath, name, watched, deviceNumber: stats.dev, inode: stats.ino });
  }
  return { folders, troubles };
}

/** Links are not followed; what vanished meanwhile is not there. */
async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function identityOf({ realPath, deviceNumber, inode }: SettledFolder): string {
  return `${deviceNumber} ${inode} ${realPath}`;
}
