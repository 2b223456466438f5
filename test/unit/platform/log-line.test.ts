import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { RoomError } from '../../../src/core/room-error.ts';
import { type LogEvent, logLine } from '../../../src/platform/log-line.ts';
import { withoutSecrets, withoutSecretText } from '../../../src/platform/without-secrets.ts';

class TroubleError extends RoomError<'full'> {}

function event(message: string, facts: Record<string, unknown> = {}): LogEvent {
  return { level: 'warn', message, facts, at: Date.UTC(2026, 10, 24, 22, 14, 5) };
}

describe('a log line', () => {
  it('is a JSON object with time, level, message and facts', () => {
    expect(JSON.parse(logLine('json', event('drive is full', { card: 'A003', files: 2 })))).toEqual(
      {
        time: '2026-11-24T22:14:05.000Z',
        level: 'warn',
        message: 'drive is full',
        card: 'A003',
        files: 2,
      },
    );
  });

  test.each([
    ['error', '<3>'],
    ['warn', '<4>'],
    ['info', '<6>'],
    ['debug', '<7>'],
  ] as const)('carries for the journal the priority of %s', (level, priority) => {
    const line = logLine('journal', { ...event('x'), level });
    expect(line.slice(0, 3)).toBe(priority);
    expect(JSON.parse(line.slice(3))).toMatchObject({ level, message: 'x' });
  });

  it('is words and facts at a terminal', () => {
    const line = logLine('terminal', event('drive is full', { drive: 'backup', why: 'no space' }));
    expect(line).toMatch(/^\d\d:\d\d:\d\d warn {2}drive is full drive=backup why="no space"$/);
  });

  it('is not moved by facts that have the names of its own fields', () => {
    const facts = { level: 'info', message: 'all fine', time: 'never' };
    expect(JSON.parse(logLine('json', event('drive is full', facts)))).toMatchObject({
      level: 'warn',
      message: 'drive is full',
      time: '2026-11-24T22:14:05.000Z',
    });
  });

  it('is one line without terminal commands, whatever the card is called', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('json', 'journal', 'terminal'),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (shape, message, label) => {
          const line = logLine(shape, event(`${message}\n\u001b[2J`, { label }));
          // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
          return !/[\u0000-\u001f]/.test(line);
        },
      ),
    );
  });
});

describe('secrets', () => {
  test.each([
    'secretAccessKey',
    'accessKeyId',
    'password',
    'token',
    'Authorization',
    'api_key',
    'set-cookie',
    'private-key',
    'sessionToken',
    'passphrase',
    'credentials',
  ])('a fact named %s is not told', (name) => {
    expect(JSON.stringify(withoutSecrets({ deep: [{ [name]: 'hunter2' }] }))).not.toContain(
      'hunter2',
    );
  });

  test.each(['key', 'card', 'secretAccessKeyFile', 'tokenPath', 'place'])(
    'a fact named %s is told',
    (name) => {
      expect(withoutSecrets({ [name]: 'hunter2' })).toEqual({ [name]: 'hunter2' });
    },
  );

  test.each([
    ['https://me:hunter2@host/x', 'https://[redacted]@host/x'],
    ['GET /o?X-Amz-Signature=hunter2&a=1', 'GET /o?X-Amz-Signature=[redacted]&a=1'],
    ['authorization Bearer hunter2hunter2', 'authorization Bearer [redacted]'],
  ])('in the text %s they are taken out', (text, left) => {
    expect(withoutSecretText(text)).toBe(left);
  });

  it('a plain address stays as it is', () => {
    const text = 'https://s3.eu-central-003.example/bucket/key?list-type=2';
    expect(withoutSecretText(text)).toBe(text);
  });

  it('in an error and its cause they are taken out too', () => {
    const cause = new Error('refused by https://me:hunter2@host/');
    const told = JSON.stringify(withoutSecrets({ error: new Error('no answer', { cause }) }));
    expect(told).not.toContain('hunter2');
    expect(told).toContain('refused by');
  });
});

describe('facts', () => {
  it('of a foreseen error are code and hint, without a stack', () => {
    const error = new TroubleError('full', 'The drive is full.', 'Free some space.');
    expect(withoutSecrets({ error })['error']).toEqual({
      name: 'Error',
      code: 'full',
      message: 'The drive is full.',
      hint: 'Free some space.',
    });
  });

  it('of any other error are the stack as well', () => {
    expect(withoutSecrets({ error: new Error('boom') })['error']).toHaveProperty('stack');
  });

  it('of many errors at once are all of them', () => {
    const error = new AggregateError([new Error('one'), new Error('two')], 'both failed');
    expect(JSON.stringify(withoutSecrets({ error }))).toMatch(/one.*two/);
  });

  it('may be circles, deep, long, binary or numbers beyond JSON', () => {
    const circle: Record<string, unknown> = { n: 1n, nan: Number.NaN, bytes: new Uint8Array(3) };
    circle['again'] = circle;
    circle['list'] = Array.from({ length: 60 }, (_, i) => i);
    circle['map'] = new Map([['a', new Set([1])]]);
    circle['a'] = { b: { c: { d: { e: { f: { g: 1 } } } } } };
    const told = JSON.parse(JSON.stringify(withoutSecrets({ circle })));
    expect(told.circle).toMatchObject({
      n: '1',
      nan: 'NaN',
      bytes: '[3 bytes]',
      again: '[circle]',
      map: { a: [1] },
    });
    expect(told.circle.list.at(-1)).toBe('[10 more]');
    expect(JSON.stringify(told)).toContain('[deep]');
  });

  it('of any kind can be told', () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: true, withDate: true, withMap: true }), (facts) => {
        expect(() => JSON.parse(logLine('json', event('x', facts)))).not.toThrow();
      }),
    );
  });
});
