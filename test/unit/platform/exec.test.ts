import { expect, it } from '@jest/globals';
import { ExecError, type ExecOptions, runProgram } from '../../../src/platform/exec.ts';

const NODE = process.execPath;
const never = new AbortController().signal;

function run(script: string, options: Partial<ExecOptions> = {}) {
  return runProgram(NODE, ['-e', script], { signal: never, timeoutMs: 20_000, ...options });
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the process is gone; the test's own time limit is the bound. */
async function gone(pid: number): Promise<boolean> {
  while (alive(pid)) await new Promise((resolve) => setImmediate(resolve));
  return true;
}

it('gives exit code and output', async () => {
  const result = await run("process.stdout.write('ä\\n'); process.stderr.write('b')");
  expect(result).toEqual({ exitCode: 0, stdout: 'ä\n', stderr: 'b' });
});

it('passes arguments as they are: no shell looks at them', async () => {
  const nasty = '$(touch x); `id` "\' * \\ &';
  const { stdout } = await runProgram(
    NODE,
    ['-e', 'process.stdout.write(process.argv[1])', nasty],
    {
      signal: never,
      timeoutMs: 20_000,
    },
  );
  expect(stdout).toBe(nasty);
});

it('writes the input and closes it', async () => {
  const { stdout } = await run('process.stdin.pipe(process.stdout)', { input: 'card' });
  expect(stdout).toBe('card');
});

it('takes an exit code that is an answer for an answer, any other for a failure', async () => {
  const answered = await run('process.exitCode = 3', { answerCodes: [0, 3] });
  expect(answered.exitCode).toBe(3);
  const error = await failure(run("console.error('no such disk'); process.exitCode = 3"));
  expect(error).toBeInstanceOf(ExecError);
  expect(error).toMatchObject({ code: 'failed', exitCode: 3, stderr: 'no such disk\n' });
  expect((error as ExecError).message).toContain('no such disk');
});

it('says when a program is not installed', async () => {
  const options = { signal: never, timeoutMs: 20_000 };
  const error = await failure(runProgram('safelight-no-such-program', [], options));
  expect(error).toMatchObject({ code: 'not-found' });
  expect((error as ExecError).hint).toContain('Install');
});

it('says when arguments cannot be passed at all', async () => {
  const options = { signal: never, timeoutMs: 20_000 };
  expect(await failure(runProgram(NODE, ['a\0b'], options))).toMatchObject({ code: 'failed' });
});

it('ends a program that says too much', async () => {
  const error = await failure(
    run("setInterval(() => process.stdout.write('x'.repeat(1000)), 1)", { maxOutputBytes: 5000 }),
  );
  expect(error).toMatchObject({ code: 'output-limit' });
});

it('ends a program that takes too long, and its children', async () => {
  const script = 'sleep 1000 & echo $$ $!; wait';
  const options = { signal: never, timeoutMs: 2000 };
  const error = await failure(runProgram('sh', ['-c', script], options));
  expect(error).toMatchObject({ code: 'timeout' });
  const pids = (error as ExecError).stdout.trim().split(' ').map(Number);
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(await gone(pid)).toBe(true);
});

it('rejects with the reason of the abort, at once even for a program that ignores SIGTERM', async () => {
  const stop = new AbortController();
  const reason = new Error('going home');
  const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
  const running = failure(run(script, { signal: stop.signal }));
  stop.abort(reason);
  expect(await running).toBe(reason);
  expect(await failure(run('', { signal: stop.signal }))).toBe(reason);
});
