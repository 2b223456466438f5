import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/platform/logger.ts';
import { makeStateFile } from '../../../src/signals/state-file.ts';
import { FakeSignalClock } from '../../fakes/fake-signal-clock.ts';

let folder: string;
let path: string;
let clock: FakeSignalClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-state-'));
  path = join(folder, 'light.json');
  clock = new FakeSignalClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const make = () => makeStateFile({ path }, { clock, logger: silentLogger });

async function contents(): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

describe('the state file', () => {
  it('says what is shown, since when, and how long to believe it', async () => {
    const signal = make();
    await signal.start();
    await signal.show({ light: 'copying', line: 'A003: 412 of 1,840 files' });
    expect(await contents()).toEqual({
      version: 1,
      light: 'copying',
      line: 'A003: 412 of 1,840 files',
      at: '2026-11-24T22:14:00.000Z',
      validUntil: '2026-11-24T22:14:30.000Z',
    });
  });

  it('is believed longer with every renewal', async () => {
    const signal = make();
    await signal.start();
    await signal.show({ light: 'copying', line: 'x' });
    await clock.advance(10_000);
    await signal.show({ light: 'copying', line: 'x' });
    expect(await contents()).toMatchObject({ validUntil: '2026-11-24T22:14:40.000Z' });
  });

  it('has a new line at most once a second, and a new light at once', async () => {
    const signal = make();
    await signal.start();
    await signal.show({ light: 'copying', line: '1' });
    await signal.show({ light: 'copying', line: '2' });
    expect(await contents()).toMatchObject({ line: '1' });
    await clock.advance(1_000);
    await signal.show({ light: 'copying', line: '3' });
    expect(await contents()).toMatchObject({ line: '3' });
    await signal.show({ light: 'safe', line: '4' });
    expect(await contents()).toMatchObject({ light: 'safe', line: '4' });
  });

  it('leaves nothing behind, not even from an earlier service', async () => {
    await writeFile(`${path}.new`, '{"version":');
    const signal = make();
    await signal.start();
    await signal.stop();
    expect(await readdir(folder)).toEqual([]);
  });

  it('in a folder that cannot be made can never work', async () => {
    await writeFile(join(folder, 'file'), '');
    path = join(folder, 'file', 'run', 'light.json');
    await expect(make().start()).rejects.toMatchObject({ code: 'device-failed' });
  });
});
