import { expect, it } from '@jest/globals';
import { asDestinationId } from '../../../src/core/ids.ts';
import { Board } from '../../../src/daemon/board.ts';
import { Drives } from '../../../src/daemon/drives.ts';
import { FakeDestinationProbe } from '../../fakes/fake-destination-probe.ts';
import { FakeSignalClock } from '../../fakes/fake-signal-clock.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';

const WORKING = asDestinationId('working');

it('drives are looked at again after a while, also when the clock was set back', async () => {
  const clock = new FakeSignalClock();
  const probe = new FakeDestinationProbe();
  const parts = { probe, clock, board: new Board(), ledger: new MemoryLedger() };
  const drives = new Drives(parts, [{ id: WORKING, path: '/mnt/work' }]);
  probe.ready(WORKING);
  expect(await drives.ready()).toHaveLength(1);
  clock.jump(-86_400_000);
  probe.trouble(WORKING, 'not-mounted');
  await clock.advance(60_000);
  expect(await drives.ready()).toEqual([]);
});
