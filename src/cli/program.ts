/** Puts the commands together and runs one of them. */
import { Command, CommanderError } from 'commander';
import type { CliIo } from './cli-io.ts';
import { addCards } from './commands/cards.ts';
import { addCheck } from './commands/check.ts';
import { addDaemon } from './commands/daemon.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEject } from './commands/eject.ts';
import { addLater } from './commands/later.ts';
import { addOffload } from './commands/offload.ts';
import { addService } from './commands/service.ts';
import { addShow } from './commands/show.ts';
import { addSignals } from './commands/signals.ts';
import { addStatus } from './commands/status.ts';
import { EXIT } from './exit-codes.ts';
import type { CliServices } from './services.ts';
import type { Session } from './session.ts';
import { printable } from './text.ts';

const AFTER = `
Examples
  safelight check                     may the cards that are in be formatted?
  safelight status                    what is going on
  safelight show A003                 every copy of every file of a card
  safelight offload /media/anna/CARD --wait

"safelight <command> --help" tells more. Only exit code 0 of "check" means that a card may be formatted.
`;

/**
 * The whole command line. Each command ends by `session.finish`; words that are not understood make parsing throw a
 * CommanderError. Never ends the process.
 */
export function buildProgram(session: Session): Command {
  const program = new Command('safelight')
    .description('Tells when a memory card is safe to format.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .option('--config <FILE>', 'the configuration (else $SAFELIGHT_CONFIG and the usual places)')
    .option('--state-dir <DIR>', 'ledger, logs and control socket (else $SAFELIGHT_STATE_DIR, …)')
    .option('--json', 'answer as JSON')
    .option('--verbose', 'tell where an error came from')
    .version(session.services.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', AFTER);
  addDaemon(program, session);
  addStatus(program, session);
  addCheck(program, session);
  addCards(program, session);
  addShow(program, session);
  addOffload(program, session);
  addEject(program, session);
  addService(program, session);
  addDoctor(program, session);
  addSignals(program, session);
  addLater(program, session);
  return program;
}

/** Runs the command in `argv` (without the program's own name) and resolves with its exit code. */
export async function runCli(
  argv: readonly string[],
  services: CliServices,
  io: CliIo,
): Promise<number> {
  let code: number = EXIT.ok;
  const session: Session = { services, io, finish: (own) => void (code = own) };
  const program = buildProgram(session);
  // Commander writes at once; what it has to say is kept until it can be waited for.
  let help = '';
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => void (help += text),
      writeErr: (text) => void (help += text),
      outputError: () => {},
      // The same everywhere, as people quote it to each other.
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await io.out(help);
      return EXIT.ok;
    }
    await io.err(help === '' ? usageText(error, argv, program) : help);
    return EXIT.usage;
  }
}

function usageText(error: CommanderError, argv: readonly string[], program: Command): string {
  const what = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const sentence = what.charAt(0).toUpperCase() + what.slice(1).replace(/\.$/, '');
  // The first word that names a command: "service status" is about service.
  const command = argv
    .map((word) => program.commands.find((one) => one.name() === word))
    .find((one) => one !== undefined);
  const help = `safelight ${command === undefined ? '' : `${command.name()} `}--help`;
  return `${printable(sentence)}.\nSee "${help}".\n`;
}
