/** Runs a tool of mounting and sorts what it says when it fails. */
import { ExecError, type runProgram } from '../../platform/exec.ts';
import type { WayFailure } from './mount-way.ts';

/** As `runProgram`, so that tests can put tools of their own in its place. */
export type RunTool = typeof runProgram;

/** What the tools say (util-linux 2.38, udisks 2.9), in the language of programs. */
const SAYINGS: readonly (readonly [RegExp, WayFailure['why']])[] = [
  [/unknown filesystem type|not configured in kernel|no such file.*fuse/i, 'no-driver'],
  [
    /NotAuthorized|not authorized|permission denied|must be superuser|not permitted/i,
    'not-allowed',
  ],
  [
    /error connecting to the udisks daemon|service unknown|connect to the (system )?bus/i,
    'not-here',
  ],
  // udisks hears of a device, and of what is on it, a moment after we do.
  [/error looking up object|is not a mountable filesystem/i, 'not-yet'],
  [/target is busy|DeviceBusy|already mounted|AlreadyMounted/i, 'busy'],
];

/** Undefined when the tool ended well. Rejects only when aborted. */
export async function runTool(
  run: RunTool,
  [file, ...args]: readonly [string, ...string[]],
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<WayFailure | undefined> {
  try {
    await run(file, args, options);
    return undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof ExecError)) throw error;
    if (error.code === 'not-found') return { why: 'not-here', words: error.message };
    if (error.code === 'not-allowed') return { why: 'not-allowed', words: error.message };
    const said = `${error.stderr}\n${error.stdout}`;
    const why = SAYINGS.find(([pattern]) => pattern.test(said))?.[1] ?? 'refused';
    return { why, words: firstLine(error.stderr) ?? error.message };
  }
}

function firstLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '');
}
