/** Does, or only tells, the steps of installing and removing a service. Doing them again changes nothing. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExecError, type runProgram } from '../platform/exec.ts';

export type Step =
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly mode: number;
    }
  | { readonly kind: 'remove'; readonly path: string }
  | {
      readonly kind: 'run';
      readonly argv: readonly [string, ...string[]];
      /** Whether the service cannot be had without it. */
      readonly needed: boolean;
    }
  | { readonly kind: 'say'; readonly sentence: string };

export interface Performed {
  /** What was done, or would be, one line each. */
  readonly done: readonly string[];
  /** Why it was broken off. */
  readonly failure?: { readonly sentence: string; readonly hint: string };
}

export interface Performing {
  readonly dryRun: boolean;
  readonly run: typeof runProgram;
  readonly signal: AbortSignal;
}

/** A service that stops in order may take its time. */
const TIMEOUT_MS = 90_000;

export async function perform(steps: readonly Step[], how: Performing): Promise<Performed> {
  const done: string[] = [];
  for (const step of steps) {
    const told = await performOne(step, how);
    if (typeof told === 'object') return { done, failure: told };
    if (told !== '') done.push(told);
  }
  return { done };
}

type Failure = NonNullable<Performed['failure']>;

async function performOne(step: Step, how: Performing): Promise<string | Failure> {
  switch (step.kind) {
    case 'say':
      return step.sentence;
    case 'write':
      return write(step, how);
    case 'remove':
      return remove(step.path, how);
    default:
      return runStep(step, how);
  }
}

async function write(
  { path, content, mode }: Extract<Step, { kind: 'write' }>,
  { dryRun }: Performing,
): Promise<string> {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(Buffer.from(content)) === true) return '';
  if (dryRun) return `would write ${path}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, content);
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
  return `written: ${path}`;
}

async function remove(path: string, { dryRun }: Performing): Promise<string> {
  const there = await readFile(path).then(
    () => true,
    () => false,
  );
  if (!there) return '';
  if (dryRun) return `would remove ${path}`;
  await rm(path);
  return `removed: ${path}`;
}

async function runStep(
  { argv, needed }: Extract<Step, { kind: 'run' }>,
  { dryRun, run, signal }: Performing,
): Promise<string | Failure> {
  const line = argv.join(' ');
  if (dryRun) return `would run ${line}`;
  const [file, ...args] = argv;
  try {
    await run(file, args, { signal, timeoutMs: TIMEOUT_MS });
    return `run: ${line}`;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    if (!needed) return `not done (${error.message.replace(/\.$/, '')}): ${line}`;
    const sentence = `${error.message.replace(/\.$/, '')} (${line}).`;
    return { sentence, hint: hintFor(error) };
  }
}

function hintFor({ code, hint }: ExecError): string {
  return code === 'failed'
    ? 'What was written stays; "safelight service logs" may tell more, and it can be run again.'
    : hint;
}
