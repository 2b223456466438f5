/** What every destination probe must do, whether the drives are real or in a table. */
import { expect, it } from '@jest/globals';
import type { DestinationLook, ReadyDestination } from '../../src/core/destination.ts';
import type { ConfiguredDestination, DestinationProbe } from '../../src/ports/destination.ts';

export interface DestinationProbeHarness {
  readonly probe: DestinationProbe;
  /** Two destinations on two disks, both well. */
  readonly two: readonly [ConfiguredDestination, ConfiguredDestination];
  /** One more on the first one's disk; not every machine can make one. */
  readonly sibling?: ConfiguredDestination;
  /** Puts a file of this many bytes below the first destination. */
  readonly place: (placedAt: string, sizeBytes: number) => Promise<void>;
  /** Takes the first destination's drive away; the folder it was mounted on stays. */
  readonly unplugFirst: () => Promise<void>;
  readonly close: () => Promise<void>;
}

function ready(look: DestinationLook | undefined): ReadyDestination {
  if (look?.state !== 'ready') throw new Error(`not ready: ${JSON.stringify(look)}`);
  return look;
}

export function destinationProbeContract(make: () => Promise<DestinationProbeHarness>): void {
  async function withHarness(run: (harness: DestinationProbeHarness) => Promise<void>) {
    const harness = await make();
    try {
      await run(harness);
    } finally {
      await harness.close();
    }
  }

  it('finds both ready, each on a medium of its own, in the order given', async () => {
    await withHarness(async ({ probe, two }) => {
      const looks = await probe.lookAll(two, new Set());
      expect(looks.map((look) => look.id)).toEqual(two.map((one) => one.id));
      const [a, b] = [ready(looks[0]), ready(looks[1])];
      expect(a.mediumId).not.toBe(b.mediumId);
      expect(a.freeBytes).toBeGreaterThan(0);
      expect(await probe.stillThere(a)).toBe(true);
      expect(await probe.stillThere(b)).toBe(true);
    });
  });

  it('calls the later of two on one disk trouble', async () => {
    await withHarness(async ({ probe, two, sibling }) => {
      if (sibling === undefined) return;
      const looks = await probe.lookAll([...two, sibling], new Set());
      expect(looks.map((look) => look.state)).toEqual(['ready', 'ready', 'trouble']);
      expect(looks[2]).toMatchObject({ trouble: 'same-disk' });
    });
  });

  it('refuses a destination on the disk of a card', async () => {
    await withHarness(async ({ probe, two }) => {
      const first = ready((await probe.lookAll(two, new Set()))[0]);
      const looks = await probe.lookAll(two, new Set([first.mediumId]));
      expect(looks[0]).toMatchObject({ state: 'trouble', trouble: 'on-card' });
      expect(looks[1]?.state).toBe('ready');
    });
  });

  it('sees the size of a placed copy, and that one is not there', async () => {
    await withHarness(async ({ probe, two, place }) => {
      await place('roll/DCIM/A.JPG', 5);
      const first = ready((await probe.lookAll(two, new Set()))[0]);
      const places = ['roll/DCIM/B.JPG', 'roll/DCIM/A.JPG', 'roll/DCIM'];
      expect(await probe.glances(first, places)).toEqual(['missing', 5, 'missing']);
      expect(await probe.glances(first, [])).toEqual([]);
    });
  });

  it('knows when a drive is gone, and never mistakes that for lost files', async () => {
    await withHarness(async ({ probe, two, place, unplugFirst }) => {
      await place('roll/A.JPG', 5);
      const first = ready((await probe.lookAll(two, new Set()))[0]);
      await unplugFirst();
      expect(await probe.stillThere(first)).toBe(false);
      expect(await probe.glances(first, ['roll/A.JPG', 'x'])).toEqual(['unknown', 'unknown']);
      const looks = await probe.lookAll(two, new Set());
      expect(looks.map((look) => look.state)).toEqual(['trouble', 'ready']);
      const trouble = looks[0]?.state === 'trouble' ? looks[0] : undefined;
      expect(trouble?.sentence).toMatch(/\.$/);
      expect(trouble?.hint).not.toBe('');
    });
  });
}
