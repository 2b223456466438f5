/** `safelight doctor`: try everything for real. */
import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Run, runAction, type Session } from '../session.ts';
import { tellTrials } from '../trial-text.ts';

const RULES = {
  onFailure: EXIT.failed,
  onBadConfig: EXIT.failed,
  emptyJson: { ok: false, findings: [] },
} as const;

const AFTER = `
Ends with
  0  all that is required works
  1  something required does not

Examples
  safelight doctor
  safelight doctor --json
`;

export function addDoctor(program: Command, session: Session): void {
  const command = program
    .command('doctor')
    .summary('try drives, remotes, lights and the service for real')
    .description(
      'Tries everything for real: drives, remotes (a small probe is put, confirmed and deleted), lights, service, clock.',
    )
    .addHelpText('after', AFTER);
  command.action(() => runAction(session, command, RULES, doctor));
}

async function doctor(run: Run): Promise<ExitCode> {
  const findings = await run.services.doctor(run.call);
  return tellTrials(run, findings, {
    code: 'nothing-tried',
    sentence: 'Nothing was tried, so nothing is known to work.',
    hint: 'See that the configuration names drives and remotes.',
  });
}
