/** Tries again what may pass, a bounded number of times, and nothing else. */
import { expect, test } from '@jest/globals';
import { asContentHash, asRemoteId } from '../../src/core/ids.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OffsiteObject, Remote } from '../../src/ports/remote.ts';
import { RemoteError, type RemoteErrorCode } from '../../src/remotes/remote-error.ts';
import { withRetry } from '../../src/remotes/wrappers/retry.ts';
import { Control, codeOf } from './remote-contract.ts';

const OBJECT: OffsiteObject = {
  key: 'A',
  localPath: '/a',
  hash: asContentHash('0123456789abcdef'),
  sizeBytes: 1,
  mtimeMs: 0,
};

/** A remote that fails with these, one after the other, then succeeds; and the waits that were asked for. */
function failing(...codes: RemoteErrorCode[]) {
  const waits: number[] = [];
  let puts = 0;
  const remote: Remote = {
    id: asRemoteId('b2'),
    kind: 's3',
    async put() {
      puts += 1;
      const code = codes.shift();
      if (code !== undefined) throw new RemoteError(code, 'b2 failed.', 'Wait.');
    },
    sweep: async () => 7,
    tryOut: async () => ({ ok: true, findings: [] }),
  };
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    localDay: () => '1970-01-01',
    async after(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
    },
  };
  return { remote: withRetry(remote, { clock, random: () => 0.999 }), waits, puts: () => puts };
}

test.each(['unreachable', 'busy', 'damaged'] as const)('tries again after %s', async (code) => {
  const { remote, puts } = failing(code, code);
  await remote.put(OBJECT, new Control());
  expect(puts()).toBe(3);
});

test.each([
  'credentials',
  'no-bucket',
  'refused',
  'quota',
  'source-differs',
  'source-unreadable',
  'aborted',
  'unknown',
] as const)('does not try again after %s', async (code) => {
  const { remote, puts } = failing(code);
  expect(await codeOf(remote.put(OBJECT, new Control()))).toBe(code);
  expect(puts()).toBe(1);
});

test('gives up after four tries, with waits that grow', async () => {
  const { remote, puts, waits } = failing('busy', 'busy', 'busy', 'unreachable', 'busy');
  expect(await codeOf(remote.put(OBJECT, new Control()))).toBe('unreachable');
  expect(puts()).toBe(4);
  expect(waits.map((ms) => Math.round(ms / 1000))).toEqual([1, 2, 4]);
});

test('stops waiting when told to', async () => {
  const { remote, puts } = failing('busy', 'busy');
  const control = new Control();
  control.stop.abort();
  expect(await codeOf(remote.put(OBJECT, control))).toBe('aborted');
  expect(puts()).toBe(1);
});

test('hands everything else through', async () => {
  const { remote } = failing();
  const { signal } = new AbortController();
  expect(remote.id).toBe('b2');
  expect(remote.kind).toBe('s3');
  expect(await remote.sweep([], 0, signal)).toBe(7);
  expect(await remote.tryOut(signal)).toEqual({ ok: true, findings: [] });
});
