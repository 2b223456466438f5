/** Lists a card's whole tree: a scan opens folders and asks for sizes and times; of files it opens the camera's own list. */
import { isUtf8 } from 'node:buffer';
import { opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IgnoredFile, Scan, ScannedFile, ScanProblem } from '../core/inventory.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import { differingFiles } from './differing-files.ts';
import { errnoText } from './errno.ts';
import { LookLane } from './look-lane.ts';
import type { LookedAt, PathKind } from './looks.ts';
import { missingFiles } from './missing-files.ts';
import { eachLimited, orAbort } from './or-abort.ts';

export interface CardReaderParts {
  /** Why a path (relative, forward slashes) is left out; undefined when it is to be copied. */
  readonly junkReason: (path: string) => string | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** Folders listed at the same time. */
const FOLDERS_AT_ONCE = 2;
/** The name of the root in problems. */
const ROOT_NAME = '.';

export function makeCardReader({ junkReason, clock }: CardReaderParts): CardReader {
  return {
    async scan({ root, origin }, signal) {
      const walk = new CardWalk(root, junkReason, signal);
      const scannedAt = clock.now();
      // A folder of a pulled medium can hang in the kernel: an abort must not wait for it.
      await orAbort(walk.run(), signal);
      const scan = walk.result(scannedAt);
      if (origin === 'offered') return scan;
      const missing = await orAbort(missingFiles(root, scan), signal);
      return { ...scan, problems: [...scan.problems, ...missing].toSorted(byPath) };
    },
    differing: ({ root }, files, signal) => differingFiles(root, files, signal),
  };
}

class CardWalk {
  readonly #root: string;
  readonly #junkReason: CardReaderParts['junkReason'];
  readonly #signal: AbortSignal;
  readonly #lane = new LookLane();
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
    try {
      while (level.length > 0) {
        const below: string[] = [];
        await eachLimited(level, FOLDERS_AT_ONCE, async (folder) => {
          below.push(...(await this.#listFolder(folder)));
        });
        level = below;
      }
    } finally {
      this.#lane.end();
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
    const paths = new Set<string>();
    const before = Buffer.from(folder === '' ? '' : `${folder}/`);
    for (const name of await this.#namesIn(folder)) {
      // Decoded in one piece: a text that was put together keeps its parts (100,000 files: 3 MB more).
      const path = this.#pathOf(Buffer.concat([before, name]));
      if (path === undefined) continue;
      const junk = this.#junkReason(path);
      if (junk !== undefined) this.#ignored.push({ path, reason: junk });
      else if (paths.has(path)) this.#problems.push({ path, reason: TWICE });
      else paths.add(path);
    }
    const whole = Array.from(paths, (path) => `${this.#root}/${path}`);
    const looked = await this.#lane.look(whole, this.#signal);
    const below: string[] = [];
    for (const [i, path] of [...paths].entries()) {
      const look = looked[i];
      if (look !== undefined && this.#take(path, look)) below.push(path);
    }
    return below;
  }

  /** Names as bytes: decoding by Node would silently put U+FFFD for what is not UTF-8. */
  async #namesIn(folder: string): Promise<readonly Buffer[]> {
    const path = join(this.#root, folder);
    try {
      return await readdir(path, { encoding: 'buffer' });
    } catch {
      this.#signal.throwIfAborted();
    }
    // Once more, name by name: what comes before the failure is listed all the same.
    const names: Buffer[] = [];
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- opendir takes it; its types lag behind
      const encoding = 'buffer' as BufferEncoding;
      for await (const entry of await opendir(path, { encoding })) {
        this.#signal.throwIfAborted();
        const name: unknown = entry.name;
        names.push(Buffer.isBuffer(name) ? name : Buffer.from(entry.name));
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      const reason = `This folder could not be listed to its end: ${errnoText(error)}.`;
      this.#problems.push({ path: folder === '' ? ROOT_NAME : folder, reason });
    }
    return names;
  }

  #pathOf(bytes: Buffer): string | undefined {
    const path = bytes.toString('utf8');
    if (isUtf8(bytes)) return path;
    this.#problems.push({
      path,
      reason:
        'The name is not valid UTF-8, so a copy could not keep it. Rename it, or mount the card with its character set.',
    });
    return undefined;
  }

  /** Takes one entry in; true for a folder, which is to be listed next. */
  #take(path: string, look: LookedAt): boolean {
    if ('error' in look) {
      const reason = `It could not be looked at: ${errnoText(look.error)}.`;
      this.#problems.push({ path, reason });
      return false;
    }
    const { kind, sizeBytes, mtimeMs } = look;
    if (kind === 'folder') {
      this.#folders.push(path);
      return true;
    }
    if (kind === 'file') this.#files.push({ path, sizeBytes, mtimeMs: Math.floor(mtimeMs) });
    else this.#ignored.push({ path, reason: SPECIAL[kind] });
    return false;
  }
}

const TWICE =
  'The folder has this name twice, so only one of two files can be read. The folder is damaged; keep the card.';

const SPECIAL: Readonly<Record<Exclude<PathKind, 'file' | 'folder'>, string>> = {
  link: 'a link; links are not followed',
  pipe: 'a pipe, not a file',
  socket: 'a socket, not a file',
  device: 'a device node, not a file',
};

/** By code units: the same order on every machine, whatever its language. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  if (a.path === b.path) return 0;
  return a.path < b.path ? -1 : 1;
}
