/** Makes one frame's tile. Runs in the child process only: decoders meet damaged files here. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { type FrameKind, frameKindOf } from './frame-name.ts';
import { TILE } from './layout.ts';
import { MAGIC_BYTES, pictureTypeOf } from './picture-type.ts';
import { isPlainTiff } from './plain-tiff.ts';
import type { ChildReply, TileRequest } from './sheet-messages.ts';
import { thumbnailPlaces } from './sidecars.ts';

/** Longest side of the picture for notifications. */
const LARGER_PX = 512;
/** Half a gigapixel: no camera's picture has more, and a file that claims more is for no preview. */
const MAX_PIXELS = 500_000_000;

/** Never throws: whatever happens is an answer. */
export async function makeTile(request: TileRequest): Promise<ChildReply> {
  try {
    const type = await typeOf(request.path);
    if (type === 'picture') return await decoded(request.path, request);
    const kind = frameKindOf(request.name);
    if (kind === 'picture' && type === 'unknown') {
      return { kind: 'undecodable', reason: 'does not begin like a picture' };
    }
    return await besides(request, kind);
  } catch (error) {
    // The drive could not be read: that is for others to find out about.
    return { kind: 'plain', reason: messageOf(error) };
  }
}

/** `foreign`: known and not shown; `unknown`: nothing that a camera writes. */
async function typeOf(path: string): Promise<'picture' | 'foreign' | 'unknown'> {
  // Not to wait for a writer, should it be a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return 'foreign';
    const type = pictureTypeOf(await readAt(file, 0, MAGIC_BYTES));
    if (type === 'foreign' || type === 'unknown') return type;
    if (type !== 'tiff') return 'picture';
    const isPicture = await isPlainTiff((at, length) => readAt(file, at, length), facts.size);
    return isPicture ? 'picture' : 'foreign';
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function decoded(path: string, request: TileRequest): Promise<ChildReply> {
  try {
    const { width, height } = await reading(path).metadata();
    if (width * height > MAX_PIXELS) return { kind: 'plain', reason: 'too many pixels' };
    return await written(path, request);
  } catch (error) {
    return { kind: 'undecodable', reason: messageOf(error) };
  }
}

/** A clip's thumbnail; what is wrong with a thumbnail says nothing about the clip. */
async function besides(request: TileRequest, kind: FrameKind): Promise<ChildReply> {
  const places = kind === 'other' ? [] : thumbnailPlaces(request.path);
  for (const place of places) {
    try {
      if ((await typeOf(place)) === 'picture') return await written(place, request);
    } catch {
      // Not there, or damaged: the next one.
    }
  }
  return { kind: 'plain', reason: 'no picture that can be shown' };
}

async function written(path: string, { tile, larger }: TileRequest): Promise<ChildReply> {
  if (larger !== undefined)
    await writeFitted(path, larger, { width: LARGER_PX, height: LARGER_PX });
  const { width, height } = await writeFitted(path, tile, TILE);
  return { kind: 'tile', width, height };
}

/** The whole file is decoded, so that a truncated one is noticed. EXIF (and with it places) is left out. */
async function writeFitted(
  path: string,
  into: string,
  { width, height }: { readonly width: number; readonly height: number },
) {
  return reading(path)
    .autoOrient()
    .resize({ width, height, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#1d1d20' })
    .jpeg({ quality: 82 })
    .toFile(into);
}

function reading(path: string): Sharp {
  return sharp(path, { failOn: 'error', limitInputPixels: MAX_PIXELS, sequentialRead: true });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
