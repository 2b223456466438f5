/** Programs that a test uses where they are installed, and says so where they are not. */
import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';

/** `describe`, or one whose tests are counted as skipped when a program is not installed here. */
export function describeWith(program: string): typeof describe | typeof describe.skip {
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0;
  if (found) return describe;
  process.stderr.write(`${program} is not installed here: what it would check is skipped.\n`);
  return describe.skip;
}

/** Runs a program to its end; what it printed on both channels, and its exit code. */
export function output(program: string, args: readonly string[]): { code: number; text: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (error) throw error;
  return { code: status ?? -1, text: `${stdout}${stderr}` };
}
