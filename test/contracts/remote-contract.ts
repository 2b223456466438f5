/** What every remote must hold to, whatever it talks to. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '../../src/core/evidence.ts';
import { RoomError } from '../../src/core/room-error.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import type { Hasher } from '../../src/ports/hasher.ts';
import type { UploadNote } from '../../src/ports/ledger.ts';
import type { OffsiteObject, PutControl, Remote } from '../../src/ports/remote.ts';
import { RemoteError } from '../../src/remotes/remote-error.ts';

/** A remote, and ways to see and change what it stores without it. */
export interface RemoteBench {
  readonly remote: Remote;
  stored(key: string): Promise<Uint8Array | undefined>;
  plant(key: string, bytes: Uint8Array): Promise<void>;
  /** Every key there, our own helpers' included. */
  keys(): Promise<readonly string[]>;
  /** From now on nobody answers there. */
  takeAway(): Promise<void>;
  dispose(): Promise<void>;
}

/** Runs the suite. `open` makes a fresh, empty place each time; it may share a server. */
export function remoteContract(name: string, open: () => Promise<RemoteBench>): void {
  describe(`${name} as a remote`, () => {
    let files: Files;
    let bench: RemoteBench;

    beforeAll(async () => {
      files = await makeFiles();
      bench = await open();
    }, 60_000);

    afterAll(async () => {
      await bench.dispose();
      await files.dispose();
    });

    test.each([
      ['a picture', 'ROLL/DCIM/100CANON/IMG_0001.CR3', 100_001],
      ['an empty file', 'ROLL/MISC/EMPTY.DAT', 0],
      ['one byte', 'ROLL/ONE', 1],
      ['a name with odd letters', 'ROLL/Hochzeit Müller & Søn/a+b %20#1?.JPG', 5_000],
      ['a name in another script', 'ROLL/結婚式/写真 1.jpg', 5_000],
      ['a hidden name', 'ROLL/.hidden', 10],
    ])('keeps %s byte by byte', async (_what, key, size) => {
      const object = await files.make(key, size);
      const control = new Control();
      await bench.remote.put(object, control);
      const bytes = await bench.stored(key);
      expect(bytes === undefined ? undefined : files.hasher.of(bytes)).toBe(object.hash);
      expect(bytes?.length).toBe(size);
      expect(control.bytes).toBe(size);
      expect(control.passes).toHaveLength(1);
    });

    test('commits the pass before anything is visible', async () => {
      const object = await files.make('ROLL/ORDER.MOV', 70_000);
      const seen: (Uint8Array | undefined)[] = [];
      const control = new Control();
      control.onCommit = async () => {
        seen.push(await bench.stored(object.key));
      };
      await bench.remote.put(object, control);
      expect(seen).toEqual([undefined]);
      expect(await bench.stored(object.key)).toBeDefined();
    });

    test('sends nothing when the pass cannot be committed, and throws what the ledger threw', async () => {
      const object = await files.make('ROLL/NO-LEDGER.MOV', 70_000);
      const control = new Control();
      const trouble = new Error('the ledger is full');
      control.onCommit = async () => {
        throw trouble;
      };
      await expect(bench.remote.put(object, control)).rejects.toBe(trouble);
      expect(await bench.stored(object.key)).toBeUndefined();
    });

    test('sends nothing when one byte of the copy is not what was verified', async () => {
      const object = await files.make('ROLL/ROTTEN.MOV', 70_000);
      await files.spoil(object);
      const control = new Control();
      expect(await codeOf(bench.remote.put(object, control))).toBe('source-differs');
      expect(control.passes).toEqual([]);
      expect(await bench.stored(object.key)).toBeUndefined();
    });

    test.each([
      ['shorter', 69_999],
      ['longer', 70_001],
    ])('sends nothing when the copy is %s than it was', async (what, size) => {
      const object = await files.make(`ROLL/${what}.MOV`, 70_000);
      await truncate(object.localPath, size);
      expect(await codeOf(bench.remote.put(object, new Control()))).toBe('source-differs');
      expect(await bench.stored(object.key)).toBeUndefined();
    });

    test('tells when the copy is gone', async () => {
      const object = await files.make('ROLL/GONE.MOV', 10);
      await rm(object.localPath);
      expect(await codeOf(bench.remote.put(object, new Control()))).toBe('source-unreadable');
    });

    test("leaves somebody else's object alone, without calling it an error", async () => {
      const object = await files.make('ROLL/TAKEN.JPG', 3_000);
      const theirs = Buffer.from('somebody else put this here');
      await bench.plant(object.key, theirs);
      const control = new Control();
      await bench.remote.put(object, control);
      expect(await bench.stored(object.key)).toEqual(theirs);
      // The pass is on record all the same, or nobody would come and look.
      expect(control.passes).toHaveLength(1);
    });

    test('replaces our own object when told to', async () => {
      const object = await files.make('ROLL/OURS.JPG', 3_000);
      await bench.plant(object.key, Buffer.from('our own, but damaged'));
      await bench.remote.put(object, Object.assign(new Control(), { replaceOwn: true }));
      const bytes = await bench.stored(object.key);
      expect(bytes === undefined ? undefined : files.hasher.of(bytes)).toBe(object.hash);
    });

    test('may be told the same twice', async () => {
      const object = await files.make('ROLL/TWICE.JPG', 3_000);
      await bench.remote.put(object, new Control());
      await bench.remote.put(object, new Control());
      const bytes = await bench.stored(object.key);
      expect(bytes === undefined ? undefined : files.hasher.of(bytes)).toBe(object.hash);
    });

    test('does nothing once it is stopped', async () => {
      const object = await files.make('ROLL/STOPPED.JPG', 3_000);
      const control = new Control();
      control.stop.abort();
      expect(await codeOf(bench.remote.put(object, control))).toBe('aborted');
      expect(await bench.stored(object.key)).toBeUndefined();
    });

    test('finds nothing stale where nothing was begun', async () => {
      expect(await bench.remote.sweep([], 0, new AbortController().signal)).toBe(0);
    });

    test('tries itself out and leaves nothing behind', async () => {
      const before = await bench.keys();
      const report = await bench.remote.tryOut(new AbortController().signal);
      expect(report.findings.filter((f) => !f.ok)).toEqual([]);
      expect(report.ok).toBe(true);
      expect(await bench.keys()).toEqual(before);
    });

    // The last one: the place does not come back.
    test('says that nobody answers, in a sentence with its name and a hint', async () => {
      const object = await files.make('ROLL/LATE.JPG', 3_000);
      await bench.takeAway();
      const error = await failureOf(bench.remote.put(object, new Control()));
      expect(error).toBeInstanceOf(RemoteError);
      expect(error).toMatchObject({ code: 'unreachable', permanent: false });
      expect(error.message).toMatch(new RegExp(`^${bench.remote.id} .*\\.$`));
      expect(error.hint).toMatch(/\.$/);
      const report = await bench.remote.tryOut(new AbortController().signal);
      expect(report.ok).toBe(false);
      expect(report.findings[0]).toMatchObject({ ok: false });
    });
  });
}

