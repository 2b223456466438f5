/** One card's answer in lines for people. */
import type { CardView } from '../core/status.ts';
import { bytesText, filesText, groupDigits } from '../core/wording.ts';
import type { CliIo } from './cli-io.ts';
import { lightFor, lightText } from './lights.ts';
import { agoText, printable, whenText } from './text.ts';

type Style = Pick<CliIo, 'colour' | 'timeZone' | 'now'>;

/** As wide as the longest word of a light, and two spaces. */
const WORD_WIDTH = 'SAFE TO FORMAT'.length;
const INDENT = ' '.repeat(WORD_WIDTH + 2);

/** The light's word and the sentence, then what supports it or stands in the way. */
export function cardLines(card: CardView, style: Style): string[] {
  const word = lightText(lightFor(card), style.colour, WORD_WIDTH);
  return [
    `${word}  ${printable(card.sentence)}`,
    ...factLines(card, style).map((line) => `${INDENT}${line}`),
    ...card.blockers.flatMap(({ sentence, hint }) => [
      `${INDENT}- ${printable(sentence)}`,
      `${INDENT}  ${printable(hint)}`,
    ]),
  ];
}

function factLines(card: CardView, { timeZone, now }: Style): string[] {
  const { total, bytes, onDrives, offsite } = card.files;
  const where = card.present ? 'in' : 'not in';
  const oldest =
    card.oldestEvidenceAt === null
      ? 'no evidence that counts'
      : `oldest evidence ${whenText(card.oldestEvidenceAt, timeZone)} (${agoText(card.oldestEvidenceAt, now())})`;
  return [
    `card ${card.id}, ${where}; ${filesText(total)}, ${bytesText(bytes)}: ${groupDigits(onDrives)} on enough drives, ${groupDigits(offsite)} confirmed offsite`,
    `listed ${whenText(card.inventoryAt, timeZone)} (${agoText(card.inventoryAt, now())}), ${oldest}`,
  ];
}
