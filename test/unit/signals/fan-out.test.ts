import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Logger, silentLogger } from '../../../src/platform/logger.ts';
import type { SignalState, Turn } from '../../../src/ports/signal.ts';
import { makeFanOut } from '../../../src/signals/fan-out.ts';
import { FakeSignal } from '../../fakes/fake-signal.ts';
import { FakeSignalClock, settled } from '../../fakes/fake-signal-clock.ts';

const SAFE: SignalState = { light: 'safe', line: 'A003' };
const turn = (title: string): Turn => ({ kind: 'safe', card: 'a003', title, body: '' });

let clock: FakeSignalClock;
let said: string[];
let logger: Logger;

beforeEach(() => {
  clock = new FakeSignalClock();
  said = [];
  logger = {
    ...silentLogger,
    warn: (message, facts) => void said.push(`${message}: ${String(facts?.['signal'])}`),
    error: (message) => void said.push(message),
  };
});

function threeSignals(): [FakeSignal, FakeSignal, FakeSignal] {
  return [new FakeSignal(clock, 'a'), new FakeSignal(clock, 'b'), new FakeSignal(clock, 'c')];
}

const lightsOf = (signals: readonly FakeSignal[]) => signals.map(({ light }) => light);

/** Its device is busy until `free` is called. */
class SlowSignal extends FakeSignal {
  #free: () => void = () => {};
  #busy: Promise<void> | undefined;

  busy(): void {
    this.#busy = new Promise((resolve) => {
      this.#free = resolve;
    });
  }

  free(): void {
    this.#free();
    this.#busy = undefined;
  }

  override async show(state: SignalState): Promise<void> {
    await this.#busy;
    await super.show(state);
  }
}

describe('many signals as one', () => {
  it('show and tell the same', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger });
    await all.start();
    expect(lightsOf(signals)).toEqual(['do-not-format', 'do-not-format', 'do-not-format']);
    await all.show(SAFE);
    await all.tell(turn('x'));
    expect(lightsOf(signals)).toEqual(['safe', 'safe', 'safe']);
    expect(signals.map(({ turns }) => turns.length)).toEqual([1, 1, 1]);
    await all.stop();
    expect(lightsOf(signals)).toEqual(['off', 'off', 'off']);
    expect(said).toEqual([]);
  });

  it('renew what they show, until stopped', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger });
    await all.start();
    await all.show(SAFE);
    await clock.advance(120_000);
    expect(lightsOf(signals)).toEqual(['safe', 'safe', 'safe']);
    expect(signals[0].states).toHaveLength(1 + 1 + 12);
    await all.stop();
    await clock.advance(60_000);
    expect(signals[0].states).toHaveLength(1 + 1 + 12);
    expect(clock.waiting).toBe(0);
  });

  it('show hold from the start even when nothing is ever said', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger });
    await all.start();
    await clock.advance(60_000);
    expect(lightsOf(signals)).toEqual(['do-not-format', 'do-not-format', 'do-not-format']);
    await all.stop();
  });

  it('fall back to hold when nobody has judged for minutes', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger }, { staleAfterMs: 60_000 });
    await all.start();
    await all.show(SAFE);
    await clock.advance(59_000);
    expect(signals[0].light).toBe('safe');
    await clock.advance(1_000);
    expect(signals[0].light).toBe('do-not-format');
    await clock.advance(60_000);
    expect(said).toEqual(['the lights were not renewed by a judgement: hold']);
    await all.show(SAFE);
    expect(signals[0].light).toBe('safe');
    await all.stop();
  });

  it('stay as long as somebody judges', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger }, { staleAfterMs: 60_000 });
    await all.start();
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await all.show(SAFE);
      await clock.advance(50_000);
    }
    expect(lightsOf(signals)).toEqual(['safe', 'safe', 'safe']);
    expect(said).toEqual([]);
    await all.stop();
  });

  it('fall back to hold also when the clock is set back meanwhile', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger }, { staleAfterMs: 60_000 });
    await all.start();
    await all.show(SAFE);
    await clock.advance(55_000);
    clock.jump(-3_600_000);
    await clock.advance(3_600_000 + 10_000);
    expect(signals[0].states.at(-1)?.light).toBe('do-not-format');
    await all.stop();
  });
});