/** What a put is given in tests; remembers what it was told. */
export class Control implements PutControl {
  readonly stop = new AbortController();
  readonly passes: (readonly Digest[])[] = [];
  note: UploadNote | undefined;
  bytes = 0;
  replaceOwn = false;
  onCommit: () => Promise<void> = async () => {};
  readonly notes = {
    load: async () => this.note,
    save: async (note: UploadNote) => {
      this.note = note;
    },
    drop: async () => {
      this.note = undefined;
    },
  };

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  async commitPass(digests: readonly Digest[]): Promise<void> {
    await this.onCommit();
    this.passes.push(digests);
  }

  onBytes(count: number): void {
    this.bytes += count;
  }
}

export interface Files {
  readonly hasher: Hasher;
  /** A file of random bytes, described as an object to send. */
  make(key: string, size: number): Promise<OffsiteObject>;
  /** Turns one bit of it over. */
  spoil(object: OffsiteObject): Promise<void>;
  dispose(): Promise<void>;
}

export async function makeFiles(): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'safelight-copies-'));
  const hasher = await makeHasher();
  const contents = new Map<string, Buffer>();
  return {
    hasher,
    async make(key, size) {
      const localPath = join(folder, String(contents.size));
      const bytes = randomBytes(size);
      contents.set(localPath, bytes);
      await writeFile(localPath, bytes);
      const mtimeMs = Date.UTC(2026, 5, 20, 14, 3, 2);
      return { key, localPath, hash: hasher.of(bytes), sizeBytes: size, mtimeMs };
    },
    async spoil({ localPath }) {
      const bytes = contents.get(localPath) ?? Buffer.alloc(0);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await writeFile(localPath, bytes);
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The RoomError that the work fails with. */
export async function failureOf(work: Promise<unknown>): Promise<RoomError<string>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RoomError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await failureOf(work)).code;
}
