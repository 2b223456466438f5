import { beforeEach, describe, expect, it } from '@jest/globals';
import { ExecError, type runProgram } from '../../../src/platform/exec.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { makeCommandLed } from '../../../src/signals/led/command-led.ts';
import { FakeSignalClock } from '../../fakes/fake-signal-clock.ts';

let clock: FakeSignalClock;
let runs: string[];
let broken: boolean;

const run: typeof runProgram = async (file, args, { env, timeoutMs }) => {
  runs.push([file, ...args].join(' '));
  expect(env?.['SAFELIGHT_LIGHT']).toBe(args.at(-1));
  expect(timeoutMs).toBe(5_000);
  if (broken)
    throw new ExecError('failed', 'lamp ended with code 1.', { file, stdout: '', stderr: '' });
  return { exitCode: 0, stdout: '', stderr: '' };
};

beforeEach(() => {
  clock = new FakeSignalClock();
  runs = [];
  broken = false;
});

const make = (command: readonly string[] = ['lamp', '--desk']) =>
  makeCommandLed({ command }, { clock, logger: silentLogger, run });

describe('a program as a lamp', () => {
  it('is run when the light changes, not when only the line does', async () => {
    const signal = make();
    await signal.start();
    await signal.show({ light: 'copying', line: '1' });
    await signal.show({ light: 'copying', line: '2' });
    await signal.show({ light: 'safe', line: '3' });
    await signal.stop();
    expect(runs).toEqual([
      'lamp --desk do-not-format',
      'lamp --desk copying',
      'lamp --desk safe',
      'lamp --desk off',
    ]);
  });

  it('is run again to renew the light, at most every ten seconds', async () => {
    const signal = make();
    await signal.start();
    await signal.show({ light: 'safe', line: 'x' });
    for (let seconds = 0; seconds < 20; seconds += 1) {
      await clock.advance(1_000);
      await signal.show({ light: 'safe', line: 'x' });
    }
    expect(runs.filter((words) => words.endsWith(' safe'))).toHaveLength(3);
    await signal.stop();
  });

  it('that fails is told to be dark, and not run again and again', async () => {
    const signal = make();
    await signal.start();
    await signal.show({ light: 'safe', line: 'x' });
    broken = true;
    runs.length = 0;
    await signal.show({ light: 'copying', line: 'x' });
    await signal.show({ light: 'copying', line: 'x' });
    expect(runs).toEqual(['lamp --desk copying', 'lamp --desk off']);
    await signal.stop();
  });

  it('gets a line that no environment could hold without what it cannot hold', async () => {
    const lines: unknown[] = [];
    const signal = makeCommandLed(
      { command: ['lamp'] },
      {
        clock,
        logger: silentLogger,
        run: async (_file, _args, { env }) => {
          lines.push(env?.['SAFELIGHT_LINE']);
          return { exitCode: 0, stdout: '', stderr: '' };
        },
      },
    );
    await signal.start();
    await signal.show({ light: 'copying', line: 'A\u0000B' });
    expect(lines.at(-1)).toBe('A B');
    await signal.stop();
  });

  it('that is not named can never work', async () => {
    await expect(make([]).start()).rejects.toMatchObject({ code: 'no-device' });
    expect(runs).toEqual([]);
  });
});
