/** Compares files of a card with their copies in one short piece each. Opens everything for reading only. */
import { randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileWithCopy } from '../ports/card-reader.ts';
import { eachLimited, orAbort, within } from './or-abort.ts';

const PIECE_BYTES = 65_536;
/** Reads begin at multiples of this: a device reads no less. */
const STEP_BYTES = 4_096;
const FILES_AT_ONCE = 4;
/** A failing medium takes its time; then it tells nothing. */
const PATIENCE_MS = 10_000;

/** Paths of the files that are not what their copies are. What cannot be read on either side is not among them. */
export async function differingFiles(
  root: string,
  files: readonly FileWithCopy[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const differing = new Set<string>();
  await eachLimited(files, FILES_AT_ONCE, async ({ path, sizeBytes, copy }) => {
    signal.throwIfAborted();
    const piece = pieceOf(sizeBytes);
    const both = Promise.all([readPiece(join(root, path), piece), readPiece(copy, piece)]);
    const read = within(
      both.catch(() => undefined),
      PATIENCE_MS,
      undefined,
    );
    const [onCard, onDrive] = (await orAbort(read, signal)) ?? [];
    if (onCard === undefined || onDrive === undefined) return;
    if (!onCard.equals(onDrive)) differing.add(path);
  });
  return differing;
}

interface Piece {
  readonly from: number;
  readonly length: number;
}

/** At a random place, so that each time another part is looked at. */
function pieceOf(sizeBytes: number): Piece {
  const length = Math.min(PIECE_BYTES, sizeBytes);
  const steps = Math.floor((sizeBytes - length) / STEP_BYTES);
  return { from: randomInt(steps + 1) * STEP_BYTES, length };
}

/** Undefined when the file ends before the piece does: then its size is not what was listed. */
async function readPiece(path: string, { from, length }: Piece): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await readWhole(file, from, length);
  } finally {
    await file.close();
  }
}

/** A short read is not an end. */
async function readWhole(
  file: FileHandle,
  from: number,
  length: number,
): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, from + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return bytes;
}
