/** One run of one command: what it was told, where it writes, and how it ends. */
import type { Command } from 'commander';
import { RoomError } from '../core/room-error.ts';
import { withoutSecretText } from '../platform/without-secrets.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Call, CliServices, NoAnswer } from './services.ts';
import { printable } from './text.ts';

export interface Session {
  readonly services: CliServices;
  readonly io: CliIo;
  /** Takes the exit code; the last one counts. */
  finish(code: ExitCode): void;
}

/** What an action works with. */
export interface Run {
  readonly services: CliServices;
  readonly io: CliIo;
  readonly call: Call;
  /** Whether the answer is wanted as JSON. */
  readonly json: boolean;
}

export interface CommandRules {
  /** How the command ends when something goes wrong. */
  readonly onFailure: ExitCode;
  /** How it ends when the configuration cannot be used. */
  readonly onBadConfig: ExitCode;
  /** What the JSON of this command always has in it, also beside an error. */
  readonly emptyJson?: Readonly<Record<string, unknown>>;
}

export interface GlobalOptions {
  readonly config?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface Told {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string;
}

/** Runs a command's action and turns whatever it throws into one sentence, a hint and an exit code. */
export async function runAction(
  session: Session,
  command: Command,
  rules: CommandRules,
  action: (run: Run) => Promise<ExitCode>,
): Promise<void> {
  const { services, io } = session;
  const options = command.optsWithGlobals<GlobalOptions>();
  const run: Run = { services, io, call: callOf(options, io), json: options.json === true };
  try {
    session.finish(await action(run));
  } catch (error) {
    if (io.signal.aborted) return session.finish(EXIT.interrupted);
    await tell(run, toldOf(error), rules);
    if (run.call.verbose) await io.err(detailsOf(error));
    session.finish(services.isBadConfig(error) ? rules.onBadConfig : rules.onFailure);
  }
}

function callOf({ config, stateDir, verbose }: GlobalOptions, io: CliIo): Call {
  return {
    verbose: verbose === true,
    signal: io.signal,
    ...(config === undefined ? {} : { configFlag: config }),
    ...(stateDir === undefined ? {} : { stateDirFlag: stateDir }),
  };
}

/** One sentence and a hint for people on the side of talk; with --json the same as data too. */
export async function tell(
  { io, json }: Pick<Run, 'io' | 'json'>,
  { code, sentence, hint }: Told,
  { emptyJson }: Pick<CommandRules, 'emptyJson'> = {},
): Promise<void> {
  if (json) {
    await io.out(jsonLine({ version: 1, ...emptyJson, error: { code, sentence, hint } }));
  }
  await io.err(`${printable(sentence)}\n${printable(hint)}\n`);
}

/** Why there is no answer, and the exit code for it. */
export async function tellNoAnswer(
  run: Pick<Run, 'io' | 'json'>,
  answer: NoAnswer,
  rules: Pick<CommandRules, 'emptyJson'>,
): Promise<ExitCode> {
  if (answer.kind === 'cannot-tell') {
    const { kind: code, sentence, hint } = answer;
    await tell(run, { code, sentence, hint }, rules);
    return EXIT.cannotTell;
  }
  const { kind: code, selector } = answer;
  if (answer.kind === 'no-such-card') {
    const sentence = `There is no card "${selector}".`;
    const hint =
      'See which are known with "safelight cards"; a card goes by id, its beginning, label or mount path.';
    await tell(run, { code, sentence, hint }, rules);
  } else {
    const sentence = `"${selector}" can mean ${answer.ids.length} cards: ${answer.ids.join(', ')}.`;
    await tell(run, { code, sentence, hint: 'Name the one you mean by its id.' }, rules);
  }
  return EXIT.noSuchCard;
}

export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function toldOf(error: unknown): Told {
  if (error instanceof RoomError) {
    return { code: String(error.code), sentence: error.message, hint: error.hint };
  }
  const what = withoutSecretText(error instanceof Error ? error.message : String(error));
  return {
    code: 'unexpected',
    sentence: `Something unexpected went wrong: ${what.replace(/\.$/, '')}.`,
    hint: 'Nothing is marked safe because of it. Run it again with --verbose, and please report what it says.',
  };
}

/** Where an error came from, for --verbose. */
function detailsOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = withoutSecretText(error.stack ?? '');
  return `${own}\n${error.cause === undefined ? '' : `caused by ${detailsOf(error.cause)}`}`;
}
