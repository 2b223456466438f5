/** `safelight service`: make safelight a service, take it away, and look after it. */
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { SERVICE_TASKS, type ServiceRequest } from '../services.ts';
import { jsonLine, type Run, runAction, type Session } from '../session.ts';
import { printable } from '../text.ts';

const RULES = { onFailure: EXIT.failed, onBadConfig: EXIT.badConfig } as const;

const AFTER = `
TASK is
  install    writes the files of the service, and starts it when there is a configuration
  uninstall  stops the service and takes those files away; configuration, ledger and pictures stay
  status     tells whether it is running
  logs       shows its newest messages

A service of your session (--user) shows notifications and sees the cards that your desktop mounts; a service of the
machine (--system, the default for root) is for machines without a desktop. macOS has only the first.
All of it can be done again at any time: only what differs is changed.

Ends with
  0  done; with status: it is running
  1  it could not be done
  4  with status: it is not running, or not installed

Examples
  safelight service install
  sudo safelight service install --system --dry-run
  safelight service logs --lines 20
`;

const DEFAULT_LINES = 100;
const MAX_LINES = 100_000;

interface ServiceOptions {
  readonly user?: boolean;
  readonly system?: boolean;
  readonly dryRun?: boolean;
  readonly lines: number;
}

export function addService(program: Command, session: Session): void {
  const command = program
    .command('service')
    .addArgument(new Argument('<TASK>', 'what to do').choices(SERVICE_TASKS))
    .option('--user', 'the service of your session')
    .option('--system', 'the service of the whole machine')
    .option('--dry-run', 'only tell what would be done')
    .option('--lines <N>', 'how many lines of the log', lineCount, DEFAULT_LINES)
    .summary('install, remove or look at the background service')
    .description('Makes safelight a background service, takes it away, or tells about it.')
    .addHelpText('after', AFTER);
  command.action((task: ServiceRequest['task'], options: ServiceOptions) => {
    if (options.user === true && options.system === true) {
      command.error('error: --user and --system exclude each other', { exitCode: EXIT.usage });
    }
    const request: ServiceRequest = {
      task,
      dryRun: options.dryRun === true,
      lines: options.lines,
      ...(options.user === true ? { scope: 'user' } : {}),
      ...(options.system === true ? { scope: 'system' } : {}),
    };
    const rules = {
      ...RULES,
      emptyJson: { task, ok: false, scope: null, lines: [], sentence: null, hint: null },
    };
    return runAction(session, command, rules, (run) => tend(run, request));
  });
}

async function tend(run: Run, request: ServiceRequest): Promise<ExitCode> {
  const { services, io, call, json } = run;
  const answer = await services.service(call, request);
  const { ok, lines, sentence, hint } = answer;
  const { task } = request;
  if (json) await io.out(jsonLine({ version: 1, task, ...answer }));
  else {
    const said = ok && sentence !== '' ? [...lines, sentence] : lines;
    if (said.length > 0) await io.out(`${said.map(printable).join('\n')}\n`);
  }
  if (!ok) await io.err(`${[sentence, hint ?? ''].filter(Boolean).map(printable).join('\n')}\n`);
  if (ok) return EXIT.ok;
  return task === 'status' ? EXIT.cannotTell : EXIT.failed;
}

function lineCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_LINES) return count;
  throw new InvalidArgumentError(`It is a number from 1 to ${MAX_LINES}.`);
}
