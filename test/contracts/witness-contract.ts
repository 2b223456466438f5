/** What every witness must hold to, whatever it looks at. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OffsiteSighting, UploadPass } from '../../src/core/evidence.ts';
import { asFileId } from '../../src/core/ids.ts';
import { gradeOf } from '../../src/core/place-standing.ts';
import type { Grade } from '../../src/core/policy.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import type { Hasher } from '../../src/ports/hasher.ts';
import type { Look, Witness } from '../../src/ports/witness.ts';
import { WitnessError } from '../../src/witnesses/witness-error.ts';
import { failureOf } from './remote-contract.ts';

/** A witness, and ways to change what it looks at without it. */
export interface WitnessBench {
  readonly witness: Witness;
  /** Puts an object there as an upload would. */
  plant(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** Every key there, our own helpers' included. */
  keys(): Promise<readonly string[]>;
  /** The bucket (or what marks the folder) goes, the server stays. */
  takePlace(): Promise<void>;
  /** From now on nobody answers there. */
  takeAway(): Promise<void>;
  dispose(): Promise<void>;
}

export interface WitnessTraits {
  /** The grade that asking alone earns. */
  readonly asking: Grade;
}

/** Runs the suite. `open` makes a fresh, empty place each time; it may share a server. */
export function witnessContract(
  name: string,
  { asking }: WitnessTraits,
  open: () => Promise<WitnessBench>,
): void {
  describe(`${name} as a witness`, () => {
    let bench: WitnessBench;
    let hasher: Hasher;
    const { signal } = new AbortController();
    const ask = (key: string, bytes: Uint8Array, minimumGrade: Grade = "B'"): Promise<Look> =>
      bench.witness.look({ key, sizeBytes: bytes.length, minimumGrade }, signal);
    const gradeFor = (look: Look, bytes: Uint8Array): Grade | 'contradiction' | 'absent' =>
      gradeOfLook(bench.witness, hasher, look, bytes);

    beforeAll(async () => {
      hasher = await makeHasher();
      bench = await open();
    }, 60_000);

    afterAll(async () => {
      await bench.dispose();
    });

    test('says absent of what was never there', async () => {
      await bench.plant('ROLL/NEIGHBOUR', Buffer.from('x'));
      expect(await ask('ROLL/NEVER', Buffer.from('x'))).toEqual({ kind: 'absent' });
    });

    test.each([
      ['a picture', 'ROLL/DCIM/IMG_0001.CR3', 100_001],
      ['an empty file', 'ROLL/MISC/EMPTY.DAT', 0],
      ['a name with odd letters', 'ROLL/Hochzeit Müller & Søn/a+b %20#1?.JPG', 5_000],
      ['a name in another script', 'ROLL/結婚式/写真 1.jpg', 5_000],
    ])(`sees %s and earns ${asking} by asking`, async (_what, key, size) => {
      const bytes = randomBytes(size);
      await bench.plant(key, bytes);
      const look = await ask(key, bytes);
      expect(look).toMatchObject({ kind: 'seen', sizeBytes: size });
      expect(gradeFor(look, bytes)).toBe(asking);
    });

    test('fetches and hashes when grade A is wanted', async () => {
      const bytes = randomBytes(300_000);
      await bench.plant('ROLL/FETCH.MOV', bytes);
      const look = await ask('ROLL/FETCH.MOV', bytes, 'A');
      const digest = { algorithm: 'xxh64', value: hasher.of(bytes) };
      expect(look).toMatchObject({ kind: 'seen', method: 'fetched', digest });
      expect(gradeFor(look, bytes)).toBe('A');
    });

    test.each(['A', "B'"] as const)(
      'contradicts other bytes of the same size (%s)',
      async (grade) => {
        const bytes = randomBytes(50_000);
        const other = Buffer.from(bytes);
        other[25_000] = (other[25_000] ?? 0) ^ 1;
        const key = `ROLL/CHANGED-${grade === 'A' ? 'A' : 'B'}.MOV`;
        await bench.plant(key, other);
        expect(gradeFor(await ask(key, bytes, grade), bytes)).toBe('contradiction');
        // The twin: with the right bytes nothing is contradicted.
        await bench.plant(`${key}.right`, bytes);
        expect(gradeFor(await ask(`${key}.right`, bytes, grade), bytes)).not.toBe('contradiction');
      },
    );

    test('contradicts another size without fetching', async () => {
      await bench.plant('ROLL/SHORT.MOV', randomBytes(999));
      const look = await ask('ROLL/SHORT.MOV', randomBytes(1_000), 'A');
      expect(look).toMatchObject({ kind: 'seen', sizeBytes: 999 });
      expect(gradeFor(look, randomBytes(1_000))).toBe('contradiction');
    });

    test('says absent of what was removed', async () => {
      const bytes = randomBytes(100);
      await bench.plant('ROLL/REMOVED.JPG', bytes);
      expect(await ask('ROLL/REMOVED.JPG', bytes)).toMatchObject({ kind: 'seen' });
      await bench.remove('ROLL/REMOVED.JPG');
      expect(await ask('ROLL/REMOVED.JPG', bytes)).toEqual({ kind: 'absent' });
    });

    test('sees nothing once it is stopped', async () => {
      const stopped = AbortSignal.abort();
      const request = { key: 'ROLL/NEIGHBOUR', sizeBytes: 1, minimumGrade: 'A' } as const;
      const error = await failureOf(bench.witness.look(request, stopped));
      expect(error).toMatchObject({ code: 'aborted' });
    });

    test('tries itself out and leaves nothing behind', async () => {
      const before = await bench.keys();
      const report = await bench.witness.tryOut(signal);
      expect(report.findings.filter((f) => !f.ok)).toEqual([]);
      expect(report.ok).toBe(true);
      expect(await bench.keys()).toEqual(before);
    });

    // The last two: neither comes back.
    test('never says absent when the place itself is gone', async () => {
      await bench.takePlace();
      const error = await failureOf(ask('ROLL/NEVER', Buffer.from('x')));
      expect(error).toBeInstanceOf(WitnessError);
      expect(['no-bucket', 'unreachable']).toContain(error.code);
    });

    test('never says absent when nobody answers, but a sentence with its name and a hint', async () => {
      await bench.takeAway();
      const error = await failureOf(ask('ROLL/NEVER', Buffer.from('x')));
      expect(error).toBeInstanceOf(WitnessError);
      expect(error.code).toBe('unreachable');
      expect(error.message).toMatch(new RegExp(`^${bench.witness.id} .*\\.$`));
      expect(error.hint).toMatch(/\.$/);
      expect((await bench.witness.tryOut(signal)).ok).toBe(false);
    });
  });
}

/** The grade that the core gives a look at what should be these bytes, sent in one piece. */
export function gradeOfLook(
  witness: Witness,
  hasher: Hasher,
  look: Look,
  bytes: Uint8Array,
): Grade | 'contradiction' | 'absent' {
  if (look.kind === 'absent') return 'absent';
  const about = { seq: 1, at: 1, fileId: asFileId(1), remoteId: witness.id, key: 'any' };
  const { kind: _seen, ...seen } = look;
  const sighting: OffsiteSighting = { ...about, ...seen, kind: 'offsite-sighting' };
  const hash = hasher.of(bytes);
  const md5 = createHash('md5').update(bytes).digest('hex');
  const pass: UploadPass = {
    ...about,
    kind: 'upload-pass',
    hash,
    sizeBytes: bytes.length,
    digests: [{ algorithm: 'md5', value: md5 }],
  };
  return gradeOf(sighting, { hash, sizeBytes: bytes.length, passes: [pass] });
}
