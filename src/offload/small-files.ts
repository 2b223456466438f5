/**
 * The plain way for many small files: whole files at once, with calls that wait, away from the main thread.
 *
 * Only what goes well is done here. Whatever is odd (a name in use, a read that fails, bytes that differ) is left
 * for the careful way in `copy-file.ts`, which knows what to do about it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { assertNever } from '../core/assert-never.ts';
import type { ContentHash } from '../core/ids.ts';
import { sameCardTime } from '../core/inventory.ts';
import { codeOf } from '../platform/durable-fs.ts';
import { loadNative, type Native } from '../platform/native.ts';
import { makeHasher } from '../platform/xxhash.ts';
import type { RunningHash } from '../ports/hasher.ts';
import { alignedBuffer, BLOCK_BYTES, wholeBlocks } from './aligned-buffers.ts';
import { roundedUp } from './modified-time.ts';

/** Files up to this size go this way. */
export const SMALL_BYTES = 1 << 20;

export interface SmallTools {
  readonly native: Native;
  /** A block more than `SMALL_BYTES`, so that a longer file is noticed. */
  readonly buffer: Uint8Array;
  startHash(): RunningHash;
}

export async function makeSmallTools(): Promise<SmallTools> {
  const hasher = await makeHasher();
  const bytes = SMALL_BYTES + BLOCK_BYTES;
  const memory = await hasher.memory?.(1, bytes);
  return {
    native: await loadNative(),
    buffer: memory?.buffers[0] ?? alignedBuffer(bytes),
    startHash: () => memory?.start() ?? hasher.start(),
  };
}

/**
 * - `ok`: done as asked
 * - `odd`: not done, for the careful way
 * - `failed`: the drive answered with an error
 */
export type SmallOutcome =
  | { readonly state: 'ok' }
  | { readonly state: 'odd' }
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

const OK: SmallOutcome = { state: 'ok' };
const ODD: SmallOutcome = { state: 'odd' };

export interface StageFile {
  readonly source: string;
  readonly sizeBytes: number;
  /** When given, the source must have this time still. */
  readonly modifiedMs?: number;
  readonly drives: readonly StageTarget[];
}

export interface StageTarget {
  readonly target: string;
  readonly temp: string;
  /** st_dev that the temporary file must turn out to have. */
  readonly deviceNumber: number;
}

export interface VerifyFile {
  readonly temp: string;
  readonly sizeBytes: number;
  readonly hash: ContentHash;
}

export interface PlaceFile {
  readonly temp: string;
  readonly target: string;
}

/** Work for a lane; answers come in the order of the files. */
export type SmallOrder =
  /** Reads each source once and writes it to temporary files. Nothing is flushed. */
  | { readonly kind: 'stage'; readonly files: readonly StageFile[] }
  /** Reads flushed temporary files back. `direct`: direct reads alone are honest on this filesystem. */
  | { readonly kind: 'verify'; readonly files: readonly VerifyFile[]; readonly direct: boolean }
  /** Gives verified files their names; a name in use is left alone. */
  | { readonly kind: 'place'; readonly files: readonly PlaceFile[] }
  /** Removes temporary files as far as possible. */
  | { readonly kind: 'discard'; readonly files: readonly Pick<PlaceFile, 'temp'>[] };

/** What became of one file. */
export interface SmallAnswer {
  /** Of a staged file; missing when the source was odd, and nothing was written then. */
  readonly hash?: ContentHash;
  /** One for each drive of a staged file, else one. */
  readonly outcomes: readonly SmallOutcome[];
}

/** Carries out one order. Never throws for what a card or a drive does. */
export function perform(tools: SmallTools, order: SmallOrder): readonly SmallAnswer[] {
  switch (order.kind) {
    case 'stage':
      return order.files.map((file) => stageOne(tools, file));
    case 'verify':
      return order.files.map((file) => answer(verifyOne(tools, file, order.direct)));
    case 'place':
      return order.files.map((file) => answer(placeOne(tools, file)));
    case 'discard':
      return order.files.map((file) => answer(discardOne(file)));
    default:
      return assertNever(order);
  }
}

function answer(outcome: SmallOutcome): SmallAnswer {
  return { outcomes: [outcome] };
}

function stageOne(tools: SmallTools, file: StageFile): SmallAnswer {
  let read: { readonly hash: ContentHash; readonly modifiedNs: bigint };
  try {
    read = readSource(tools, file);
  } catch {
    // Why will be found out by the careful way, with its retries.
    return { outcomes: file.drives.map(() => ODD) };
  }
  const bytes = tools.buffer.subarray(0, file.sizeBytes);
  const { hash, modifiedNs } = read;
  return { hash, outcomes: file.drives.map((drive) => writeTemp(tools, drive, bytes, modifiedNs)) };
}

class Odd extends Error {}

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const DIRECT = constants.O_DIRECT ?? 0;
const NO_ACCESS_TIME = constants.O_NOATIME ?? 0;

