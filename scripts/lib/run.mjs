/** Runs other programs for the scripts: by argv, never by a shell, with a time limit. */
import { execFile } from 'node:child_process';

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ timeoutMs?: number, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, out: string, err: string }>} whatever the exit code; rejects only when the
 *   program cannot be started or takes too long
 */
export function run(program, args, { timeoutMs = 30_000, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, env, maxBuffer: 64 << 20 };
    execFile(program, args, options, (error, out, err) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: error ? error.code : 0, out, err });
    });
  });
}

/** Like `run`, but a code other than 0 is an error with what the program said. */
export async function must(program, args, options) {
  const { code, out, err } = await run(program, args, options);
  if (code === 0) return out;
  throw new Error(`${program} ended with ${code}: ${err.trim() || out.trim()}`);
}
