import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LookLane } from '../../../src/volumes/look-lane.ts';
import type { LookedAt } from '../../../src/volumes/looks.ts';
import { type CompiledSource, compileSource } from '../platform/compiled-source.ts';

/** More than one list of a thread. */
const MANY = 2_500;

interface Lane {
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
