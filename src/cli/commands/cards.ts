/** `safelight cards`: the roster. */
import type { Command } from 'commander';
import { bytesText, groupDigits } from '../../core/wording.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Light } from '../../core/light.ts';
import { lightText } from '../lights.ts';
import type { RosterView } from '../services.ts';
import { jsonLine, type Run, runAction, type Session } from '../session.ts';
import { printable, table, whenText } from '../text.ts';

const RULES = {
  onFailure: EXIT.failed,
  onBadConfig: EXIT.badConfig,
  emptyJson: { cards: [] },
} as const;

const AFTER = `
Examples
  safelight cards
  safelight cards --json
`;

const HEADER = ['ID', 'LABEL', 'ROLL', 'LAST SEEN', 'CLIPS', 'FILES', 'SIZE', 'VERDICT'];

export function addCards(program: Command, session: Session): void {
  const command = program
    .command('cards')
    .summary('list all cards ever seen')
    .description('Lists all cards ever seen, with their verdict as it is now.')
    .addHelpText('after', AFTER);
  command.action(() => runAction(session, command, RULES, cards));
}

async function cards({ services, io, call, json }: Run): Promise<ExitCode> {
  const roster = await services.cards(call);
  if (json) await io.out(jsonLine({ version: 1, cards: roster }));
  else if (roster.length === 0) await io.out('No card has been seen yet.\n');
  else {
    const lines = table([HEADER, ...roster.map((card) => row(card, io.timeZone))]);
    const painted = lines.map((line, i) => paint(line, roster[i - 1], io.colour));
    await io.out(`${painted.join('\n')}\n`);
  }
  return EXIT.ok;
}

function row(card: RosterView, timeZone: string | undefined): string[] {
  return [
    card.id,
    printable(card.label),
    card.roll === null ? 'never listed' : printable(card.roll),
    `${whenText(card.lastSeenAt, timeZone)}${card.present ? ' (in)' : ''}`,
    card.shots === null ? '' : groupDigits(card.shots.clips),
    card.files === null ? '' : groupDigits(card.files),
    card.bytes === null ? '' : bytesText(card.bytes),
    wordOf(card),
  ];
}

function wordOf(card: RosterView): string {
  const light = lightOf(card);
  return light === undefined ? 'CANNOT TELL' : lightText(light, false);
}

/** Never "safe" unless the verdict says so too. */
function lightOf({ light, verdict }: RosterView): Light | undefined {
  if (light === null || verdict === null) return undefined;
  return light === 'safe' && verdict !== 'safe-to-format' ? 'do-not-format' : light;
}

/** The verdict stands last, so that colour cannot shift a column. */
function paint(line: string, card: RosterView | undefined, colour: boolean): string {
  const light = card === undefined ? undefined : lightOf(card);
  if (card === undefined || light === undefined || !colour) return line;
  return `${line.slice(0, -wordOf(card).length)}${lightText(light, true)}`;
}
