/** Hints that come from a program which runs on and prints a line when something happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { endProcess } from '../platform/exec.ts';
import { errnoOf } from './errno.ts';
import { type Hint, type HintContext, pause } from './hint.ts';

export interface HintProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** Starts in a row that ended early after which it is given up; unlimited when not given. */
  readonly maxFailures?: number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A run that lasted this long was a good one. */
const GOOD_RUN_MS = 60_000;

/** Follows a program and starts it again when it ends, with growing pauses. A program that is not there is no hint. */
export function processHint(program: HintProgram): Hint {
  return async (context) => {
    const { clock, signal } = context;
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = clock.elapsed();
      const end = await follow(program, context);
      if (end === 'not-there' || signal.aborted) return;
      failures = clock.elapsed() - startedAt >= GOOD_RUN_MS ? 0 : failures + 1;
      if (failures > (program.maxFailures ?? Number.POSITIVE_INFINITY)) return;
      await pause(
        Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)),
        context,
      );
    }
  };
}

/** One run of the program, from start to end. */
async function follow(
  { file, args }: HintProgram,
  { wake, signal }: HintContext,
): Promise<'ended' | 'not-there'> {
  return new Promise((resolve) => {
    const child = spawn(file, [...args], {
      detached: true,
      // Its standard input stays open as long as we live: our own children end when it closes.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const stop = (): void => {
      endProcess(child);
      resolve('ended');
    };
    signal.addEventListener('abort', stop, { once: true });
    child.stdin.on('error', () => {});
    child.stdout.on('data', () => wake());
    child.on('error', (error) => {
      signal.removeEventListener('abort', stop);
      resolve(isMissing(child, error) ? 'not-there' : 'ended');
    });
    child.on('exit', () => {
      signal.removeEventListener('abort', stop);
      resolve('ended');
    });
  });
}

function isMissing(child: ChildProcess, error: unknown): boolean {
  const code = errnoOf(error);
  return child.pid === undefined && (code === 'ENOENT' || code === 'EACCES');
}
