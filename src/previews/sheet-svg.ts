/** The writing on a contact sheet: title, names, and tiles for what has no picture. */
import { baseName, extensionOf } from './frame-name.ts';
import type { Box, Layout } from './layout.ts';

export interface SheetText {
  readonly title: string;
  readonly cells: readonly { readonly name: string; readonly hasPicture: boolean }[];
  readonly footer: string;
}

const FONT = 'DejaVu Sans, Noto Sans, Helvetica, Arial, sans-serif';
/** Characters of the caption's size that go below a tile. */
const CAPTION_CHARACTERS = 36;
const TITLE_CHARACTERS = 54;

/** An SVG of the sheet's size, to be laid over the pictures. Names are other people's text: always escaped. */
export function sheetSvg(layout: Layout, { title, cells, footer }: SheetText): string {
  const { width, height } = layout;
  const parts = layout.cells.flatMap(({ picture, caption }, i) => {
    const cell = cells[i];
    if (cell === undefined) return [];
    const name = baseName(cell.name);
    const below = text(caption, shortened(name, CAPTION_CHARACTERS), { size: 13, fill: '#b8b8b8' });
    return cell.hasPicture ? [below] : [plainTile(picture, name), below];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    text(layout.title, shortened(title, TITLE_CHARACTERS), { size: 24, fill: '#f2f2f2' }),
    ...parts,
    text(layout.footer, footer, { size: 16, fill: '#b8b8b8' }),
    '</svg>',
  ].join('\n');
}

/** Says what kind of file it is; nothing about its content is known. */
function plainTile(box: Box, name: string): string {
  const { left, top, width, height } = box;
  const kind = extensionOf(name).toUpperCase() || 'FILE';
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="6" fill="#3a3a3e"/>`,
    text(box, shortened(kind, 12), { size: 40, fill: '#8c8c92' }),
  ].join('');
}

function text(
  { left, top, width, height }: Box,
  words: string,
  { size, fill }: { readonly size: number; readonly fill: string },
): string {
  if (words === '' || height === 0) return '';
  const x = left + width / 2;
  // The middle of the line: the baseline is about a third of the size below it.
  const y = top + height / 2 + Math.round(size * 0.35);
  const at = `x="${x}" y="${y}" text-anchor="middle"`;
  return `<text ${at} font-family="${FONT}" font-size="${size}" fill="${fill}">${escapeXml(words)}</text>`;
}

/** Leaves out the middle of what is too long: names of shots differ at their ends. */
export function shortened(words: string, max: number): string {
  const characters = Array.from(new Intl.Segmenter().segment(words), ({ segment }) => segment);
  if (characters.length <= max) return words;
  const head = Math.ceil((max - 1) / 2);
  const tail = max - 1 - head;
  return [...characters.slice(0, head), '…', ...characters.slice(characters.length - tail)].join(
    '',
  );
}

/** Text for XML 1.0: what it cannot hold is replaced, what means something is escaped. */
export function escapeXml(words: string): string {
  return (
    words
      .replace(/\p{Surrogate}/gu, '\uFFFD')
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;')
  );
}
