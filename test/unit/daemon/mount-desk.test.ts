/** The desk that has cards mounted: it tells once, wakes the loop, and outlives not knowing. */
import { describe, expect, it } from '@jest/globals';
import { Board } from '../../../src/daemon/board.ts';
import { MountDesk } from '../../../src/daemon/mount-desk.ts';
import { buildStatus } from '../../../src/daemon/status-builder.ts';
import type { Logger } from '../../../src/platform/logger.ts';
import { FakeMounter } from '../../fakes/fake-mounter.ts';
import { aCard, FakeVolumeSource } from '../../fakes/fake-volume-source.ts';
import { StillClock } from '../../fakes/still-clock.ts';

function stage() {
  const mounter = new FakeMounter(new FakeVolumeSource());
  const clock = new StillClock();
  const board = new Board();
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  let woken = 0;
  const desk = new MountDesk({ clock, log, mounter }, board, () => {
    woken += 1;
  });
  const stop = new AbortController();
  const running = desk.run(stop.signal);
  return {
    mounter,
    board,
    said,
    woken: () => woken,
    /** One more look, to its end. */
    look: async () => {
      await clock.someoneWaits();
      desk.wake();
      await clock.someoneWaits();
    },
    end: async () => {
      stop.abort();
      await running;
    },
  };
}

const troublesOf = (board: Board) =>
  buildStatus(board, { pid: 1, startedAt: 0 }, []).troubles ?? [];

describe('the mount desk', () => {
  it('wakes the loop when a card was mounted, and only then', async () => {
    const { mounter, look, woken, end } = stage();
    await look();
    expect(woken()).toBe(0);
    mounter.insert(aCard());
    await look();
    expect(woken()).toBe(1);
    await look();
    expect(woken()).toBe(1);
    await end();
  });

  it('shows what could not be mounted until it can, and logs it once', async () => {
    const { mounter, board, said, look, end } = stage();
    mounter.trouble = { sentence: 'It could not be mounted.', hint: 'Try another reader.' };
    mounter.insert(aCard());
    await look();
    await look();
    expect(troublesOf(board)).toEqual([mounter.trouble]);
    expect(said).toEqual(['noticed', 'It could not be mounted.']);
    mounter.trouble = undefined;
    await look();
    expect(troublesOf(board)).toEqual([]);
    await end();
  });

  it('says that a card was noticed, once', async () => {
    const { mounter, said, look, end } = stage();
    mounter.trouble = { sentence: 'It could not be mounted.', hint: 'Try another reader.' };
    mounter.insert(aCard());
    await look();
    await look();
    expect(said).toEqual(['noticed', 'It could not be mounted.']);
    await end();
  });

  it('goes on when it cannot be told what is in', async () => {
    const { mounter, said, look, woken, end } = stage();
    mounter.blind = new Error('no answer');
    mounter.insert(aCard());
    await look();
    await look();
    expect(said).toEqual(['cannot look for cards to mount']);
    mounter.blind = undefined;
    await look();
    expect(woken()).toBe(1);
    await end();
  });
});
