/** `safelight show`: one card file by file. */
import type { Command } from 'commander';
import { shotsText } from '../../core/shots.ts';
import { cardLines } from '../card-text.ts';
import { EXIT, type ExitCode, exitForCards } from '../exit-codes.ts';
import { fileLines } from '../file-text.ts';
import type { ShowAnswer } from '../services.ts';
import { printable } from '../text.ts';
import { type Run, runAction, type Session, tellNoAnswer } from '../session.ts';

const RULES = {
  onFailure: EXIT.cannotTell,
  onBadConfig: EXIT.cannotTell,
  emptyJson: { card: null, shots: null, notes: [], files: [] },
} as const;

const AFTER = `
Lines with "+" count towards "safe", lines with "-" do not, lines with "!" say what is missing.

Ends as "safelight check" does: 0 safe, 1 hold, 3 no such card, 4 cannot tell, 5 nothing to protect.

Examples
  safelight show A003
  safelight show 3f9a | less
  safelight show /media/anna/EOS_DIGITAL --json
`;

type Shown = Extract<ShowAnswer, { readonly kind: 'shown' }>;

export function addShow(program: Command, session: Session): void {
  const command = program
    .command('show')
    .argument('<CARD>', "a card's id, the unique beginning of one, a label or a mount path")
    .summary('show one card file by file')
    .description('Shows one card file by file: where each copy is, who looked, when, and how.')
    .addHelpText('after', AFTER);
  command.action((selector: string) =>
    runAction(session, command, RULES, (run) => show(run, selector)),
  );
}

async function show(run: Run, selector: string): Promise<ExitCode> {
  const answer = await run.services.show(run.call, selector);
  if (answer.kind !== 'shown') return tellNoAnswer(run, answer, RULES);
  await (run.json ? showJson(run, answer) : showText(run, answer));
  return exitForCards([answer.card], [selector]);
}

async function showText({ io }: Run, { card, shots, notes, files }: Shown): Promise<void> {
  const about = [shotsText(shots), ...notes].map((line) => printable(line));
  await io.out(`${[...cardLines(card, io), '', ...about].join('\n')}\n`);
  for await (const batch of files) {
    const lines = batch.flatMap((file) => ['', ...fileLines(file, io.timeZone)]);
    if (lines.length > 0) await io.out(`${lines.join('\n')}\n`);
  }
}

/** Written in pieces, so that a card of any size passes through. */
async function showJson({ io }: Run, { card, shots, notes, files }: Shown): Promise<void> {
  const [about, known] = [JSON.stringify(shots), JSON.stringify(notes)];
  const head = `{"version":1,"card":${JSON.stringify(card)},"shots":${about},"notes":${known}`;
  await io.out(`${head},"files":[`);
  let between = '\n';
  for await (const batch of files) {
    for (const file of batch) {
      await io.out(`${between}${JSON.stringify(file)}`);
      between = ',\n';
    }
  }
  await io.out(']}\n');
}
