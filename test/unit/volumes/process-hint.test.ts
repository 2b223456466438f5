import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processHint } from '../../../src/volumes/process-hint.ts';
import { StillClock } from '../../fakes/still-clock.ts';

const NODE = process.execPath;

async function gone(pid: number): Promise<boolean> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Writes its process id, prints a line and stays. */
const talker = (before = ''): string =>
  `${before}; require('fs').writeFileSync(process.argv[1], String(process.pid)); console.log('x'); setInterval(() => {}, 1000);`;

describe('a hint from a program', () => {
  let folder = '';
  let stop = new AbortController();
  let clock = new StillClock();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'safelight-hint-'));
    stop = new AbortController();
    clock = new StillClock();
  });
  afterEach(() => {
    stop.abort();
    rmSync(folder, { recursive: true });
  });

  const pidFile = (): string => join(folder, 'pid');

  it('wakes at each line, and ends its program when aborted', async () => {
    const hint = processHint({ file: NODE, args: ['-e', talker(), pidFile()] });
    let running: Promise<void> = Promise.resolve();
    await new Promise<void>((wake) => {
      running = hint({ wake, clock, signal: stop.signal });
    });
    const pid = Number(readFileSync(pidFile(), 'utf8'));
    stop.abort();
    await running;
    expect(await gone(pid)).toBe(true);
  });

  it('ends even a program that does not listen to being asked', async () => {
    const script = talker("process.on('SIGTERM', () => {})");
    const hint = processHint({ file: NODE, args: ['-e', script, pidFile()] });
    await new Promise<void>((wake) => {
      void hint({ wake, clock, signal: stop.signal });
    });
    stop.abort();
    expect(await gone(Number(readFileSync(pidFile(), 'utf8')))).toBe(true);
  });

  it('starts a program that ended again, with growing pauses, and gives up when told so', async () => {
    const hint = processHint({ file: 'true', args: [], maxFailures: 3 });
    const running = hint({ wake: () => {}, clock, signal: stop.signal });
    for (let i = 0; i < 3; i += 1) {
      await clock.someoneWaits();
      clock.move(10_000);
    }
    await running;
    expect(clock.asked).toEqual([2000, 4000, 8000]);
  });

  it('starts it again without end when not told otherwise', async () => {
    const hint = processHint({ file: 'true', args: [] });
    void hint({ wake: () => {}, clock, signal: stop.signal });
    for (let i = 0; i < 8; i += 1) {
      await clock.someoneWaits();
      clock.move(60_000);
    }
    await clock.someoneWaits();
    expect(clock.asked.slice(-2)).toEqual([60_000, 60_000]);
  });

  it('is no hint where the program is not installed', async () => {
    const hint = processHint({ file: 'safelight-no-such-program', args: [] });
    await hint({ wake: () => {}, clock, signal: stop.signal });
    expect(clock.asked).toEqual([]);
  });
});
