/** Where things are on a contact sheet, in pixels. */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly title: Box;
  readonly cells: readonly { readonly picture: Box; readonly caption: Box }[];
  /** For the line below; of no height when there is none. */
  readonly footer: Box;
}

/** The largest number of frames on one sheet. */
export const MAX_FRAMES = 60;
/** The box that each picture must fit into. */
export const TILE = { width: 320, height: 240 } as const;

const COLUMNS = 5;
const MARGIN = 24;
const GAP = 16;
const TITLE_HEIGHT = 48;
const CAPTION_HEIGHT = 26;
const FOOTER_HEIGHT = 36;

/** A sheet of few frames is only as wide as they are, but never less than two, so that the title fits. */
export function layoutOf(frames: number, hasFooter: boolean): Layout {
  const columns = Math.max(2, Math.min(COLUMNS, frames));
  const rows = Math.ceil(frames / columns);
  const innerWidth = columns * (TILE.width + GAP) - GAP;
  const cellHeight = TILE.height + CAPTION_HEIGHT;
  const firstTop = MARGIN + TITLE_HEIGHT;
  const gridHeight = Math.max(0, rows * (cellHeight + GAP) - GAP);
  const footerTop = firstTop + gridHeight;
  const footerHeight = hasFooter ? FOOTER_HEIGHT : 0;
  return {
    width: innerWidth + 2 * MARGIN,
    height: footerTop + footerHeight + MARGIN,
    title: { left: MARGIN, top: MARGIN, width: innerWidth, height: TITLE_HEIGHT },
    cells: Array.from({ length: frames }, (_, i) => {
      const left = MARGIN + (i % columns) * (TILE.width + GAP);
      const top = firstTop + Math.floor(i / columns) * (cellHeight + GAP);
      return {
        picture: { left, top, ...TILE },
        caption: { left, top: top + TILE.height, width: TILE.width, height: CAPTION_HEIGHT },
      };
    }),
    footer: { left: MARGIN, top: footerTop, width: innerWidth, height: footerHeight },
  };
}

/** The box of something smaller in the middle of a larger box. */
export function centred(box: Box, size: { readonly width: number; readonly height: number }): Box {
  return {
    left: box.left + Math.floor((box.width - size.width) / 2),
    top: box.top + Math.floor((box.height - size.height) / 2),
    width: size.width,
    height: size.height,
  };
}
