/** What a card holds in a photographer's words: whose camera, how many shots. For people's reports only. */
import { groupClips } from './clip.ts';
import { LAYOUTS } from './layouts.ts';
import { layoutsOf } from './recognise.ts';
import { roleOf } from './roles.ts';
import { groupDigits } from './wording.ts';

export interface ShotsView {
  /** Maker and format, e.g. "Sony XAVC S"; null when no camera is recognised. */
  readonly camera: string | null;
  /** Shots: a clip with its sidecars, spanned parts and proxies is one, and so is a RAW file with its JPEG. */
  readonly clips: number;
  /** Pictures, clips and recordings, file by file. */
  readonly media: number;
}

export function shotsOf(files: readonly { readonly path: string }[]): ShotsView {
  const layouts = layoutsOf(files.map(({ path }) => path));
  const [primary] = LAYOUTS.filter(({ id }) => layouts.has(id));
  return {
    camera: primary?.name ?? null,
    clips: groupClips(files, layouts).length,
    media: files.filter(({ path }) => roleOf(path) === 'media').length,
  };
}

/** "Sony XAVC S: 12 clips in 14 media files". */
export function shotsText({ camera, clips, media }: ShotsView): string {
  const shots = `${groupDigits(clips)} ${clips === 1 ? 'clip' : 'clips'}`;
  const parts = `${groupDigits(media)} media ${media === 1 ? 'file' : 'files'}`;
  return `${camera ?? 'No camera recognised'}: ${shots} in ${parts}`;
}
