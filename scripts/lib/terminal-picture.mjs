/**
 * Draws what a terminal showed as an SVG picture: `script -qec ./scripts/quickstart /dev/null | node
 * scripts/lib/terminal-picture.mjs > docs/images/quickstart.svg`.
 *
 * Knows what our own scripts print: colours, carriage returns and "erase line"; of a renewed line the last state stays.
 */
import { readFileSync } from 'node:fs';

const COLOURS = {
  31: '#ff5f56',
  32: '#3ddc84',
  33: '#ffb000',
  34: '#5c9dff',
  90: '#8a8a8a',
  97: '#ffffff',
};
const PLAIN = '#d7d7d7';
const ESCAPE = '\u001b';
const CHARACTER = { width: 8.43, height: 19, size: 14 };
const MARGIN = 16;

/** What remains to be seen of one line after all its renewals. */
function lastState(line) {
  return line.split(/\r/).findLast((state) => state.trim() !== '') ?? '';
}

/** A line as pieces of one colour each, with the columns they take. */
function pieces(line) {
  let colour = PLAIN;
  let bold = false;
  let column = 0;
  const found = [];
  for (const part of line.split(ESCAPE)) {
    const [, codes, text] = /^\[([\d;]*)[mK](.*)$/s.exec(part) ?? [undefined, undefined, part];
    for (const code of codes?.split(';') ?? []) {
      if (code === '0') [colour, bold] = [PLAIN, false];
      if (code === '1') bold = true;
      colour = COLOURS[code] ?? colour;
    }
    if (text !== '') found.push({ text, colour, bold, column });
    column += [...text].length;
  }
  return found;
}

function escaped(text) {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  // Browsers run several spaces together, xml:space or not.
  return safe.replaceAll(' ', '\u00a0');
}

function drawn({ text, colour, bold, column }, row) {
  const x = (MARGIN + column * CHARACTER.width).toFixed(1);
  const y = MARGIN + (row + 1) * CHARACTER.height - 5;
  const length = ([...text].length * CHARACTER.width).toFixed(1);
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" fill="${colour}" textLength="${length}"${weight}>${escaped(text)}</text>`;
}

const lines = readFileSync(0, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => pieces(lastState(line)));
const columns = Math.max(
  ...lines.map((line) => {
    const last = line.at(-1);
    return last === undefined ? 0 : last.column + [...last.text].length;
  }),
);
const width = Math.ceil(columns * CHARACTER.width + 2 * MARGIN);
const height = lines.length * CHARACTER.height + 2 * MARGIN;
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="8" fill="#16161a"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${CHARACTER.size}">
${lines.flatMap((line, row) => line.map((piece) => drawn(piece, row))).join('\n')}
</g>
</svg>
`);
