/**
 * Stands between a client and an S3 server on loopback and injects faults: flipped bits, cut connections, lies.
 *
 * The Host header is handed on unchanged, so signed requests stay valid.
 */
import { createHash } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { listenAnywhere } from './free-port.ts';

/**
 * - `flip-request`, `flip-answer`: one bit of the body's byte `at` is turned over
 * - `cut-request`: the connection breaks after `at` bytes of the request's body
 * - `cut-answer`: the server does its work, then the connection breaks before the answer
 * - `cut-answer-body`: the connection breaks after `at` bytes of the answer's body
 * - `status`: answered without asking the server
 * - `lie`: the body is swallowed and answered with 200 and the right ETag; the server never hears of it
 * - `hang`: no answer, ever
 */
export type Fault =
  | { readonly kind: 'flip-request' | 'flip-answer'; readonly at: number }
  | { readonly kind: 'cut-request' | 'cut-answer-body'; readonly at: number }
  | { readonly kind: 'cut-answer' | 'lie' | 'hang' }
  | { readonly kind: 'status'; readonly status: number; readonly code: string };

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface FaultRule {
  readonly when: (request: ProxiedRequest) => boolean;
  readonly fault: Fault;
  /** How often it strikes; for ever when not given. */
  times?: number;
}

export interface LoggedRequest extends ProxiedRequest {
  readonly fault?: Fault['kind'];
  /** Bytes of the request's body that came through. */
  bytes: number;
  /** The server's status, when it was asked and answered. */
  status?: number;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** The first rule that fits is applied. Tests fill and empty it. */
  readonly rules: FaultRule[];
  readonly log: LoggedRequest[];
  close(): Promise<void>;
}

/** Starts a proxy in front of `target`, e.g. http://127.0.0.1:7480. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const rules: FaultRule[] = [];
  const log: LoggedRequest[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const facts = factsOf(request);
    const rule = rules.find((r) => (r.times ?? 1) > 0 && r.when(facts));
    if (rule?.times !== undefined) rule.times -= 1;
    const entry: LoggedRequest = {
      ...facts,
      bytes: 0,
      ...(rule === undefined ? {} : { fault: rule.fault.kind }),
    };
    log.push(entry);
    serve({ request, response, entry, target: new URL(target) }, rule?.fault);
  };
  const server = createServer(handle);
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    handle(request, response);
  });
  const port = await listenAnywhere(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    rules,
    log,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function factsOf(request: IncomingMessage): ProxiedRequest {
  return { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: LoggedRequest;
  readonly target: URL;
}

function serve(exchange: Exchange, fault: Fault | undefined): void {
  switch (fault?.kind) {
    case 'hang':
      exchange.request.resume();
      return;
    case 'status':
      answer(exchange, fault.status, errorBody(fault.code));
      return;
    case 'lie':
      lie(exchange);
      return;
    default:
      forward(exchange, fault);
  }
}

function errorBody(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>injected</Message></Error>`;
}

function answer({ request, response }: Exchange, status: number, body: string): void {
  request.resume();
  request.on('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(body);
  });
}

function lie({ request, response }: Exchange): void {
  const md5 = createHash('md5');
  request.on('data', (chunk: Buffer) => md5.update(chunk));
  request.on('end', () => {
    response.writeHead(200, { etag: `"${md5.digest('hex')}"` });
    response.end();
  });
}

function forward(exchange: Exchange, fault: Fault | undefined): void {
  const { request, response, entry, target } = exchange;
  const headers = { ...request.headers };
  delete headers.expect;
  const onward = httpRequest({
    host: target.hostname,
    port: target.port,
    method: entry.method,
    path: entry.url,
    headers,
    setHost: false,
    // A connection each: Swift closes one after an early refusal, and the next request would be cut by us.
    agent: false,
  });
  onward.on('error', () => {
    // After the answer's head only its body counts: Swift sends stray bytes after a HEAD that found nothing.
    if (!response.headersSent) response.socket?.destroy();
  });
  onward.on('response', (reply) => {
    if (reply.statusCode !== undefined) entry.status = reply.statusCode;
    giveBack(reply, response, fault);
  });
  request.on('data', (chunk: Buffer) => {
    if (fault?.kind === 'cut-request' && entry.bytes + chunk.length > fault.at) {
      onward.write(chunk.subarray(0, fault.at - entry.bytes));
      onward.destroy();
      request.socket.destroy();
      return;
    }
    const sent = fault?.kind === 'flip-request' ? flipped(chunk, fault.at - entry.bytes) : chunk;
    entry.bytes += chunk.length;
    if (onward.write(sent)) return;
    request.pause();
    onward.once('drain', () => request.resume());
  });
  request.on('end', () => onward.end());
  request.on('close', () => {
    if (!request.complete) onward.destroy();
  });
}

function giveBack(
  reply: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  if (fault?.kind === 'cut-answer') {
    reply.resume();
    reply.on('end', () => response.socket?.destroy());
    return;
  }
  response.writeHead(reply.statusCode ?? 502, reply.headers);
  let passed = 0;
  reply.on('data', (chunk: Buffer) => {
    if (fault?.kind === 'cut-answer-body' && passed + chunk.length > fault.at) {
      response.write(chunk.subarray(0, Math.max(0, fault.at - passed)), () => {
        response.socket?.destroy();
      });
      reply.destroy();
      return;
    }
    response.write(fault?.kind === 'flip-answer' ? flipped(chunk, fault.at - passed) : chunk);
    passed += chunk.length;
  });
  reply.on('end', () => response.end());
  reply.on('error', () => response.socket?.destroy());
}

function flipped(chunk: Buffer, at: number): Buffer {
  if (at < 0 || at >= chunk.length) return chunk;
  const copy = Buffer.from(chunk);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
