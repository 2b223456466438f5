/** One file of a card, opened for reading only, read from first to last, distrusted all the way. */
import type { Stats } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type CardFile, sameCardTime } from '../core/inventory.ts';
import { codeOf } from '../platform/durable-fs.ts';
import { fullBlocks, padWithZeros, wholeBlocks } from './aligned-buffers.ts';
import type { Deadlines } from './deadline.ts';
import { type OpenedForReading, openForReading } from './open-reading.ts';

/** A read that takes longer is given up. USB bridges retry a bad block for half a minute and more. */
const READ_LIMIT_MS = 90_000;

/** Sizes of the second and third try at a place that could not be read: what lies around a bad block is still good. */
const SMALLER_BYTES = [65_536, 4096] as const;

/**
 * - `unreadable`: this file's bytes cannot be had
 * - `gone`: the medium is not there any more
 * - `stalled`: the medium does not answer
 */
export type SourceTroubleKind = 'unreadable' | 'gone' | 'stalled';

export class SourceTrouble extends Error {
  override readonly name = 'SourceTrouble';
  readonly kind: SourceTroubleKind;

  constructor(kind: SourceTroubleKind, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.kind = kind;
  }
}

/** Codes that no bad block gives: the device itself is gone. */
const GONE: ReadonlySet<string | undefined> = new Set([
  'ENODEV',
  'ENXIO',
  'ENOMEDIUM',
  'ESHUTDOWN',
]);

/** Folders of one source that were found to be real ones, so that no link can lead out of the card. */
export class SourceTree {
  readonly root: string;
  readonly #real = new Set<string>();

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** The absolute path of a file. @throws SourceTrouble when a folder on the way is a link or missing */
  async pathOf(relative: string): Promise<string> {
    await this.#check(dirname(relative));
    return `${this.root}/${relative}`;
  }

  async #check(folder: string): Promise<void> {
    if (folder === '.' || this.#real.has(folder)) return;
    await this.#check(dirname(folder));
    let there: Stats;
    try {
      there = await lstat(join(this.root, folder));
    } catch (error) {
      throw troubleOf(error, `the folder ${folder}`);
    }
    if (!there.isDirectory()) {
      throw new SourceTrouble('unreadable', `${folder} is not a folder but a link or a file`);
    }
    this.#real.add(folder);
  }
}

export interface SourceOpening {
  readonly path: string;
  readonly file: CardFile;
  /** Whether size and time must be those of the listing. A copy's time is what its filesystem could keep of it. */
  readonly asListed: boolean;
  readonly deadlines: Deadlines;
  readonly patience: Patience;
}

/** All the time that failing reads of one card may cost; each bad block can take a reader half a minute. */
const PATIENCE_MS = 15 * 60_000;

/** How much longer one source is asked again for what it did not give. */
export class Patience {
  readonly #now: () => number;
  #leftMs = PATIENCE_MS;

  constructor(now: () => number) {
    this.#now = now;
  }

  get isOver(): boolean {
    return this.#leftMs <= 0;
  }

  /** Does something; when it fails, the time it took is gone. */
  async with<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = this.#now();
    try {
      return await work();
    } catch (error) {
      this.#leftMs -= Math.max(0, this.#now() - startedAt);
      throw error;
    }
  }
}

export class SourceFile {
  readonly #opening: SourceOpening;
  readonly #before: Stats;
  #handle: FileHandle;
  #direct: boolean;
  #reopening: Promise<void> | undefined;

  private constructor(opening: SourceOpening, opened: OpenedForReading, before: Stats) {
    this.#opening = opening;
    this.#handle = opened.handle;
    this.#direct = opened.direct;
    this.#before = before;
  }

  /** @throws SourceTrouble also when it is not what was listed */
  static async open(opening: SourceOpening): Promise<SourceFile> {
    const opened = await guarded(openForReading(opening.path), opening.deadlines, 'opening it');
    try {
      const before = await guarded(opened.handle.stat(), opening.deadlines, 'looking at it');
      assertListed(opening, before);
      return new SourceFile(opening, opened, before);
    } catch (error) {
      await opened.handle.close();
      throw error;
    }
  }

