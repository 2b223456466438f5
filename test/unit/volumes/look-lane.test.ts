import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LookLane } from '../../../src/volumes/look-lane.ts';
import type { LookedAt } from '../../../src/volumes/looks.ts';
import { type CompiledSource, compileSource } from '../platform/compiled-source.ts';

/** More than one list of a thread. */
const MANY = 2_500;

interface Lane {
  end(): void;
  look(paths: readonly string[], signal: AbortSignal): Promise<readonly LookedAt[]>;
}

const { signal: never } = new AbortController();
const root = mkdtempSync(join(tmpdir(), 'look-lane-'));
const at = (name: string): string => join(root, name);
let compiled: CompiledSource;

beforeAll(() => {
  writeFileSync(at('A.JPG'), 'abc');
  utimesSync(at('A.JPG'), 1_790_000_000.5, 1_790_000_000.5);
  symlinkSync(at('A.JPG'), at('link'));
  execFileSync('mkfifo', [at('pipe')]);
  compiled = compileSource('volumes/look-lane.ts', 'volumes/look-worker.ts');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  compiled.remove();
});

/** All calls of this process hang until the returned function is called. */
function hangCalls(): () => Promise<void> {
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  const waiting: Promise<FileHandle>[] = [];
  for (let i = 0; i < threads; i += 1) waiting.push(open(at('pipe'), 'r'));
  let isHanging = true;
  return async () => {
    if (!isHanging) return;
    isHanging = false;
    const both = openSync(at('pipe'), constants.O_RDWR | constants.O_NONBLOCK);
    for (const handle of await Promise.all(waiting)) await handle.close();
    closeSync(both);
  };
}

const onThread = async (): Promise<Lane> => {
  const loaded: { LookLane: new () => Lane } = await import(compiled.url('volumes/look-lane.js'));
  return new loaded.LookLane();
};

describe.each([
  ['call by call', async (): Promise<Lane> => new LookLane()],
  ['on a thread', onThread],
])('looks %s', (_how, laneOf) => {
  it('tell what stands there, in the order asked', async () => {
    const lane = await laneOf();
    const names = ['A.JPG', '', 'link', 'pipe', 'gone', 'A.JPG/x'];
    const paths = Array.from({ length: MANY }, (_, i) => at(names[i % names.length] ?? ''));
    const looks = await lane.look(paths, never);
    expect(looks).toHaveLength(MANY);
    expect(looks[0]).toMatchObject({ kind: 'file', sizeBytes: 3, mtimeMs: 1_790_000_000_500 });
    const told = looks.slice(-8).map((look) => ('kind' in look ? look.kind : look.error));
    const from = MANY - 8;
    const kinds = ['file', 'folder', 'link', 'pipe', { code: 'ENOENT' }, { code: 'ENOTDIR' }];
    expect(told).toMatchObject(told.map((_, i) => kinds[(from + i) % kinds.length]));
  });

  it('take short lists, and none', async () => {
    const lane = await laneOf();
    const [look] = await lane.look([root], never);
    expect(look).toMatchObject({ kind: 'folder', deviceNumber: expect.any(Number) });
    expect(await lane.look([], never)).toEqual([]);
  });

  it('side by side get their own answers', async () => {
    const lane = await laneOf();
    const lists = ['A.JPG', 'link', 'pipe'].map((name) => Array<string>(MANY).fill(at(name)));
    const all = await Promise.all(lists.map((paths) => lane.look(paths, never)));
    const kinds = all.map((looks) => [
      ...new Set(looks.map((look) => ('kind' in look ? look.kind : ''))),
    ]);
    expect(kinds).toEqual([['file'], ['link'], ['pipe']]);
  });

  it('are broken off, and the next ones come all the same', async () => {
    const lane = await laneOf();
    const stop = new AbortController();
    const paths = Array<string>(MANY).fill(root);
    const looking = lane.look(paths, stop.signal);
    stop.abort(new Error('pulled'));
    await expect(looking).rejects.toThrow('pulled');
    await expect(lane.look(paths, stop.signal)).rejects.toThrow('pulled');
    expect(await lane.look(paths, never)).toHaveLength(MANY);
  });
});

it('lets its thread go when told, and takes another one for the next list', async () => {
  const path = fileURLToPath(compiled.url('volumes/look-worker.js'));
  const whole = readFileSync(path, 'utf8');
  const started = at('started');
  const noting = `import { appendFileSync } from 'node:fs'; appendFileSync('${started}', '.');`;
  const lane = await onThread();
  const paths = Array<string>(MANY).fill(root);
  try {
    writeFileSync(path, `${noting}\n${whole}`);
    lane.end();
    await lane.look(paths, never);
    await lane.look(paths, never);
    expect(readFileSync(started, 'utf8')).toBe('.');
    lane.end();
    expect(await lane.look(paths, never)).toHaveLength(MANY);
    expect(readFileSync(started, 'utf8')).toBe('..');
  } finally {
    writeFileSync(path, whole);
  }
});

describe('a medium that hangs', () => {
  let release: (() => Promise<void>) | undefined;
  // Also after a test that waited in vain.
  afterEach(() => release?.());

  it('does not hold up who gives up a short list', async () => {
    release = hangCalls();
    const stop = new AbortController();
    const looking = new LookLane().look([root], stop.signal);
    stop.abort(new Error('pulled'));
    await expect(looking).rejects.toThrow('pulled');
  });

  it('is not waited for longer than the patience lasts, by all who wait', async () => {
    release = hangCalls();
    const lane = new LookLane(20);
    const told = await Promise.allSettled([lane.look([root], never), lane.look([], never)]);
    const reason = { message: 'No answer for 0.02 s.' };
    expect(told).toMatchObject([{ reason }, { value: [] }]);
    const looking = lane.look([root, root], never);
    await release?.();
    expect(await looking).toHaveLength(2);
  });

  it('and a thread that ended leave the next list its answer', async () => {
    const script = compiled.url('volumes/look-worker.js');
    const path = fileURLToPath(script);
    const whole = `${path}.whole`;
    copyFileSync(path, whole);
    const lane = await onThread();
    const paths = Array<string>(MANY).fill(root);
    try {
      writeFileSync(path, 'process.exit();');
      await expect(lane.look(paths, never)).rejects.toThrow('aborted');
    } finally {
      copyFileSync(whole, path);
    }
    expect(await lane.look(paths, never)).toHaveLength(MANY);
  });
});
