/** `safelight check`: the verdict. */
import type { Command } from 'commander';
import { cardLines } from '../card-text.ts';
import { EXIT, type ExitCode, exitForCards } from '../exit-codes.ts';
import { jsonLine, type Run, runAction, type Session, tell, tellNoAnswer } from '../session.ts';

const RULES = {
  onFailure: EXIT.cannotTell,
  onBadConfig: EXIT.cannotTell,
  emptyJson: { cards: [] },
} as const;

const AFTER = `
CARD is a card's id, the unique beginning of one, a label or a mount path. Without CARD: every card now in.

Ends with
  0  safe: every card with anything on it may be formatted
  1  hold: do not format
  3  no such card
  4  cannot tell: do not format
  5  nothing to protect, or no card is in

Examples
  safelight check
  safelight check A003
  safelight check /media/anna/EOS_DIGITAL --json
  safelight check A003 && echo "you may format A003"
`;

export function addCheck(program: Command, session: Session): void {
  const command = program
    .command('check')
    .argument('[CARD...]', 'the cards to ask about')
    .summary('say whether cards are safe to format')
    .description('Says whether cards are safe to format, judged now from dated evidence.')
    .addHelpText('after', AFTER);
  command.action((selectors: string[]) =>
    runAction(session, command, RULES, (run) => check(run, selectors)),
  );
}

async function check(run: Run, selectors: readonly string[]): Promise<ExitCode> {
  const { services, io, call, json } = run;
  const answer = await services.check(call, selectors);
  if (answer.kind !== 'answers') return tellNoAnswer(run, answer, RULES);
  const { cards } = answer;
  const asked = new Set(selectors).size;
  if (!json && cards.length > 0) {
    await io.out(`${cards.flatMap((card) => cardLines(card, io)).join('\n')}\n`);
  }
  if (cards.length < asked) {
    const sentence = `Not every card asked about could be judged (${cards.length} of ${asked}).`;
    const hint = 'A card that was never listed has no verdict: put it in while the service runs.';
    await tell(run, { code: 'cannot-tell', sentence, hint }, { emptyJson: { cards } });
  } else if (json) await io.out(jsonLine({ version: 1, cards }));
  else if (cards.length === 0) await io.out('No card is in.\n');
  return exitForCards(cards, selectors);
}
