/** `safelight eject`: give a card back. */
import type { Command } from 'commander';
import { cardLines } from '../card-text.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { jsonLine, type Run, runAction, type Session, tell, tellNoAnswer } from '../session.ts';
import { printable } from '../text.ts';

const RULES = {
  onFailure: EXIT.failed,
  onBadConfig: EXIT.badConfig,
  emptyJson: { ejected: false, sentence: null, note: null, card: null },
} as const;

const AFTER = `
CARD is an id, the beginning of one, a label or a mount path.
The card is unmounted, whoever mounted it, and the port of its reader switched off where no other card needs it.
A folder is only no longer taken for a card; nothing in it is touched.
That it is ejected does not mean that it may be formatted: the answer says what is still missing.

Ends with
  0  it may be taken out
  1  it is busy (being read, or open in some program), or could not be unmounted
  3  there is no such card in, or the name can mean several
  4  the service is not running, so nobody can tell

Examples
  safelight eject A003
  safelight eject /media/anna/EOS_DIGITAL
`;

export function addEject(program: Command, session: Session): void {
  const command = program
    .command('eject')
    .argument('<CARD>', 'id, its beginning, label or mount path')
    .summary('unmount a card and switch its reader off')
    .description('Gives a card back when nothing is being read from it.')
    .addHelpText('after', AFTER);
  command.action((card: string) => runAction(session, command, RULES, (run) => eject(run, card)));
}

async function eject(run: Run, selector: string): Promise<ExitCode> {
  const { services, io, call, json } = run;
  const answer = await services.eject(call, selector);
  switch (answer.kind) {
    case 'ejected': {
      const { sentence, note, card } = answer;
      if (json) await io.out(jsonLine({ version: 1, ejected: true, sentence, note, card }));
      else {
        const lines = [sentence, ...(note === null ? [] : [note])].map(printable);
        const about = card === null ? [] : cardLines({ ...card, present: false }, io);
        await io.out(`${[...lines, ...about].join('\n')}\n`);
      }
      return EXIT.ok;
    }
    case 'busy':
    case 'failed': {
      const { kind: code, sentence, hint } = answer;
      await tell(run, { code, sentence, hint }, RULES);
      return EXIT.failed;
    }
    default:
      return tellNoAnswer(run, answer, RULES);
  }
}
