import { PassThrough } from 'node:stream';
import { describe, expect, it, test } from '@jest/globals';
import { makeLogger, shapeHere, silentLogger } from '../../../src/platform/logger.ts';

async function linesOf(
  options: Parameters<typeof makeLogger>[0],
  talk: (log: Awaited<ReturnType<typeof makeLogger>>) => void,
) {
  const sink = new PassThrough();
  talk(await makeLogger({ ...options, sink }));
  const bytes: unknown = sink.read();
  return (Buffer.isBuffer(bytes) ? bytes.toString() : '').split('\n').filter((line) => line !== '');
}

describe('the logger', () => {
  it('writes one line per event', async () => {
    const lines = await linesOf({ shape: 'json' }, (log) => {
      log.error('a', { card: 'A003' });
      log.warn('b');
      log.info('c');
    });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', message: 'a', card: 'A003' },
      { level: 'warn', message: 'b' },
      { level: 'info', message: 'c' },
    ]);
  });

  test.each([
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ] as const)('at level %s writes %i of four', async (level, count) => {
    const lines = await linesOf({ shape: 'json', level }, (log) => {
      log.error('x');
      log.warn('x');
      log.info('x');
      log.debug('x');
    });
    expect(lines).toHaveLength(count);
  });

  it('says the message even when its facts cannot be looked at', async () => {
    const facts = {
      get trap(): string {
        throw new Error('boom');
      },
    };
    const lines = await linesOf({ shape: 'json' }, (log) => log.warn('drive is full', facts));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ message: 'drive is full' }]);
  });

  it('can be silent', () => {
    expect(() => silentLogger.error('x', { a: 1 })).not.toThrow();
  });
});

describe('the shape of lines', () => {
  test.each([
    [{}, false, 'json'],
    [{ JOURNAL_STREAM: '8:12345' }, false, 'journal'],
    [{ JOURNAL_STREAM: '8:12345' }, true, 'terminal'],
    [{}, true, 'terminal'],
  ] as const)('with %j and a terminal %s is %s', (env, isTerminal, shape) => {
    expect(shapeHere(env, isTerminal)).toBe(shape);
  });
});
