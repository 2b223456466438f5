/** The service's end of the child process: one request at a time, within limits, and a new child after each crash. */
import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { PreviewError } from './preview-error.ts';
import { asWord, type ChildReply, type ChildRequest, type ChildWord } from './sheet-messages.ts';

export interface ChildLimits {
  /** How long one request may take. */
  readonly requestMs: number;
  /** Resident memory beyond which the child is ended. */
  readonly maxRssBytes: number;
}

export interface ChildLink {
  /**
   * @throws PreviewError when the child crashed or met a limit; the next request gets a new child
   * @throws the signal's reason when aborted
   */
  ask(request: ChildRequest, signal: AbortSignal): Promise<ChildReply>;
  /** Ends the child. */
  close(): void;
}

/** Half of what JavaScript gets by itself; pictures are not in it. */
const HEAP_MIB = 128;
/** The least priority but four, so that a copy in progress does not notice. */
const NICE = 15;
const MAX_COMPLAINT = 2_000;

export function openChildLink(program: URL, limits: ChildLimits): ChildLink {
  let child: ChildProcess | undefined;
  const close = (): void => {
    child?.kill('SIGKILL');
    child = undefined;
  };
  return {
    close,
    async ask(request, signal) {
      signal.throwIfAborted();
      try {
        if (child === undefined || !isAlive(child)) {
          child = start(program);
          await started(child, { limits, signal });
        }
        return await answerOf(child, request, { limits, signal });
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.connected && child.exitCode === null && child.signalCode === null;
}

const isAnything = (word: ChildWord): word is ChildWord => word !== undefined;
const isAnswer = (word: ChildWord): word is ChildReply => word.kind !== 'memory';

/** Its first word. A child that cannot even start must not be blamed on a picture. */
async function started(child: ChildProcess, bounds: Bounds): Promise<void> {
  try {
    await wordOf(child, bounds, isAnything);
  } catch (cause) {
    bounds.signal.throwIfAborted();
    throw new PreviewError('failed', 'The preview process does not start.', { cause });
  }
}

async function answerOf(
  child: ChildProcess,
  request: ChildRequest,
  bounds: Bounds,
): Promise<ChildReply> {
  const answer = wordOf(child, bounds, isAnswer);
  child.send(request, () => {
    // When it cannot be sent the child has ended, and that is told by its end.
  });
  return answer;
}

function start(program: URL): ChildProcess {
  const child = fork(program, {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    env: childEnv(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // An error between two requests, to which nobody listened, would end the service.
  child.on('error', () => {});
  child.unref();
  child.channel?.unref();
  try {
    // Before it has made any thread: on Linux threads inherit it, and later ones would be too late.
    if (child.pid !== undefined) setPriority(child.pid, NICE);
  } catch {
    // It has ended already; the first request will tell.
  }
  return child;
}

/** Nothing of our own settings or secrets; what fonts and temporary files need. */
function childEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'XDG_CACHE_HOME', 'FONTCONFIG_PATH'];
  const kept = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  // glibc keeps a pool of memory for each thread otherwise.
  return { ...Object.fromEntries(kept), MALLOC_ARENA_MAX: '2' };
}

interface Bounds {
  readonly limits: ChildLimits;
  readonly signal: AbortSignal;
}

/** Waits for something that the child says, as long as it keeps within its limits. */
function wordOf<T extends ChildWord>(
  child: ChildProcess,
  { limits, signal }: Bounds,
  isWanted: (word: ChildWord) => word is T,
): Promise<T> {
  const over = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let complaint = '';
    const complained = (chunk: Buffer): void => {
      complaint = (complaint + chunk.toString()).slice(-MAX_COMPLAINT);
    };
    const ended = (code: number | null, by: NodeJS.Signals | null): void => {
      const how = by ?? `code ${code}`;
      reject(
        new PreviewError('crashed', `The preview process ended (${how}). ${complaint}`.trim()),
      );
    };
    const failed = (cause: Error): void => {
      reject(new PreviewError('crashed', 'The preview process cannot be used.', { cause }));
    };
    const told = (message: unknown): void => {
      const word = asWord(message);
      if (word === undefined) return;
      if (word.kind === 'memory' && word.bytes > limits.maxRssBytes) reject(tooLarge(word.bytes));
      else if (isWanted(word)) resolve(word);
    };
    const limit = setTimeout(() => reject(tooSlow(limits.requestMs)), limits.requestMs);
    const aborted = (): void => reject(signal.reason);
    child.stderr?.on('data', complained);
    child.on('exit', ended).on('message', told).on('error', failed);
    signal.addEventListener('abort', aborted);
    over.signal.addEventListener('abort', () => {
      clearTimeout(limit);
      child.stderr?.off('data', complained);
      child.off('exit', ended).off('message', told).off('error', failed);
      signal.removeEventListener('abort', aborted);
    });
  }).finally(() => over.abort());
}

function tooSlow(requestMs: number): PreviewError {
  return new PreviewError('too-slow', `A preview took longer than ${requestMs / 1000} s.`);
}

function tooLarge(bytes: number): PreviewError {
  const mib = Math.round(bytes / 1024 / 1024);
  return new PreviewError('too-large', `A preview needed ${mib} MiB of memory.`);
}
