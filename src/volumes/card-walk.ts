/** Lists a card's whole tree: opens folders and asks for sizes and times, nothing else. No file is opened. */
import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IgnoredFile, Scan, ScannedFile, ScanProblem } from '../core/inventory.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import { errnoText } from './errno.ts';
import { eachLimited, orAbort } from './or-abort.ts';

export interface CardReaderParts {
  /** Why a path (relative, forward slashes) is left out; undefined when it is to be copied. */
  readonly junkReason: (path: string) => string | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** Folders listed at the same time. */
const FOLDERS_AT_ONCE = 8;
/** Files of one folder asked for at the same time. */
const FILES_AT_ONCE = 16;
/** Entries that one call to the system brings. */
const ENTRIES_PER_READ = 512;
/** The name of the root in problems. */
const ROOT_NAME = '.';

export function makeCardReader({ junkReason, clock }: CardReaderParts): CardReader {
  return {
    async scan({ root }, signal) {
      const walk = new CardWalk(root, junkReason, signal);
      const scannedAt = clock.now();
      // A folder of a pulled medium can hang in the kernel: an abort must not wait for it.
      await orAbort(walk.run(), signal);
      return walk.result(scannedAt);
    },
  };
}

class CardWalk {
  readonly #root: string;
  readonly #junkReason: CardReaderParts['junkReason'];
  readonly #signal: AbortSignal;
  readonly #files: ScannedFile[] = [];
  readonly #folders: string[] = [];
  readonly #ignored: IgnoredFile[] = [];
  readonly #problems: ScanProblem[] = [];

  constructor(root: string, junkReason: CardReaderParts['junkReason'], signal: AbortSignal) {
    this.#root = root;
    this.#junkReason = junkReason;
    this.#signal = signal;
  }

  /** Level by level, so that the number of open folders stays bounded. */
  async run(): Promise<void> {
    let level: readonly string[] = [''];
    while (level.length > 0) {
      const below: string[] = [];
      await eachLimited(level, FOLDERS_AT_ONCE, async (folder) => {
        below.push(...(await this.#listFolder(folder)));
      });
      level = below;
    }
  }

  result(scannedAt: number): Scan {
    return {
      files: this.#files.toSorted(byPath),
      folders: this.#folders.toSorted(),
      ignored: this.#ignored.toSorted(byPath),
      problems: this.#problems.toSorted(byPath),
      scannedAt,
    };
  }

  /** Returns the folders below. */
  async #listFolder(folder: string): Promise<readonly string[]> {
    const names = await this.#namesIn(folder);
    const below: string[] = [];
    await eachLimited(names, FILES_AT_ONCE, async (name) => {
      this.#signal.throwIfAborted();
      const path = folder === '' ? name : `${folder}/${name}`;
      const junk = this.#junkReason(path);
      if (junk !== undefined) this.#ignored.push({ path, reason: junk });
      else if (await this.#take(path)) below.push(path);
    });
    return below;
  }

  async #namesIn(folder: string): Promise<readonly string[]> {
    const names: string[] = [];
    try {
      const dir = await opendir(join(this.#root, folder), {
        bufferSize: ENTRIES_PER_READ,
        // As bytes: decoding by Node would silently put U+FFFD for what is not UTF-8.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- opendir takes it; its types lag behind
        encoding: 'buffer' as BufferEncoding,
      });
      for await (const entry of dir) {
        this.#signal.throwIfAborted();
        const bytes: unknown = entry.name;
        const name = this.#nameOf(folder, bytes);
        if (name !== undefined) names.push(name);
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      const path = folder === '' ? ROOT_NAME : folder;
      const reason = `This folder could not be listed to its end: ${errnoText(error)}.`;
      this.#problems.push({ path, reason });
    }
    return names;
  }

  #nameOf(folder: string, bytes: unknown): string | undefined {
    if (typeof bytes === 'string') return bytes;
    if (!Buffer.isBuffer(bytes)) throw new TypeError('a folder entry has a name of no known kind');
    const text = bytes.toString('utf8');
    if (isUtf8(bytes)) return text;
    this.#problems.push({
      path: folder === '' ? text : `${folder}/${text}`,
      reason:
        'The name is not valid UTF-8, so a copy could not keep it. Rename it, or mount the card with its character set.',
    });
    return undefined;
  }

  /** Takes one entry in; true for a folder, which is to be listed next. */
  async #take(path: string): Promise<boolean> {
    let stats: Stats;
    try {
      stats = await lstat(join(this.#root, path));
    } catch (error) {
      const reason = `It could not be looked at: ${errnoText(error)}.`;
      this.#problems.push({ path, reason });
      return false;
    }
    if (stats.isDirectory()) {
      this.#folders.push(path);
      return true;
    }
    const special = specialKind(stats);
    if (special === undefined) {
      this.#files.push({ path, sizeBytes: stats.size, mtimeMs: Math.floor(stats.mtimeMs) });
    } else {
      this.#ignored.push({ path, reason: special });
    }
    return false;
  }
}

function specialKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isSymbolicLink()) return 'a link; links are not followed';
  if (stats.isFIFO()) return 'a pipe, not a file';
  if (stats.isSocket()) return 'a socket, not a file';
  return 'a device node, not a file';
}

/** By code units: the same order on every machine, whatever its language. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  if (a.path === b.path) return 0;
  return a.path < b.path ? -1 : 1;
}
