/** `safelight status`: everything at a glance. */
import type { Command } from 'commander';
import type { StatusView } from '../../core/status.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { jsonLine, type Run, runAction, type Session } from '../session.ts';
import { statusLines } from '../status-text.ts';

const RULES = { onFailure: EXIT.cannotTell, onBadConfig: EXIT.cannotTell } as const;

const AFTER = `
Ends with
  0  the service is running
  4  it is not: what the ledger knows is still shown, with its age

Examples
  safelight status
  safelight status --json
`;

export function addStatus(program: Command, session: Session): void {
  const command = program
    .command('status')
    .summary('show cards, progress, drives and remotes')
    .description(
      'Shows the cards that are in, progress, drives, remotes and what waits to be sent.',
    )
    .addHelpText('after', AFTER);
  command.action(() => runAction(session, command, RULES, status));
}

async function status({ services, io, call, json }: Run): Promise<ExitCode> {
  const told = await services.status(call);
  // Without the service the lamp is dark, whatever the ledger would have it show.
  const view: StatusView = told.service.running ? told : { ...told, light: 'off' };
  await io.out(json ? jsonLine(view) : `${statusLines(view, io).join('\n')}\n`);
  return view.service.running ? EXIT.ok : EXIT.cannotTell;
}
