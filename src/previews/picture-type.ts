/** Tells by the first bytes what a file is; names lie. */

/**
 * `tiff` may still be a camera's RAW; `foreign` is something that we know and do not show;
 * `unknown` is nothing that a camera writes as a picture.
 */
export type PictureType = 'jpeg' | 'png' | 'webp' | 'tiff' | 'foreign' | 'unknown';

/** How many bytes are looked at. */
export const MAGIC_BYTES = 32;

interface Magic {
  readonly type: PictureType;
  readonly at: number;
  readonly bytes: string;
}

/** The first that matches counts. Bytes are Latin-1 text. */
const MAGICS: readonly Magic[] = [
  { type: 'jpeg', at: 0, bytes: '\xff\xd8\xff' },
  { type: 'png', at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { type: 'webp', at: 8, bytes: 'WEBPVP8' },
  // Canon CR2 is a TIFF with a mark of its own.
  { type: 'foreign', at: 8, bytes: 'CR\x02' },
  { type: 'tiff', at: 0, bytes: 'II*\0' },
  { type: 'tiff', at: 0, bytes: 'MM\0*' },
  // Panasonic, Olympus, Canon CRW: other numbers where TIFF has 42.
  { type: 'foreign', at: 0, bytes: 'IIU\0' },
  { type: 'foreign', at: 0, bytes: 'IIRO' },
  { type: 'foreign', at: 0, bytes: 'IIRS' },
  { type: 'foreign', at: 0, bytes: 'MMOR' },
  { type: 'foreign', at: 6, bytes: 'HEAPCCDR' },
  { type: 'foreign', at: 0, bytes: 'FUJIFILMCCD-RAW' },
  { type: 'foreign', at: 0, bytes: 'FOVb' },
  { type: 'foreign', at: 0, bytes: '\0MRM' },
  // HEIF, CR3, MP4, MOV.
  { type: 'foreign', at: 4, bytes: 'ftyp' },
  { type: 'foreign', at: 0, bytes: 'RIFF' },
  { type: 'foreign', at: 0, bytes: 'GIF8' },
  { type: 'foreign', at: 0, bytes: 'BM' },
];

/** @param head the file's first bytes, at best MAGIC_BYTES of them */
export function pictureTypeOf(head: Uint8Array): PictureType {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  const isWebp = text.startsWith('RIFF');
  const found = MAGICS.find(
    ({ type, at, bytes }) => text.startsWith(bytes, at) && (type !== 'webp' || isWebp),
  );
  return found?.type ?? 'unknown';
}
