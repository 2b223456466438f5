/** Runs other programs: argv only (never a shell), with a time limit, an output limit and a way to stop. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { assertNever } from '../core/assert-never.ts';
import { RoomError } from '../core/room-error.ts';

/**
 * - `not-found`: there is no such program
 * - `not-allowed`: it may not be run
 * - `failed`: it ended with a code that means failure, or by a signal that did not come from here
 * - `timeout`: it was ended because it took too long
 * - `output-limit`: it was ended because it said too much
 */
export type ExecErrorCode = 'not-found' | 'not-allowed' | 'failed' | 'timeout' | 'output-limit';

/** What a program did before it failed. Output is what had come until then. */
export interface ExecFacts {
  readonly file: string;
  /** Undefined when it did not end by itself. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class ExecError extends RoomError<ExecErrorCode> {
  readonly file: string;
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: ExecErrorCode, message: string, facts: ExecFacts, options?: ErrorOptions) {
    super(code, message, hintFor(code, facts.file), options);
    this.name = 'ExecError';
    this.file = facts.file;
    this.exitCode = facts.exitCode;
    this.stdout = facts.stdout;
    this.stderr = facts.stderr;
  }
}

export interface ExecOptions {
  /** Ends the program; the promise then rejects with the signal's reason, not with an ExecError. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Limit for stdout and for stderr each; 16 MiB when not given. */
  readonly maxOutputBytes?: number;
  /** Written to its standard input, which is closed then; without it there is no standard input. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Added to our own environment. LC_ALL is C.UTF-8 unless it is named here: parsers want plain words. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are an answer rather than a failure; [0] when not given. */
  readonly answerCodes?: readonly number[];
}

export interface ExecResult {
  readonly exitCode: number;
  /** Decoded as UTF-8; bytes that are none become U+FFFD. */
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** How long a program may take over SIGTERM before SIGKILL follows. */
const GRACE_MS = 2_000;

/**
 * Runs a program to its end. On timeout, abort or too much output the program and its children are ended, and the
 * promise settles at once: a program stuck in the kernel (a pulled card) must not hold us up.
 * @throws ExecError
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = start(file, args, options);
    const out = collect();
    const err = collect();
    let settled = false;
    const facts = (exitCode?: number): ExecFacts => ({
      file,
      stdout: out.text(),
      stderr: err.text(),
      ...(exitCode === undefined ? {} : { exitCode }),
    });
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const giveUp = (reason: unknown): void => {
      settle(() => {
        endProcess(child);
        reject(reason);
      });
    };
    const onAbort = (): void => giveUp(signal.reason);
    const timer = setTimeout(() => {
      giveUp(new ExecError('timeout', `${file} gave no answer within ${timeoutMs} ms.`, facts()));
    }, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const take = (into: Collected) => (chunk: Buffer) => {
      if (into.add(chunk) > limit) {
        giveUp(new ExecError('output-limit', `${file} said more than ${limit} bytes.`, facts()));
      }
    };
    child.stdout?.on('data', take(out));
    child.stderr?.on('data', take(err));
    child.on('error', (cause) => settle(() => reject(startError(file, cause, facts()))));
    child.on('close', (code, by) => {
      settle(() => {
        const answers = options.answerCodes ?? [0];
        if (code !== null && answers.includes(code)) {
          resolve({ exitCode: code, stdout: out.text(), stderr: err.text() });
        } else {
          reject(
            new ExecError(
              'failed',
              failedSentence(file, code, by, err.text()),
              facts(code ?? undefined),
            ),
          );
        }
      });
    });
  });
}

function start(file: string, args: readonly string[], options: ExecOptions): ChildProcess {
  const { input, cwd, env } = options;
  const child = trySpawn(file, args, {
    // A group of its own, so that what it started ends with it.
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (input !== undefined && child.stdin) {
    // A program that ends without reading its input is no error of ours; its exit code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  }
  return child;
}

/** Some faults (a NUL in an argument, too long a command line) are thrown instead of told by an event. */
function trySpawn(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, [...args], options);
  } catch (cause) {
    const why = cause instanceof Error ? cause : new Error(String(cause));
    throw startError(file, why, { file, stdout: '', stderr: '' });
  }
}

/** Ends a child that was started as a group of its own: SIGTERM, then SIGKILL. Does not wait. */
export function endProcess(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.stdin?.destroy();
  child.unref();
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => {
    if (!hasEnded(child)) signalGroup(pid, 'SIGKILL');
  }, GRACE_MS);
  // Our own exit must not wait for it, but then nobody would be left to end the child.
  child.once('exit', () => clearTimeout(timer));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It ended between the question and the signal.
  }
}

interface Collected {
  /** Returns the number of bytes so far. */
  add(chunk: Buffer): number;
  text(): string;
}

function collect(): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      return size;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

function startError(file: string, cause: Error, facts: ExecFacts): ExecError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') {
    return new ExecError('not-found', `The program ${file} is not installed.`, facts, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ExecError('not-allowed', `The program ${file} may not be run.`, facts, { cause });
  }
  return new ExecError('failed', `${file} could not be started: ${cause.message}.`, facts, {
    cause,
  });
}

function failedSentence(
  file: string,
  code: number | null,
  by: NodeJS.Signals | null,
  stderr: string,
): string {
  const how = code === null ? `was ended by ${by ?? 'a signal'}` : `ended with code ${code}`;
  const said = stderr.trim().split('\n', 1)[0] ?? '';
  return said === '' ? `${file} ${how}.` : `${file} ${how}: ${said}`;
}

function hintFor(code: ExecErrorCode, file: string): string {
  switch (code) {
    case 'not-found':
      return `Install the package that brings ${file}, or put its folder into PATH.`;
    case 'not-allowed':
      return `See that the service's user may run ${file}.`;
    case 'timeout':
      return 'A drive, card or server may be stuck: look at the cables and at the system log.';
    case 'failed':
    case 'output-limit':
      return `Run ${file} by hand to see what it says.`;
    default:
      return assertNever(code);
  }
}
