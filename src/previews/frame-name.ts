/** What a file's name promises. The bytes decide what is done with it; the name only tells what to expect. */

/**
 * `picture`: should be one that we can show; `still`: a picture that we cannot show yet (RAW, HEIF);
 * `video`: may have a thumbnail beside it.
 */
export type FrameKind = 'picture' | 'still' | 'video' | 'other';

const PICTURES = new Set(['jpg', 'jpeg', 'jpe', 'png', 'webp', 'tif', 'tiff']);
const STILLS = new Set(
  (
    'heic heif hif avif cr2 cr3 crw nef nrw arw srf sr2 raf orf ori rw2 rwl raw dng gpr pef ptx srw x3f mrw ' +
    '3fr fff iiq cap mef mos erf kdc dcr k25 dcs rwz insp'
  ).split(' '),
);
const VIDEOS = new Set(
  'mp4 mov m4v avi mts m2ts mxf crm r3d braw ari arx mpg mpeg 3gp 3g2 wmv mkv insv 360 nev dv mod tod rmf'.split(
    ' ',
  ),
);

/** The extension in lower case without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  return /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** The name without folders. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

export function frameKindOf(name: string): FrameKind {
  // What macOS leaves beside pictures has their names and is none.
  if (baseName(name).startsWith('.')) return 'other';
  const extension = extensionOf(name);
  if (PICTURES.has(extension)) return 'picture';
  if (STILLS.has(extension)) return 'still';
  return VIDEOS.has(extension) ? 'video' : 'other';
}
