/**
 * STUB. Puts Amazon's additional checksums in front of a real S3 server that lacks them.
 *
 * No server that can be installed here knows these headers. This one was written from Amazon's documentation and
 * tests our code against that reading of it; it proves nothing about Amazon. It knows XXHASH64 and CRC64NVME,
 * refuses a wrong value, remembers right ones and answers HEAD and GET with them when asked by
 * `x-amz-checksum-mode`. Like Amazon it gives every new object a CRC64NVME when the client sent nothing. Multipart
 * uploads are CRC64NVME over the whole object. No chunked trailers; parts are kept in memory.
 */
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createCRC64, xxhash64 } from 'hash-wasm';
import { listenAnywhere } from './free-port.ts';

type Algorithm = 'xxhash64' | 'crc64nvme';
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

interface Known {
  readonly algorithm: Algorithm;
  readonly value: string;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly claimed: Known | undefined;
}

export interface AmazonChecksumStub {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts the stub in front of `target`, e.g. http://127.0.0.1:7480. */
export async function startAmazonChecksumStub(target: string): Promise<AmazonChecksumStub> {
  const stub = new Stub(new URL(target));
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    stub.handle(request, response).catch(() => response.socket?.destroy());
  };
  const server = createServer(handle);
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    handle(request, response);
  });
  const port = await listenAnywhere(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

class Stub {
  readonly #target: URL;
  readonly #objects = new Map<string, Known>();
  readonly #uploads = new Map<string, Map<number, Buffer>>();

  constructor(target: URL) {
    this.#target = target;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', 'http://stub');
    const asked: Asked = { request, url, body, claimed: claimOf(request.headers) };
    const { method } = request;
    if (method === 'PUT' && isKey(url)) return this.#put(asked, response);
    if (method === 'POST' && url.searchParams.has('uploads')) return this.#begin(asked, response);
    if (method === 'POST' && url.searchParams.has('uploadId')) return this.#end(asked, response);
    return this.#read(asked, response);
  }

  async #put(asked: Asked, response: ServerResponse): Promise<void> {
    const { claimed, body, url } = asked;
    if (claimed !== undefined && (await digestOf(claimed.algorithm, body)) !== claimed.value) {
      return refuse(response, 'BadDigest');
    }
    const reply = await this.#forward(asked);
    if (reply.status === 200) {
      const parts = this.#uploads.get(url.searchParams.get('uploadId') ?? '');
      if (parts !== undefined) parts.set(Number(url.searchParams.get('partNumber')), body);
      else this.#objects.set(url.pathname, claimed ?? (await crc64nvmeOf(body)));
    }
    giveBack(response, reply);
  }

  async #begin(asked: Asked, response: ServerResponse): Promise<void> {
    const reply = await this.#forward(asked);
    const id = /<UploadId>([^<]+)</.exec(reply.body.toString())?.[1];
    if (id !== undefined) this.#uploads.set(id, new Map());
    giveBack(response, reply);
  }

  async #end(asked: Asked, response: ServerResponse): Promise<void> {
    const { url, body, claimed, request } = asked;
    const id = url.searchParams.get('uploadId') ?? '';
    const parts = this.#uploads.get(id);
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)/g)].map((m) => Number(m[1]));
    const whole = Buffer.concat(named.map((n) => parts?.get(n) ?? Buffer.alloc(0)));
    const known = await crc64nvmeOf(whole);
    if (claimed !== undefined && claimed.value !== known.value) {
      return refuse(response, 'BadDigest');
    }
    const size = request.headers['x-amz-mp-object-size'];
    if (size !== undefined && Number(size) !== whole.length) {
      return refuse(response, 'InvalidRequest');
    }
    const reply = await this.#forward(asked);
    if (reply.status === 200) {
      this.#objects.set(url.pathname, known);
      this.#uploads.delete(id);
    }
    giveBack(response, reply);
  }

  async #read(asked: Asked, response: ServerResponse): Promise<void> {
    const { request, url } = asked;
    const reply = await this.#forward(asked);
    const known = this.#objects.get(url.pathname);
    const wanted = request.headers['x-amz-checksum-mode'] === 'ENABLED';
    if (reply.status !== 200 || known === undefined || !wanted) return giveBack(response, reply);
    giveBack(response, {
      ...reply,
      headers: {
        ...reply.headers,
        [`x-amz-checksum-${known.algorithm}`]: known.value,
        'x-amz-checksum-type': 'FULL_OBJECT',
      },
    });
  }

  #forward({ request, body }: Asked): Promise<Reply> {
    const headers = { ...request.headers };
    delete headers.expect;
    return new Promise((resolve, reject) => {
      const onward = httpRequest(
        {
          host: this.#target.hostname,
          port: this.#target.port,
          method: request.method,
          path: request.url,
          headers,
          setHost: false,
          agent: false,
        },
        (reply) => {
          bodyOf(reply).then(
            (bytes) =>
              resolve({ status: reply.statusCode ?? 502, headers: reply.headers, body: bytes }),
            reject,
          );
        },
      );
      onward.on('error', reject);
      onward.end(body);
    });
  }
}

/** Whether the path names an object: /bucket/key. */
function isKey(url: URL): boolean {
  return url.pathname.split('/').length > 2 && url.pathname.split('/')[2] !== '';
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function claimOf(headers: IncomingHttpHeaders): Known | undefined {
  for (const algorithm of ['xxhash64', 'crc64nvme'] as const) {
    const value = headers[`x-amz-checksum-${algorithm}`];
    if (typeof value === 'string') return { algorithm, value };
  }
  return undefined;
}

async function crc64nvmeOf(bytes: Buffer): Promise<Known> {
  return { algorithm: 'crc64nvme', value: await digestOf('crc64nvme', bytes) };
}

async function digestOf(algorithm: Algorithm, bytes: Buffer): Promise<string> {
  if (algorithm === 'xxhash64') return base64Of(await xxhash64(bytes));
  const crc = await createCRC64(CRC64NVME_POLYNOMIAL);
  return base64Of(crc.init().update(bytes).digest('hex'));
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function refuse(response: ServerResponse, code: string): void {
  response.writeHead(400, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>stub</Message></Error>`);
}

function giveBack(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
}
