/** The real streams: colours only where a person looks, no failure when the reader leaves, progress that stays out of the way. */
import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { type OutStream, standardIo } from '../../../src/cli/cli-io.ts';
import { ProgressTalk } from '../../../src/cli/progress-talk.ts';
import type { OffloadStep } from '../../../src/cli/services.ts';
import { HOLD } from './support.ts';

const signal = new AbortController().signal;

function terminal(): OutStream {
  return Object.assign(new PassThrough(), { isTTY: true });
}

describe('colour', () => {
  test.each([
    ['a terminal', terminal(), {}, true],
    ['a pipe', new PassThrough(), {}, false],
    ['NO_COLOR', terminal(), { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which is none', terminal(), { NO_COLOR: '' }, true],
    ['a dumb terminal', terminal(), { TERM: 'dumb' }, false],
  ])('%s', (_what, stdout, env, colour) => {
    expect(standardIo({ stdout, stderr: terminal(), env, signal }).colour).toBe(colour);
  });

  test('of data does not depend on where the talk goes', () => {
    const io = standardIo({ stdout: new PassThrough(), stderr: terminal(), env: {}, signal });
    expect([io.colour, io.liveTalk]).toEqual([false, true]);
  });
});

describe('writing', () => {
  test('waits for a slow reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 8 });
    const io = standardIo({ stdout, stderr: new PassThrough(), env: {}, signal });
    let written = false;
    const writing = io.out('0123456789').then(() => void (written = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(false);
    stdout.resume();
    await writing;
    expect(written).toBe(true);
  });

  test('goes on quietly when the reader has left, as in "| head"', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
      highWaterMark: 1,
    });
    const io = standardIo({ stdout, stderr: new PassThrough(), env: {}, signal });
    await io.out('one');
    await io.out('two');
    expect(stdout.destroyed).toBe(true);
  });

  test('leaves no listeners behind', async () => {
    const stdout = new PassThrough({ highWaterMark: 1 });
    stdout.resume();
    const before = EventEmitter.listenerCount(stdout, 'close');
    const io = standardIo({ stdout, stderr: new PassThrough(), env: {}, signal });
    for (let i = 0; i < 20; i += 1) await io.out('text');
    expect(EventEmitter.listenerCount(stdout, 'close')).toBe(before);
  });
});

const step = (bytesDone: number, phase: 'copying' | 'uploading' = 'copying'): OffloadStep => ({
  card: HOLD,
  inFlight: {
    card: HOLD.id,
    phase,
    filesDone: Math.floor(bytesDone / 10),
    filesTotal: 10,
    bytesDone,
    bytesTotal: 100,
    etaSeconds: null,
  },
});

async function told(liveTalk: boolean, steps: readonly OffloadStep[]): Promise<string> {
  let text = '';
  const talk = new ProgressTalk({ liveTalk, err: async (more) => void (text += more) });
  for (const one of steps) talk.step(one);
  await talk.end();
  return text;
}

describe('progress', () => {
  test('on a terminal writes over its line and takes it away at the end', async () => {
    expect(await told(true, [step(10), step(11)])).toBe(
      '\r\u001b[KA004 is being copied: 1 of 10 files, 10 bytes of 100 bytes' +
        '\r\u001b[KA004 is being copied: 1 of 10 files, 11 bytes of 100 bytes' +
        '\r\u001b[K',
    );
  });

  test('elsewhere tells every tenth and every new phase, once', async () => {
    const all = Array.from({ length: 101 }, (_, n) => step(n));
    const text = await told(false, [...all, step(100), step(100, 'uploading')]);
    expect(text.split('\n').slice(0, -1)).toHaveLength(12);
    expect(text).toContain('A004 is being copied: 5 of 10 files, 50 bytes of 100 bytes\n');
    expect(text).toMatch(/being sent offsite.*\n$/);
    expect(text).not.toContain('\r');
  });

  test('with nothing in flight tells how the card stands', async () => {
    const waiting = { card: HOLD, inFlight: null };
    expect(await told(false, [{ card: null, inFlight: null }, waiting, waiting])).toBe(
      `${HOLD.sentence}\n`,
    );
  });

  test('without a step leaves the terminal alone', async () => {
    expect(await told(true, [])).toBe('');
  });
});
