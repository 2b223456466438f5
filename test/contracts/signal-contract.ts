/** What every signal with a light must do, run against the fake and the real ones. */
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import type { Light } from '../../src/core/light.ts';
import type { Signal, Turn } from '../../src/ports/signal.ts';
import { becomes } from '../fakes/fake-signal-clock.ts';

export interface SignalBench {
  readonly signal: Signal;
  /** The light that somebody would see now; `off` for darkness and for a light that is past its time. */
  seen(): Promise<Light>;
  /** Lets time pass in which nobody calls the signal. */
  pass(ms: number): Promise<void>;
  /** From now on the device takes nothing. */
  breakDevice(): Promise<void>;
  dispose(): Promise<void>;
}

const LIGHTS: readonly Light[] = [
  'copying',
  'on-two-drives',
  'safe',
  'do-not-format',
  'empty',
  'off',
];

const TURN: Turn = {
  kind: 'safe',
  card: '00112233aabbccdd',
  title: 'A003 is safe to format',
  body: 'all 1,840 files on 2 drives and confirmed at b2.',
};

export function signalContract(name: string, makeBench: () => Promise<SignalBench>): void {
  describe(`${name} as a signal`, () => {
    let bench: SignalBench;

    beforeEach(async () => {
      bench = await makeBench();
    });
    afterEach(async () => {
      await bench.signal.stop();
      await bench.dispose();
    });

    it('shows hold from the start, whatever was true before', async () => {
      await bench.signal.start();
      expect(await bench.seen()).toBe('do-not-format');
    });

    test.each(LIGHTS)('shows %s', async (light) => {
      await bench.signal.start();
      await bench.signal.show({ light, line: 'A003' });
      expect(await bench.seen()).toBe(light);
    });

    it('shows the last of several states that come at once', async () => {
      await bench.signal.start();
      await Promise.all(
        LIGHTS.toReversed().map((light) => bench.signal.show({ light, line: light })),
      );
      expect(await bench.seen()).toBe('copying');
    });

    it('goes dark when nobody renews it', async () => {
      await bench.signal.start();
      await bench.signal.show({ light: 'safe', line: 'A003' });
      await bench.pass(30_001);
      expect(await becomes(() => bench.seen(), 'off')).toBe('off');
    });

    it('stays while somebody does', async () => {
      await bench.signal.start();
      for (let renewals = 0; renewals < 5; renewals += 1) {
        await bench.signal.show({ light: 'safe', line: 'A003' });
        await bench.pass(10_000);
      }
      expect(await bench.seen()).toBe('safe');
    });

    it('comes back after it went dark', async () => {
      await bench.signal.start();
      await bench.signal.show({ light: 'safe', line: 'A003' });
      await bench.pass(30_001);
      await becomes(() => bench.seen(), 'off');
      await bench.signal.show({ light: 'safe', line: 'A003' });
      expect(await bench.seen()).toBe('safe');
    });

    it('is dark when stopped, and stays so', async () => {
      await bench.signal.start();
      await bench.signal.show({ light: 'safe', line: 'A003' });
      await bench.signal.stop();
      expect(await bench.seen()).toBe('off');
      await bench.signal.show({ light: 'safe', line: 'A003' });
      await bench.pass(10_000);
      expect(await bench.seen()).toBe('off');
    });

    it('does not change its light for a message', async () => {
      await bench.signal.start();
      await bench.signal.show({ light: 'copying', line: 'A003' });
      await bench.signal.tell(TURN);
      expect(await bench.seen()).toBe('copying');
    });

    it('never throws from show, tell and stop, whatever the device does', async () => {
      await bench.signal.start();
      await bench.breakDevice();
      for (const light of LIGHTS) {
        await expect(bench.signal.show({ light, line: 'A003' })).resolves.toBeUndefined();
      }
      await expect(bench.signal.tell(TURN)).resolves.toBeUndefined();
      await expect(bench.signal.stop()).resolves.toBeUndefined();
    });
  });
}
