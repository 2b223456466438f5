/** Hashes a file in a folder from its stored bytes; says so when they may have come from memory instead. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ContentHash } from '../../core/ids.ts';
import { codeOf } from '../../platform/durable-fs.ts';
import { loadNative } from '../../platform/native.ts';
import type { Hasher } from '../../ports/hasher.ts';
import { closeLater, opened } from '../patience.ts';
import { type Means, meansFor } from './honesty.ts';

export interface FolderReading {
  readonly sizeBytes: number;
  /** Undefined when the bytes could only be read in a way that proves nothing; they were not read then. */
  readonly hash: ContentHash | undefined;
}

/** Bounds each single step; given by the caller, who knows whose patience it is. */
export type Step = <T>(work: Promise<T>) => Promise<T>;

const BLOCK_BYTES = 1024 * 1024;
/** The largest length that filesystems store inside their metadata, whose cache nobody can empty. */
const INLINE_MAX_BYTES = 4096;

/** Tried so often: something else may just be reading along. */
const EVICTIONS = 3;

const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW;

/** @throws the system's error, or what `step` throws */
export async function readPastCache(
  path: string,
  hasher: Hasher,
  step: Step,
): Promise<FolderReading> {
  const file = await opened(open(path, READ_ONLY), step);
  try {
    const { size } = await step(file.stat());
    const means = await step(meansFor(path));
    const hidden = size === 0 ? 'nothing' : await step(hiddenFrom(file, size, means));
    if (hidden === 'nothing') return { sizeBytes: size, hash: await hashOf(file, hasher, step) };
    if (hidden === 'all' || !means.includes('direct')) return { sizeBytes: size, hash: undefined };
    return { sizeBytes: size, hash: await hashDirectly(path, hasher, step) };
  } finally {
    closeLater(file);
  }
}

/**
 * What memory can hide of the stored bytes from an ordinary read: nothing (no page of the file is left in memory),
 * what direct I/O can still reach, or all, since they live inside metadata whose cache nobody can empty.
 */
async function hiddenFrom(
  file: FileHandle,
  sizeBytes: number,
  means: readonly Means[],
): Promise<'nothing' | 'some' | 'all'> {
  if (means.includes('memory')) return 'nothing';
  const { evict, residentPages, keptInMetadata } = await loadNative();
  // What is still waiting to be written cannot be put out of memory.
  await file.sync();
  try {
    if (sizeBytes <= INLINE_MAX_BYTES && keptInMetadata?.(file.fd) === true) return 'all';
  } catch {
    // The filesystem has no answer; those that keep bytes in their metadata have one.
  }
  if (!means.includes('evict') || evict === undefined || residentPages === undefined) return 'some';
  for (let n = 0; n < EVICTIONS; n += 1) {
    evict(file.fd, 0, sizeBytes);
    if (residentPages(file.fd, 0, sizeBytes) === 0) return 'nothing';
  }
  return 'some';
}

async function hashDirectly(
  path: string,
  hasher: Hasher,
  step: Step,
): Promise<ContentHash | undefined> {
  const { O_DIRECT } = constants;
  if (O_DIRECT === undefined) return undefined;
  try {
    const file = await opened(open(path, READ_ONLY | O_DIRECT), step);
    try {
      return await hashOf(file, hasher, step);
    } finally {
      closeLater(file);
    }
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

async function hashOf(file: FileHandle, hasher: Hasher, step: Step): Promise<ContentHash> {
  const running = hasher.start();
  const buffer = alignedBuffer();
  for (let at = 0; ; ) {
    // oxlint-disable-next-line no-await-in-loop -- the file is hashed in order
    const { bytesRead } = await step(file.read(buffer, 0, BLOCK_BYTES, at));
    if (bytesRead === 0) return running.digest();
    running.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Memory that starts at a page, as direct I/O needs it: a resizable buffer gets pages of its own (Node 20 and up). */
function alignedBuffer(): Uint8Array {
  const options = { maxByteLength: BLOCK_BYTES };
  const memory: unknown = Reflect.construct(ArrayBuffer, [BLOCK_BYTES, options]);
  if (!(memory instanceof ArrayBuffer)) throw new TypeError('no buffer was made');
  return new Uint8Array(memory);
}
