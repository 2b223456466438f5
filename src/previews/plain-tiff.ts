/** Tells a picture in a TIFF file from a camera's RAW, of which a decoder would show some thumbnail as if it were it. */

/** Reads a part of the file; may give less at the file's end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** Tags of TIFF 6.0, DNG 1.4 and TIFF/EP. */
const NEW_SUBFILE_TYPE = 0x00fe;
const COMPRESSION = 0x0103;
const PHOTOMETRIC = 0x0106;
const STRIP_BYTE_COUNTS = 0x0117;
const TILE_BYTE_COUNTS = 0x0145;
const SUB_IFDS = 0x014a;
const DNG_VERSION = 0xc612;

/** None, LZW, JPEG, Deflate (two numbers), PackBits. Others belong to fax machines or to cameras. */
const COMPRESSIONS = new Set([1, 5, 7, 8, 32946, 32773]);
/** White or black is zero, RGB, palette, CMYK, YCbCr, Lab; not colour filter array or linear raw. */
const PHOTOMETRICS = new Set([0, 1, 2, 3, 5, 6, 8]);

const ENTRY_BYTES = 12;
const MAX_ENTRIES = 256;
const MAX_COUNTS = 100_000;
const TYPE_BYTES: Readonly<Record<number, number>> = { 3: 2, 4: 4 };

/**
 * Whether the first directory is the picture: it says nothing of further or raw data, and its data make up most of
 * the file. Anything doubtful is no.
 */
export async function isPlainTiff(read: ReadAt, sizeBytes: number): Promise<boolean> {
  const header = await read(0, 8);
  if (header.length < 8) return false;
  const little = header.toString('latin1', 0, 2) === 'II';
  const file: TiffFile = { read, little };
  const tags = await directory(file, number(file, header, 4, 4));
  if (tags === undefined || tags.has(SUB_IFDS) || tags.has(DNG_VERSION)) return false;
  const [subfile = 0] = (await values(file, tags.get(NEW_SUBFILE_TYPE))) ?? [];
  const [compression = 1] = (await values(file, tags.get(COMPRESSION))) ?? [];
  const [photometric = -1] = (await values(file, tags.get(PHOTOMETRIC))) ?? [];
  if (subfile !== 0 || !COMPRESSIONS.has(compression) || !PHOTOMETRICS.has(photometric)) {
    return false;
  }
  const counts = tags.get(STRIP_BYTE_COUNTS) ?? tags.get(TILE_BYTE_COUNTS);
  const dataBytes = ((await values(file, counts)) ?? []).reduce((sum, count) => sum + count, 0);
  return dataBytes <= sizeBytes && dataBytes > sizeBytes / 2;
}

interface TiffFile {
  readonly read: ReadAt;
  readonly little: boolean;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** The entry's last four bytes: its value, or where its values are. */
  readonly value: Buffer;
}

async function directory(file: TiffFile, offset: number): Promise<Map<number, Entry> | undefined> {
  const head = await file.read(offset, 2);
  if (head.length < 2) return undefined;
  const count = number(file, head, 0, 2);
  if (count === 0 || count > MAX_ENTRIES) return undefined;
  const bytes = await file.read(offset + 2, count * ENTRY_BYTES);
  if (bytes.length < count * ENTRY_BYTES) return undefined;
  const entries = new Map<number, Entry>();
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    entries.set(number(file, bytes, at, 2), {
      type: number(file, bytes, at + 2, 2),
      count: number(file, bytes, at + 4, 4),
      value: bytes.subarray(at + 8, at + 12),
    });
  }
  return entries;
}

/** Undefined when they are no numbers, or cannot be read. */
async function values(file: TiffFile, entry: Entry | undefined): Promise<number[] | undefined> {
  const width = entry === undefined ? undefined : TYPE_BYTES[entry.type];
  if (entry === undefined || width === undefined || entry.count > MAX_COUNTS) return undefined;
  const length = entry.count * width;
  const bytes =
    length <= 4 ? entry.value : await file.read(number(file, entry.value, 0, 4), length);
  if (bytes.length < length) return undefined;
  return Array.from({ length: entry.count }, (_, i) => number(file, bytes, i * width, width));
}

function number({ little }: TiffFile, bytes: Buffer, at: number, width: number): number {
  return little ? bytes.readUIntLE(at, width) : bytes.readUIntBE(at, width);
}
