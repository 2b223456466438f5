import { EventEmitter, getEventListeners, once, setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { orAbort } from '../../../src/volumes/or-abort.ts';

/** Node holds some listeners weakly: whether they were taken back shows only afterwards. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') gc();
}

it('leaves nothing behind on a signal that lives long, however many wait at a time', async () => {
  const { signal } = new AbortController();
  const gate = new EventEmitter();
  setMaxListeners(0, signal, gate);
  const waiting = Array.from({ length: 20 }, () => orAbort(once(gate, 'open'), signal));
  // What is held weakly is held firmly until the current turn has ended.
  await setImmediate();
  collectGarbage();
  gate.emit('open');
  await Promise.all(waiting);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

it('does not wait for what hangs', async () => {
  const stop = new AbortController();
  const hanging = orAbort(new Promise(() => undefined), stop.signal);
  stop.abort(new Error('pulled'));
  await expect(hanging).rejects.toThrow('pulled');
  await expect(orAbort(new Promise(() => undefined), stop.signal)).rejects.toThrow('pulled');
});
