/** Puts tiles and names together into one picture. Runs in the child process only. */
import sharp, { type OverlayOptions } from 'sharp';
import { centred, layoutOf } from './layout.ts';
import type { ChildReply, SheetRequest } from './sheet-messages.ts';
import { sheetSvg } from './sheet-svg.ts';

export async function composeSheet(request: SheetRequest): Promise<ChildReply> {
  const { title, footer, cells, sheet } = request;
  const layout = layoutOf(cells.length, footer !== '');
  const pictures = layout.cells.flatMap(({ picture }, i): OverlayOptions[] => {
    const tile = cells[i]?.tile;
    if (tile === undefined) return [];
    const { left, top } = centred(picture, tile);
    return [{ input: tile.file, left, top }];
  });
  const svg = sheetSvg(layout, {
    title,
    footer,
    cells: cells.map(({ name, tile }) => ({ name, hasPicture: tile !== undefined })),
  });
  const { width, height } = layout;
  await sharp({ create: { width, height, channels: 3, background: '#1d1d20' } })
    .composite([...pictures, { input: Buffer.from(svg), left: 0, top: 0 }])
    .jpeg({ quality: 82 })
    .toFile(sheet);
  return { kind: 'sheet' };
}