describe('a signal that breaks its promise', () => {
  it('by throwing at the start is left out, and the others go on', async () => {
    const signals = threeSignals();
    signals[1].isRude = true;
    const all = makeFanOut(signals, { clock, logger });
    await all.start();
    signals[1].isRude = false;
    await all.show(SAFE);
    expect(lightsOf(signals)).toEqual(['safe', 'off', 'safe']);
    expect(said).toEqual(['a signal failed to start: b']);
    await all.stop();
  });

  it('by throwing later does no harm to the others', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger });
    await all.start();
    signals[1].isRude = true;
    await all.show(SAFE);
    await all.tell(turn('x'));
    expect(lightsOf(signals)).toEqual(['safe', 'do-not-format', 'safe']);
    expect(signals[2].turns).toHaveLength(1);
    await all.stop();
    expect(lightsOf(signals)).toEqual(['off', 'do-not-format', 'off']);
  });

  it('by hanging holds nobody up for long', async () => {
    const signals = threeSignals();
    const all = makeFanOut(signals, { clock, logger });
    await all.start();
    signals[1].fault = 'hangs';
    let done = false;
    const shown = all.show(SAFE).finally(() => {
      done = true;
    });
    await settled();
    expect(lightsOf(signals)).toEqual(['safe', 'do-not-format', 'safe']);
    expect(done).toBe(false);
    await clock.advance(3_000);
    await shown;
    const told = all.tell(turn('x'));
    await clock.advance(3_000);
    await told;
    expect(signals[2].turns).toHaveLength(1);
    const stopped = all.stop();
    await clock.advance(3_000);
    await stopped;
    expect(lightsOf([signals[0], signals[2]])).toEqual(['off', 'off']);
  });

  it('by starting slowly is stopped all the same', async () => {
    const signal = new SlowSignal(clock);
    signal.busy();
    const all = makeFanOut([signal], { clock, logger });
    const started = all.start();
    await clock.advance(3_000);
    await started;
    await all.stop();
    signal.free();
    await settled();
    expect(signal.light).toBe('off');
  });

  it('by hanging at the start does not keep the service from starting', async () => {
    const signals = threeSignals();
    signals[0].fault = 'hangs';
    const all = makeFanOut(signals, { clock, logger });
    const started = all.start();
    await clock.advance(3_000);
    await started;
    expect(lightsOf(signals)).toEqual(['off', 'do-not-format', 'do-not-format']);
    const stopped = all.stop();
    await clock.advance(3_000);
    await stopped;
  });
});

describe('a slow signal', () => {
  it('is told only the newest state, and every turn', async () => {
    const signal = new SlowSignal(clock);
    const all = makeFanOut([signal], { clock, logger });
    await all.start();
    signal.busy();
    const calls = [
      all.show({ light: 'copying', line: '1' }),
      all.show({ light: 'copying', line: '2' }),
      all.show({ light: 'on-two-drives', line: '3' }),
      all.tell(turn('first')),
      all.tell(turn('second')),
    ];
    await settled();
    signal.free();
    await Promise.all(calls);
    expect(signal.states.map(({ line }) => line)).toEqual(['Starting', '1', '3']);
    expect(signal.turns.map(({ title }) => title)).toEqual(['first', 'second']);
    await all.stop();
  });

  it('loses the oldest turns when there are too many, and that is said', async () => {
    const signal = new SlowSignal(clock);
    const all = makeFanOut([signal], { clock, logger });
    await all.start();
    signal.busy();
    const calls = [all.show(SAFE)];
    for (let i = 0; i < 60; i += 1) calls.push(all.tell(turn(String(i))));
    await settled();
    signal.free();
    await Promise.all(calls);
    expect(signal.turns.map(({ title }) => title)).toEqual(
      Array.from({ length: 50 }, (_, i) => String(i + 10)),
    );
    expect(said).toHaveLength(10);
    await all.stop();
  });
});
