/** Commands and service talk through a socket: what arrives, who may, and what is said when it does not work. */
import { chmod, lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RoomError } from '../../../src/core/room-error.ts';
import { callControl, streamControl } from '../../../src/platform/control-client.ts';
import { ControlError } from '../../../src/platform/control-error.ts';
import {
  type ControlRoutes,
  type ControlServer,
  serveControl,
} from '../../../src/platform/control-socket.ts';

class CardError extends RoomError<'not-a-card'> {}

let folder: string;
let socketPath: string;
const closers: (() => Promise<unknown>)[] = [];
const unexpected: unknown[] = [];
const patient = { timeoutMs: 10_000, signal: new AbortController().signal };
const patientStream = { idleTimeoutMs: 10_000, signal: patient.signal };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-control-'));
  socketPath = join(folder, 'control.sock');
  unexpected.length = 0;
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(routes: ControlRoutes): Promise<ControlServer> {
  const server = await serveControl(socketPath, routes, {
    onError: (error) => void unexpected.push(error),
  });
  closers.push(() => server.close());
  return server;
}

/** A listener that is no service: it does with each connection what it is told. */
async function listenRaw(answer: (text: string) => string | undefined): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const text = answer(data.toString());
      if (text !== undefined) socket.end(text);
    });
    closers.push(async () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return server;
}

async function failure(promise: Promise<unknown>): Promise<ControlError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ControlError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

async function all(lines: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const line of lines) out.push(line);
  return out;
}

describe('a question and its answer', () => {
  test('go both ways with all their letters', async () => {
    await serve({
      'POST /echo': async ({ body, query }) => ({
        kind: 'answer',
        body: { body, card: query.get('card') },
      }),
    });
    const body = { text: 'Größe „Ü“ 📷\n', list: [1, null, true] };
    const question = { method: 'POST', path: '/echo?card=a%20b', body } as const;
    expect(await callControl(socketPath, question, patient)).toEqual({ body, card: 'a b' });
  });

  test('without a body there is none', async () => {
    await serve({ 'GET /x': async ({ body }) => ({ kind: 'answer', body: body === undefined }) });
    expect(await callControl(socketPath, { method: 'GET', path: '/x' }, patient)).toBe(true);
  });

  test('a no of the service keeps its sentence, hint and code', async () => {
    await serve({
      'GET /x': async () => {
        throw new CardError('not-a-card', 'This is no card.', 'Name a card.');
      },
    });
    const error = await failure(callControl(socketPath, { method: 'GET', path: '/x' }, patient));
    expect(error).toMatchObject({
      code: 'refused',
      reply: 'not-a-card',
      message: 'This is no card.',
      hint: 'Name a card.',
    });
    expect(unexpected).toEqual([]);
  });

  test('an unexpected failure is told to the service, not to whoever asked', async () => {
    await serve({
      'GET /x': async () => {
        throw new Error('secret inner thing');
      },
    });
    const error = await failure(callControl(socketPath, { method: 'GET', path: '/x' }, patient));
    expect(error).toMatchObject({ code: 'refused', reply: 'internal' });
    expect(error.message).not.toContain('secret inner thing');
    expect(unexpected).toEqual([new Error('secret inner thing')]);
  });

  test.each(['/nothing', '/__proto__', '/constructor'])('nobody answers for %s', async (path) => {
    await serve({ 'GET /x': async () => ({ kind: 'answer', body: 1 }) });
    const error = await failure(callControl(socketPath, { method: 'GET', path }, patient));
    expect(error).toMatchObject({ code: 'refused', reply: 'unknown-question' });
  });
});

