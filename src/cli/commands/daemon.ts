/** `safelight daemon`: the service, in the foreground. */
import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Run, runAction, type Session } from '../session.ts';

const RULES = { onFailure: EXIT.failed, onBadConfig: EXIT.badConfig } as const;

const AFTER = `
systemd and launchd start this. SIGTERM or Ctrl-C stops it cleanly; it goes on where it was at the next start.

Ends with
  0   it was told to stop
  1   it could not go on
  78  the configuration cannot be used

Examples
  safelight daemon
  safelight daemon --config /etc/safelight/config.toml --state-dir /var/lib/safelight
`;

export function addDaemon(program: Command, session: Session): void {
  const command = program
    .command('daemon')
    .summary('run the service in the foreground')
    .description(
      'Runs the service in the foreground: watches for cards and keeps all of them moving to safe.',
    )
    .addHelpText('after', AFTER);
  command.action(() => runAction(session, command, RULES, daemon));
}

async function daemon({ services, call }: Run): Promise<ExitCode> {
  await services.daemon(call);
  return EXIT.ok;
}
