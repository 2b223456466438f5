/** The service's door for its own commands: small JSON questions over HTTP on a socket that only its user may open. */
import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { RoomError } from '../core/room-error.ts';
import { ControlError, type Refusal } from './control-error.ts';
import { leaveSocketFolder, makeSocketFolder } from './socket-folder.ts';

export interface ControlRequest {
  readonly query: URLSearchParams;
  /** The JSON that came with the request; undefined when there was none. */
  readonly body: unknown;
  /** Aborted when whoever asked is gone, and when the service closes. */
  readonly signal: AbortSignal;
}

export type ControlReply =
  | { readonly kind: 'answer'; readonly body: unknown }
  /** One JSON value a line, for as long as it takes. Must end when the request's signal is aborted. */
  | { readonly kind: 'lines'; readonly lines: AsyncIterable<unknown> };

/** Answers one kind of question. A RoomError it throws is told to the one who asked; any other only to `onError`. */
export type ControlHandler = (request: ControlRequest) => Promise<ControlReply>;

/** By method and path: `GET /status`, `POST /offload`. */
export type ControlRoutes = Readonly<Record<string, ControlHandler>>;

export interface ServeOptions {
  /** Told about every failure that is not a RoomError. Must not throw. */
  onError(error: unknown): void;
}

export interface ControlServer {
  /** Ends all requests, frees the path. May be called again. */
  close(): Promise<void>;
}

/** How often a silent stream shows that it is alive. Well below the idle limit of those who wait. */
export const KEEP_ALIVE_MS = 5_000;
const MAX_BODY_BYTES = 1024 * 1024;
const READ_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 2_000;

/**
 * Listens. What is left of a service that died is replaced; that two services do not start at once is for the
 * process lock to see to.
 * @throws ControlError `in-use` when a service answers there already, `refused` when the folder is not ours
 */
export async function serveControl(
  socketPath: string,
  routes: ControlRoutes,
  options: ServeOptions,
): Promise<ControlServer> {
  await makeSocketFolder(socketPath);
  if (await answers(socketPath)) {
    throw new ControlError(
      'in-use',
      `A service is already listening at ${socketPath}.`,
      'Only one service can use a state folder: stop the other one first.',
    );
  }
  const closing = new AbortController();
  const server = createServer((request, response) => {
    void respond(request, response, { routes, options, closing: closing.signal });
  });
  server.headersTimeout = READ_TIMEOUT_MS;
  server.requestTimeout = READ_TIMEOUT_MS;
  const inode = await listenPrivately(server, socketPath);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing.abort(new Error('the service is closing'));
    await freePath(socketPath, inode);
    await leaveSocketFolder(socketPath);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return {
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** Opens the socket in a closed folder and moves it into place, so that there is no moment in which others may use it. */
async function listenPrivately(server: Server, socketPath: string): Promise<number> {
  const folder = await mkdtemp(join(dirname(socketPath), '.c-'));
  try {
    const path = join(folder, 's');
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    await chmod(path, 0o600);
    const { ino } = await lstat(path);
    await rename(path, socketPath);
    return ino;
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes our socket, but not one that a later service has put there. */
async function freePath(socketPath: string, inode: number): Promise<void> {
  try {
    if ((await lstat(socketPath)).ino === inode) await unlink(socketPath);
  } catch {
    // Gone already: that is what we want.
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const settle = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

interface Serving {
  readonly routes: ControlRoutes;
  readonly options: ServeOptions;
  readonly closing: AbortSignal;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('whoever asked is gone')));
  response.on('error', () => gone.abort(new Error('whoever asked is gone')));
  const signal = AbortSignal.any([gone.signal, serving.closing]);
  try {
    const url = new URL(request.url ?? '/', 'http://safelight');
    const name = `${request.method ?? 'GET'} ${url.pathname}`;
    const handler = Object.hasOwn(serving.routes, name) ? serving.routes[name] : undefined;
    if (handler === undefined) {
      const hint = 'Command and service may be of different versions: restart the service.';
      const refusal = { code: 'unknown-question', sentence: `The service knows no ${name}.`, hint };
      return sendRefusal(response, 404, refusal);
    }
    const body = await readBody(request);
    const reply = await handler({ query: url.searchParams, body, signal });
    if (reply.kind === 'answer') return sendJson(response, 200, reply.body);
    await sendLines(response, reply.lines, signal);
  } catch (error) {
    if (signal.aborted) return void response.destroy();
    const refusal = refusalOf(error, serving.options);
    if (response.headersSent) return void response.end(`${JSON.stringify({ error: refusal })}\n`);
    sendRefusal(response, error instanceof RoomError ? 422 : 500, refusal);
  }
}

function refusalOf(error: unknown, options: ServeOptions): Refusal {
  if (error instanceof RoomError) {
    return { code: String(error.code), sentence: error.message, hint: error.hint };
  }
  options.onError(error);
  return {
    code: 'internal',
    sentence: 'Something unexpected went wrong in the service.',
    hint: 'Its log has the details; nothing is marked safe because of it.',
  };
}

function sendRefusal(response: ServerResponse, status: number, refusal: Refusal): void {
  sendJson(response, status, { error: refusal });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body) ?? 'null');
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes: Buffer = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw badQuestion('The question is too long.');
    chunks.push(bytes);
  }
  if (size === 0) return undefined;
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return body;
  } catch {
    throw badQuestion('The question is not JSON.');
  }
}

function badQuestion(sentence: string): ControlError {
  return new ControlError('refused', sentence, 'This is a fault of the command, not of yours.');
}

/** Each line is `{"line": value}`; a failure on the way is the last line, `{"error": …}`. Empty lines show life. */
async function sendLines(
  response: ServerResponse,
  lines: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const life = setInterval(() => response.write('\n'), KEEP_ALIVE_MS);
  life.unref();
  try {
    for await (const line of lines) {
      signal.throwIfAborted();
      const more = response.write(`${JSON.stringify({ line })}\n`);
      if (!more) await drained(response, signal);
    }
    // Lines that ended because of us must not look as if there were no more.
    signal.throwIfAborted();
    response.end();
  } finally {
    clearInterval(life);
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      response.removeListener('drain', onDrain);
      reject(signal.reason);
    };
    const onDrain = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    response.once('drain', onDrain);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