describe('a stream of lines', () => {
  const question = { method: 'GET', path: '/s' } as const;

  test('arrives line by line and in order, in whatever pieces', async () => {
    const sent = Array.from({ length: 2_000 }, (_, n) => ({ n, text: `Ü${'x'.repeat(n % 97)}\n` }));
    await serve({
      'GET /s': async () => ({
        kind: 'lines',
        lines: (async function* () {
          yield* sent;
        })(),
      }),
    });
    expect(await all(streamControl(socketPath, question, patientStream))).toEqual(sent);
  });

  test('each line arrives before the next is made', async () => {
    let release: (() => void) | undefined;
    await serve({
      'GET /s': async () => ({
        kind: 'lines',
        lines: (async function* () {
          yield 'first';
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          yield 'second';
        })(),
      }),
    });
    const lines = streamControl(socketPath, question, patientStream);
    expect(await lines.next()).toEqual({ done: false, value: 'first' });
    release?.();
    expect(await lines.next()).toEqual({ done: false, value: 'second' });
    expect(await lines.next()).toEqual({ done: true, value: undefined });
  });

  test('that fails on the way says so, after what came before', async () => {
    await serve({
      'GET /s': async () => ({
        kind: 'lines',
        lines: (async function* () {
          yield 1;
          throw new CardError('not-a-card', 'The card is gone.', 'Put it in again.');
        })(),
      }),
    });
    const got: unknown[] = [];
    const error = await failure(
      (async () => {
        for await (const line of streamControl(socketPath, question, patientStream)) got.push(line);
      })(),
    );
    expect(got).toEqual([1]);
    expect(error).toMatchObject({ reply: 'not-a-card', message: 'The card is gone.' });
  });

  test('that is cut off is broken, never finished', async () => {
    const server = await serve({
      'GET /s': async ({ signal }) => ({
        kind: 'lines',
        lines: (async function* () {
          yield 1;
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        })(),
      }),
    });
    const lines = streamControl(socketPath, question, patientStream);
    await lines.next();
    const next = failure(lines.next());
    await server.close();
    expect((await next).code).toBe('broken');
  });

  test('when the reader leaves, the maker is told', async () => {
    let told: (() => void) | undefined;
    const left = new Promise<void>((resolve) => {
      told = resolve;
    });
    await serve({
      'GET /s': async ({ signal }) => ({
        kind: 'lines',
        lines: (async function* () {
          yield 1;
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
          told?.();
        })(),
      }),
    });
    for await (const line of streamControl(socketPath, question, patientStream)) {
      expect(line).toBe(1);
      break;
    }
    await left;
    expect(unexpected).toEqual([]);
  });
});

