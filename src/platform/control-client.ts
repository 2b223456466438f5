/** Asks the running service through its control socket. */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { ControlError, connectionError, type Refusal, refusedBy } from './control-error.ts';
import { refuseForeignFolder } from './socket-folder.ts';

export interface ControlQuestion {
  readonly method: 'GET' | 'POST';
  /** Path and query, e.g. `/show?card=ab12`. */
  readonly path: string;
  /** Sent as JSON when there is one. */
  readonly body?: unknown;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface StreamOptions {
  /** How long nothing at all may come; the service shows life every 5 s. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * One question, one answer.
 * @throws ControlError; the signal's reason when aborted
 */
export async function callControl(
  socketPath: string,
  question: ControlQuestion,
  { timeoutMs, signal }: CallOptions,
): Promise<unknown> {
  const limit = timeLimit(timeoutMs, signal);
  try {
    const response = await ask(socketPath, question, limit.signal);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return asJson(text);
  } catch (error) {
    throw worded(error, socketPath, { signal, limit });
  } finally {
    limit.clear();
  }
}

/**
 * One question, many answers: yields each line until the service has no more. Ending the loop early hangs up.
 * @throws ControlError; the signal's reason when aborted
 */
export async function* streamControl(
  socketPath: string,
  question: ControlQuestion,
  { idleTimeoutMs, signal }: StreamOptions,
): AsyncGenerator<unknown, void, undefined> {
  const limit = timeLimit(idleTimeoutMs, signal);
  try {
    const response = await ask(socketPath, question, limit.signal);
    let rest = '';
    for await (const chunk of response) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      yield* valuesIn(lines);
      // Only now, so that the time the reader took for the lines is not counted as silence.
      limit.restart();
    }
  } catch (error) {
    throw worded(error, socketPath, { signal, limit });
  } finally {
    limit.clear();
    limit.hangUp();
  }
}

/** Connects and sends; resolves with a response that is no refusal. */
async function ask(
  socketPath: string,
  { method, path, body }: ControlQuestion,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  await refuseForeignFolder(socketPath);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = httpRequest({ socketPath, method, path, headers, signal, agent: false });
    request.once('response', resolve);
    // More than one can come, and one without a listener would end the process.
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
  response.setEncoding('utf8');
  if (response.statusCode === 200) return response;
  let text = '';
  for await (const chunk of response) text += String(chunk);
  throw refusedBy(refusalIn(asJson(text)));
}

interface TimeLimit {
  readonly signal: AbortSignal;
  readonly hasPassed: () => boolean;
  restart(): void;
  clear(): void;
  hangUp(): void;
}

function timeLimit(ms: number, outer: AbortSignal): TimeLimit {
  const own = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    own.abort();
  }, ms);
  return {
    signal: AbortSignal.any([own.signal, outer]),
    hasPassed: () => passed,
    restart: () => void timer.refresh(),
    clear: () => clearTimeout(timer),
    hangUp: () => own.abort(),
  };
}

function worded(
  error: unknown,
  socketPath: string,
  { signal, limit }: { readonly signal: AbortSignal; readonly limit: TimeLimit },
): unknown {
  if (signal.aborted) return signal.reason;
  if (limit.hasPassed()) {
    return new ControlError(
      'timeout',
      'The service did not answer in time.',
      'It may be stuck on a drive or busy: look at its log, and restart it if it stays silent.',
      { cause: error },
    );
  }
  return error instanceof ControlError ? error : connectionError(error, socketPath);
}

function asJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw connectionError(cause, '');
  }
}

function* valuesIn(lines: readonly string[]): Generator<unknown, void, undefined> {
  for (const line of lines) if (line !== '') yield lineOf(asJson(line));
}

function lineOf(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    if ('line' in value) return value.line;
    if ('error' in value) throw refusedBy(refusalIn(value));
  }
  throw connectionError(undefined, '');
}

function refusalIn(value: unknown): Refusal {
  const error = typeof value === 'object' && value !== null && 'error' in value ? value.error : {};
  const text = (name: string): string | undefined => {
    const found: unknown =
      typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  return {
    code: text('code') ?? 'unknown',
    sentence: text('sentence') ?? 'The service said no without saying why.',
    hint: text('hint') ?? 'Command and service may be of different versions: restart the service.',
  };
}