function readSource(
  tools: SmallTools,
  file: StageFile,
): { readonly hash: ContentHash; readonly modifiedNs: bigint } {
  const fd = openForReading(file.source);
  try {
    const before = fstatSync(fd, { bigint: true });
    const listed =
      before.isFile() &&
      before.size === BigInt(file.sizeBytes) &&
      (file.modifiedMs === undefined || sameCardTime(Number(before.mtimeMs), file.modifiedMs));
    if (!listed || readWhole(tools, fd, file.sizeBytes) !== file.sizeBytes) throw new Odd();
    const after = fstatSync(fd, { bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw new Odd();
    const running = tools.startHash();
    running.update(tools.buffer.subarray(0, file.sizeBytes));
    return { hash: running.digest(), modifiedNs: before.mtimeNs };
  } finally {
    closeSync(fd);
  }
}

/** @returns how many bytes came; more than asked for when the file is longer */
function readWhole({ buffer }: SmallTools, fd: number, sizeBytes: number): number {
  let done = 0;
  while (done < sizeBytes) {
    // A short read is not the end; at less than whole blocks direct reads cannot go on, and the careful way can.
    if (done % BLOCK_BYTES !== 0) throw new Odd();
    const got = readSync(fd, buffer, done, wholeBlocks(sizeBytes + 1) - done, done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

function writeTemp(
  tools: SmallTools,
  { target, temp, deviceNumber }: StageTarget,
  bytes: Uint8Array,
  modifiedNs: bigint,
): SmallOutcome {
  try {
    // What stands there from before a crash needs no room for a second one.
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return ODD;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = openSync(temp, flags, 0o644);
    try {
      // Unmounted since the last look: the careful way says so.
      if (fstatSync(fd).dev !== deviceNumber) return ODD;
      writeWhole(fd, bytes);
      setModified(tools.native, fd, modifiedNs);
    } finally {
      closeSync(fd);
    }
    return OK;
  } catch (error) {
    return failed(error);
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const wrote = writeSync(fd, bytes, done, bytes.length - done, done);
    // Nothing and no error, for ever: some drives say so instead of "full".
    if (wrote === 0) throw Object.assign(new Error('nothing written'), { code: 'ENOSPC' });
    done += wrote;
  }
}

function setModified({ setModified: exactly }: Native, fd: number, modifiedNs: bigint): void {
  if (exactly !== undefined) exactly(fd, modifiedNs);
  else futimesSync(fd, ...roundedUp(modifiedNs));
}

function verifyOne(tools: SmallTools, file: VerifyFile, direct: boolean): SmallOutcome {
  try {
    return isEqual(tools, file, direct) ? OK : ODD;
  } catch {
    // An error of the medium under one file gets another try.
    return ODD;
  }
}

function isEqual(tools: SmallTools, file: VerifyFile, direct: boolean): boolean {
  if (DIRECT === 0) return false;
  const fd = openSync(file.temp, READ_FLAGS | DIRECT);
  try {
    if (!direct && !provenOut(tools, fd, file.sizeBytes)) return false;
    const tiny = file.sizeBytes > 0 && file.sizeBytes <= BLOCK_BYTES;
    if (tiny && keptInMetadata(tools, fd)) return false;
    if (readWhole(tools, fd, file.sizeBytes) !== file.sizeBytes) return false;
    const running = tools.startHash();
    running.update(tools.buffer.subarray(0, file.sizeBytes));
    return running.digest() === file.hash;
  } finally {
    closeSync(fd);
  }
}

function provenOut({ native }: SmallTools, fd: number, sizeBytes: number): boolean {
  if (native.evict === undefined || native.residentPages === undefined) return false;
  if (sizeBytes === 0) return true;
  native.evict(fd, 0, sizeBytes);
  return native.residentPages(fd, 0, sizeBytes) === 0;
}

function keptInMetadata({ native }: SmallTools, fd: number): boolean {
  try {
    return native.keptInMetadata?.(fd) ?? false;
  } catch {
    // Filesystems that keep bytes in their metadata have an answer.
    return false;
  }
}

/** Codes that say that the name is in use, or that this filesystem needs another way of naming. */
const NOT_SO: ReadonlySet<string | undefined> = new Set([
  'EEXIST',
  'EINVAL',
  'ENOSYS',
  'ENOTSUP',
  'EPERM',
]);

function placeOne({ native }: SmallTools, { temp, target }: PlaceFile): SmallOutcome {
  try {
    if (native.renameNoReplace === undefined) {
      linkSync(temp, target);
      unlinkSync(temp);
    } else native.renameNoReplace(temp, target);
    return OK;
  } catch (error) {
    return NOT_SO.has(codeOf(error)) ? ODD : failed(error);
  }
}

function discardOne({ temp }: Pick<PlaceFile, 'temp'>): SmallOutcome {
  try {
    rmSync(temp, { force: true });
    return OK;
  } catch {
    // A drive in trouble keeps its rubbish; the next job clears it away by its name.
    return ODD;
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, READ_FLAGS | DIRECT | NO_ACCESS_TIME);
  } catch (error) {
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EINVAL') throw error;
    // Not the owner, or no direct reads: the plain way will do for a source.
    return openSync(path, READ_FLAGS);
  }
}

function failed(error: unknown): SmallOutcome {
  const message = error instanceof Error ? error.message : String(error);
  return { state: 'failed', code: codeOf(error) ?? 'UNKNOWN', message };
}