describe('when there is no answer', () => {
  const question = { method: 'GET', path: '/x' } as const;

  test('nobody there: the service is not running', async () => {
    const error = await failure(callControl(socketPath, question, patient));
    expect(error).toMatchObject({ code: 'not-running', message: 'The service is not running.' });
    expect(error.hint).toMatch(/safelight daemon/);
    expect((await failure(all(streamControl(socketPath, question, patientStream)))).code).toBe(
      'not-running',
    );
  });

  test('a file where the socket should be: not running', async () => {
    await writeFile(socketPath, '');
    expect((await failure(callControl(socketPath, question, patient))).code).toBe('not-running');
  });

  test('silence: timeout', async () => {
    await serve({ 'GET /x': () => new Promise(() => {}) });
    const impatient = { timeoutMs: 1, signal: patient.signal };
    expect((await failure(callControl(socketPath, question, impatient))).code).toBe('timeout');
    const stream = streamControl(socketPath, question, {
      idleTimeoutMs: 1,
      signal: patient.signal,
    });
    expect((await failure(all(stream))).code).toBe('timeout');
  });

  test('aborted: the reason, not an error of ours', async () => {
    await serve({ 'GET /x': () => new Promise(() => {}) });
    const stop = new AbortController();
    const call = callControl(socketPath, question, { timeoutMs: 10_000, signal: stop.signal });
    await turn();
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  test.each([
    ['no HTTP', 'hello\n'],
    ['no JSON', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'],
    ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"a"'],
    ['nothing at all', ''],
  ])('%s: broken', async (_what, answer) => {
    await listenRaw(() => answer);
    expect((await failure(callControl(socketPath, question, patient))).code).toBe('broken');
  });

  test('a no without words is still a no', async () => {
    await listenRaw(() => 'HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\n{}');
    const error = await failure(callControl(socketPath, question, patient));
    expect(error).toMatchObject({ code: 'refused', reply: 'unknown' });
  });
});

describe('the socket', () => {
  const routes: ControlRoutes = { 'GET /x': async () => ({ kind: 'answer', body: 'first' }) };
  const question = { method: 'GET', path: '/x' } as const;

  test('is for its user alone, and nothing else is left in the folder', async () => {
    await serve(routes);
    const facts = await lstat(socketPath);
    expect(facts.isSocket()).toBe(true);
    expect(facts.mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['control.sock']);
  });

  test('makes a folder that is closed to others', async () => {
    socketPath = join(folder, 'deep', 'state', 'control.sock');
    await serve(routes);
    expect((await lstat(join(folder, 'deep', 'state'))).mode & 0o777).toBe(0o700);
  });

  test('of a service that died is replaced', async () => {
    const dead = await listenRaw(() => undefined);
    // Closing removes the path, which a crash does not: so it is out of the way meanwhile.
    await rename(socketPath, `${socketPath}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    await rename(`${socketPath}.kept`, socketPath);
    expect((await lstat(socketPath)).isSocket()).toBe(true);
    expect((await failure(callControl(socketPath, question, patient))).code).toBe('not-running');
    await serve(routes);
    expect(await callControl(socketPath, question, patient)).toBe('first');
  });

  test('of a living service is not taken from it', async () => {
    await serve(routes);
    expect((await failure(serve(routes))).code).toBe('in-use');
    expect(await callControl(socketPath, question, patient)).toBe('first');
  });

  test('is gone after closing, and closing twice is fine', async () => {
    const server = await serve(routes);
    await server.close();
    await server.close();
    expect(await readdir(folder)).toEqual([]);
    expect((await failure(callControl(socketPath, question, patient))).code).toBe('not-running');
  });

  test('of a later service is left alone by an earlier one that closes', async () => {
    const first = await serve(routes);
    await rm(socketPath);
    await serve({ 'GET /x': async () => ({ kind: 'answer', body: 'second' }) });
    await first.close();
    expect(await callControl(socketPath, question, patient)).toBe('second');
  });

  test('closing does not wait for those who wait for us', async () => {
    const server = await serve({ 'GET /x': () => new Promise(() => {}) });
    const call = failure(callControl(socketPath, question, patient));
    await turn();
    await server.close();
    expect(['broken', 'not-running']).toContain((await call).code);
  });
});

async function standIn(mode: number): Promise<void> {
  const inside = join(folder, 'safelight-0123456789abcdef');
  await mkdir(inside);
  await chmod(inside, mode);
  socketPath = join(inside, 'control.sock');
}

describe('the stand-in folder where everybody may write', () => {
  const question = { method: 'GET', path: '/x' } as const;

  test('is used when it is ours and closed', async () => {
    await standIn(0o700);
    await serve({ 'GET /x': async () => ({ kind: 'answer', body: 1 }) });
    expect(await callControl(socketPath, question, patient)).toBe(1);
  });

  test('goes with the service', async () => {
    await standIn(0o700);
    const server = await serve({});
    await server.close();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is refused when others can put a socket into it', async () => {
    await standIn(0o777);
    expect((await failure(callControl(socketPath, question, patient))).code).toBe('refused');
    expect((await failure(serve({}))).code).toBe('refused');
  });

  test('that is not there means not running', async () => {
    socketPath = join(folder, 'safelight-0123456789abcdef', 'control.sock');
    expect((await failure(callControl(socketPath, question, patient))).code).toBe('not-running');
  });
});