  /** The modification time to the nanosecond. */
  async modifiedNs(): Promise<bigint> {
    return (await this.#handle.stat({ bigint: true })).mtimeNs;
  }

  /**
   * Fills the buffer from `at` (a whole number of blocks) and pads it with zeros.
   * @returns how many bytes are the file's; less than asked for only at the file's end
   * @throws SourceTrouble when the end comes too early, or bytes cannot be had by any of the bounded retries
   */
  async read(buffer: Uint8Array, at: number): Promise<number> {
    const wanted = Math.min(buffer.length, this.#opening.file.sizeBytes - at);
    let done = 0;
    while (done < wanted) {
      const got = await this.#readSome(buffer, at, done, wanted);
      if (got === 0) {
        const { sizeBytes } = this.#opening.file;
        throw new SourceTrouble('unreadable', `it ended at byte ${at + done} of ${sizeBytes}`);
      }
      done += got;
    }
    padWithZeros(buffer, wanted);
    return wanted;
  }

  /** @throws SourceTrouble when the file was written to since it was opened */
  async assertUnchanged(): Promise<void> {
    const after = await guarded(this.#handle.stat(), this.#opening.deadlines, 'looking at it');
    if (after.size !== this.#before.size || after.mtimeMs !== this.#before.mtimeMs) {
      throw new SourceTrouble('unreadable', 'it was changed while it was being read');
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** One try with all that is wanted, then smaller pieces. */
  async #readSome(buffer: Uint8Array, at: number, done: number, wanted: number): Promise<number> {
    let failure: unknown;
    for (const limit of [buffer.length, ...SMALLER_BYTES]) {
      // Direct I/O wants whole blocks, also beyond the end; the buffer has room for them.
      const length = Math.min(limit, wholeBlocks(wanted) - done);
      try {
        const { patience } = this.#opening;
        const read = patience.with(() => this.#readAt(buffer, done, length, at + done));
        const got = Math.min(await read, wanted - done);
        // A short read is not the end; direct I/O goes on at a whole block only.
        return this.#direct && done + got < wanted ? fullBlocks(got) || got : got;
      } catch (error) {
        failure = error;
        if (codeOf(error) !== 'EIO' || this.#opening.patience.isOver) break;
      }
    }
    throw troubleOf(failure, `byte ${at + done}`);
  }

  async #readAt(buffer: Uint8Array, from: number, length: number, at: number): Promise<number> {
    try {
      return await this.#timedRead(buffer, { from, length, at });
    } catch (error) {
      if (!this.#direct || codeOf(error) !== 'EINVAL') throw error;
      await this.#reopenBuffered();
      return await this.#timedRead(buffer, { from, length, at });
    }
  }

  async #timedRead(
    buffer: Uint8Array,
    { from, length, at }: { from: number; length: number; at: number },
  ): Promise<number> {
    const read = this.#handle.read(buffer, from, length, at);
    return (await this.#opening.deadlines.within(read, READ_LIMIT_MS)).bytesRead;
  }

  /** Several reads under way may all be refused; the file is opened again once. */
  async #reopenBuffered(): Promise<void> {
    this.#reopening ??= this.#reopen();
    await this.#reopening;
  }

  async #reopen(): Promise<void> {
    const { handle: buffered } = await openForReading(this.#opening.path, false);
    const there = await buffered.stat();
    await this.#handle.close();
    this.#handle = buffered;
    this.#direct = false;
    if (there.ino !== this.#before.ino) {
      throw new SourceTrouble('unreadable', 'another file has taken its place');
    }
  }
}

/** @throws SourceTrouble unless this is the file that was listed */
export function assertListed(
  { file, asListed }: Pick<SourceOpening, 'file' | 'asListed'>,
  now: Stats,
): void {
  if (!now.isFile()) throw new SourceTrouble('unreadable', 'it is not a regular file any more');
  if (now.size !== file.sizeBytes) {
    const reason = `it has ${now.size} bytes now and had ${file.sizeBytes} when it was listed`;
    throw new SourceTrouble('unreadable', reason);
  }
  if (asListed && !sameCardTime(now.mtimeMs, file.mtimeMs)) {
    throw new SourceTrouble('unreadable', 'it was changed since it was listed');
  }
}

/** What a failed call on the source means. */
export function troubleOf(error: unknown, where: string): SourceTrouble {
  if (error instanceof SourceTrouble) return error;
  const code = codeOf(error);
  const cause = { cause: error };
  if (GONE.has(code)) return new SourceTrouble('gone', `the medium is gone (${code})`, cause);
  if (code === 'ESTALLED') return new SourceTrouble('stalled', `no answer at ${where}`, cause);
  if (code === 'ENOENT') return new SourceTrouble('unreadable', 'it is not there any more', cause);
  if (code === 'ELOOP') return new SourceTrouble('unreadable', 'it is a link', cause);
  const what = code === 'EIO' ? 'input/output error' : (code ?? 'unknown error');
  return new SourceTrouble('unreadable', `${what} at ${where}`, cause);
}

async function guarded<T>(call: Promise<T>, deadlines: Deadlines, where: string): Promise<T> {
  try {
    return await deadlines.within(call, READ_LIMIT_MS);
  } catch (error) {
    throw troubleOf(error, where);
  }
}
