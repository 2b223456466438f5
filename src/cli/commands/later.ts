/** Commands of a later version: whoever asks for one is told so, instead of being shown something else. */
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { runAction, type Session, tell } from '../session.ts';

const RULES = { onFailure: EXIT.usage, onBadConfig: EXIT.usage } as const;

/** Name of the command → what can be done meanwhile. */
const LATER: Readonly<Record<string, string>> = {
  verify: 'Until then use a tool for ASC Media Hash Lists, such as ascmhl.',
  audit:
    'Until then "safelight check" looks whether the copies are there; a read-back that is too old does not count.',
  repair:
    'Until then leave the service running: a missing copy is made anew from the card or from the other drive.',
  report: 'Until then "safelight show CARD --json" tells all there is to tell.',
  setup:
    'docs/CONFIG.md has a configuration to start from; "safelight service install" installs the service.',
};

export function addLater(program: Command, session: Session): void {
  for (const [name, hint] of Object.entries(LATER)) {
    const command = program
      .command(name, { hidden: true })
      .argument('[words...]')
      .description('Not in this version yet.')
      .allowUnknownOption()
      .helpOption(false);
    command.action(() =>
      runAction(session, command, RULES, async (run) => {
        const sentence = `This version has no "safelight ${name}" yet.`;
        await tell(run, { code: 'not-in-this-version', sentence, hint });
        return EXIT.usage;
      }),
    );
  }
}
