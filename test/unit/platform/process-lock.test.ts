import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ProcessLockError, takeProcessLock } from '../../../src/platform/process-lock.ts';
import { type CompiledSource, compileSource } from './compiled-source.ts';

let folder: string;
let compiled: CompiledSource;
const children: ChildProcess[] = [];

beforeAll(() => {
  compiled = compileSource('platform/process-lock.ts');
});
afterAll(() => compiled.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts another process that takes the lock; resolves with what it says: `held`, or the error's code. */
async function otherProcess(): Promise<{ said: string; child: ChildProcess }> {
  const script = `
    import { takeProcessLock } from ${JSON.stringify(compiled.url('platform/process-lock.js'))};
    try { takeProcessLock(process.argv[1]); console.log('held'); setInterval(() => {}, 60_000); }
    catch (error) { console.log(error.code + ' ' + error.pid); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [chunk]: unknown[] = await once(child.stdout, 'data');
  return { said: String(chunk).trim(), child };
}

function failure(): unknown {
  try {
    takeProcessLock(folder).release();
    return 'no failure';
  } catch (error) {
    return error;
  }
}

describe('the lock', () => {
  it('keeps a second service out and tells it the pid of the first', async () => {
    const lock = takeProcessLock(folder);
    const { said } = await otherProcess();
    expect(said).toBe(`already-running ${process.pid}`);
    lock.release();
  });

  it('is free again after release, for the same and for another process', async () => {
    takeProcessLock(folder).release();
    takeProcessLock(folder).release();
    expect((await otherProcess()).said).toBe('held');
  });

  it('held by another process keeps us out, in words that a person understands', async () => {
    const { child } = await otherProcess();
    const error = failure();
    expect(error).toBeInstanceOf(ProcessLockError);
    expect(error).toMatchObject({ code: 'already-running', pid: child.pid });
    expect(String(error)).toContain(`(pid ${child.pid})`);
  });

  it('does not outlive a killed service', async () => {
    const { child } = await otherProcess();
    child.kill('SIGKILL');
    await once(child, 'exit');
    // Its pid file still lies there.
    expect(readFileSync(join(folder, 'service.pid'), 'utf8')).toBe(`${child.pid}\n`);
    const lock = takeProcessLock(folder);
    expect(readFileSync(join(folder, 'service.pid'), 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
  });

  it('is not taken twice in one process', () => {
    const lock = takeProcessLock(folder);
    expect(failure()).toMatchObject({ code: 'already-running', pid: process.pid });
    lock.release();
  });

  it('says so without a pid when the pid file is nonsense', () => {
    const lock = takeProcessLock(folder);
    writeFileSync(join(folder, 'service.pid'), 'soon');
    expect(failure()).toMatchObject({ code: 'already-running', pid: undefined });
    lock.release();
  });

  it('may be released twice without taking away the next holder’s', () => {
    const first = takeProcessLock(folder);
    first.release();
    const second = takeProcessLock(folder);
    first.release();
    expect(failure()).toMatchObject({ code: 'already-running', pid: process.pid });
    second.release();
  });

  it('in a folder that cannot be made says what is wrong', () => {
    writeFileSync(join(folder, 'file'), '');
    folder = join(folder, 'file', 'state');
    expect(failure()).toMatchObject({ code: 'lock-failed' });
    folder = join(folder, '../..');
  });

  it('where no folder can ever be made says so instead of trying for ever', async () => {
    const before = folder;
    folder = '/proc/nope/state';
    const { said } = await otherProcess().finally(() => {
      folder = before;
    });
    expect(said).toBe('lock-failed undefined');
  }, 30_000);

  it('makes the folder for its own user alone', () => {
    const state = join(folder, 'a', 'state');
    takeProcessLock(state).release();
    expect(statSync(state).mode & 0o077).toBe(0);
  });
});
