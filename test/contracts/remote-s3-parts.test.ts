/** How files are cut, what digests are made of, and which digest a store is offered. */
import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Buffers } from '../../src/remotes/s3/buffers.ts';
import { wantedProfile } from '../../src/remotes/s3/checksums.ts';
import {
  base64Of,
  compositeMd5,
  md5InEtag,
  md5Of,
  startCrc64Nvme,
} from '../../src/remotes/s3/digests.ts';
import { partLengths, partSizeFor } from '../../src/remotes/s3/part-plan.ts';
import { asksChecksums } from '../../src/witnesses/s3/options.ts';

const MIB = 1024 * 1024;
const TIB = 1024 ** 4;

describe('the cutting into parts', () => {
  test('covers every byte, in at most 9,000 parts that S3 accepts, with little memory', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16 * MIB + 1, max: 5 * TIB }), (size) => {
        const partSize = partSizeFor(size);
        const count = Math.ceil(size / partSize);
        expect(count).toBeLessThanOrEqual(9_000);
        expect(partSize).toBeGreaterThanOrEqual(8 * MIB);
        expect(partSize).toBeLessThanOrEqual(1024 * MIB);
        // A part twice as small would have been too small: the plan depends on the size alone.
        expect(partSize === 8 * MIB || size > (partSize / 2) * 9_000).toBe(true);
      }),
    );
  });

  test('all parts but the last have the same length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 999 }),
        (size, part) => {
          const lengths = partLengths(size, part);
          expect(lengths.reduce((a, b) => a + b, 0)).toBe(size);
          expect(new Set(lengths.slice(0, -1))).toEqual(new Set(lengths.length > 1 ? [part] : []));
          expect(lengths.at(-1)).toBeLessThanOrEqual(part);
        },
      ),
    );
  });

  test('the last part may be full', () => {
    expect(partLengths(24, 8)).toEqual([8, 8, 8]);
    expect(partLengths(25, 8)).toEqual([8, 8, 8, 1]);
  });
});

describe('digests', () => {
  test('CRC64NVME has the check value of its definition, and can be taken again', async () => {
    const crc = await startCrc64Nvme();
    crc.update(Buffer.from('12345'));
    crc.update(Buffer.from('6789'));
    expect(crc.take()).toBe('ae8b14860a799888');
    crc.update(Buffer.from('123456789'));
    expect(crc.take()).toBe('ae8b14860a799888');
  });

  test('the composite is the MD5 of the MD5s, with their number', () => {
    const parts = [randomBytes(10), randomBytes(5)];
    const sums = parts.map((part) => createHash('md5').update(part).digest());
    const expected = createHash('md5').update(Buffer.concat(sums)).digest('hex');
    expect(compositeMd5(parts.map((part) => md5Of(part)))).toBe(`${expected}-2`);
  });

  test('checksums travel as base64 of their bytes', () => {
    expect(base64Of('00ff')).toBe('AP8=');
  });

  test.each([
    ['"d41d8cd98f00b204e9800998ecf8427e"', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['"d41d8cd98f00b204e9800998ecf8427e-2"', undefined],
    ['"random"', undefined],
    [undefined, undefined],
  ])('the ETag %s holds the MD5 %s', (etag, md5) => {
    expect(md5InEtag(etag)).toBe(md5);
  });
});

describe('the shared buffers', () => {
  const { signal } = new AbortController();

  test('two at a time, in the order of asking; the others wait', async () => {
    const buffers = new Buffers();
    const log: string[] = [];
    const gates = ['a', 'b', 'c'].map((name) => ({ name, gate: new EventEmitter() }));
    const lends = gates.map(({ name, gate }) =>
      buffers.lend(signal, async (buffer) => {
        log.push(`${name} has ${buffer.length >> 20} MiB`);
        await once(gate, 'go');
        log.push(`${name} is through`);
      }),
    );
    await setImmediate();
    expect(log).toEqual(['a has 16 MiB', 'b has 16 MiB']);
    gates[0]?.gate.emit('go');
    await lends[0];
    await setImmediate();
    expect(log.slice(2)).toEqual(['a is through', 'c has 16 MiB']);
    gates[1]?.gate.emit('go');
    gates[2]?.gate.emit('go');
    await Promise.all(lends);
  });

  test('whoever waits can be stopped, and takes no turn from the others', async () => {
    const buffers = new Buffers();
    const gate = new EventEmitter();
    const stop = new AbortController();
    const held = [1, 2].map(() => buffers.lend(signal, () => once(gate, 'go')));
    const stopped = buffers.lend(stop.signal, async () => 'never');
    const patient = buffers.lend(signal, async () => 'at last');
    stop.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow('stopped');
    gate.emit('go');
    await Promise.all(held);
    expect(await patient).toBe('at last');
  });

  test('a turn that comes too late for one is the next one’s', async () => {
    const buffers = new Buffers();
    const [first, second] = [new EventEmitter(), new EventEmitter()];
    const stop = new AbortController();
    // A bare promise: `once` would take some turns of its own before it settles.
    const held = [first, second].map((gate) =>
      buffers.lend(signal, () => new Promise((go) => gate.once('go', go))),
    );
    const stopped = buffers.lend(stop.signal, async () => 'never');
    const patient = buffers.lend(signal, async () => 'at last');
    await setImmediate();
    // Woken by the first that ends, and stopped before it gets to run.
    first.emit('go');
    queueMicrotask(() => stop.abort(new Error('stopped')));
    await expect(stopped).rejects.toThrow('stopped');
    expect(await patient).toBe('at last');
    second.emit('go');
    await Promise.all(held);
  });

  test('a failure gives the turn on, but not the buffer', async () => {
    const buffers = new Buffers();
    const seen: Buffer[] = [];
    const use = async (buffer: Buffer): Promise<void> => {
      seen.push(buffer);
      if (seen.length === 1) throw new Error('broken');
    };
    const gate = new EventEmitter();
    const other = buffers.lend(signal, () => once(gate, 'go'));
    await expect(buffers.lend(signal, use)).rejects.toThrow('broken');
    await buffers.lend(signal, use);
    await buffers.lend(signal, use);
    gate.emit('go');
    await other;
    expect(seen[1]).not.toBe(seen[0]);
    expect(seen[2]).toBe(seen[1]);
  });
});

describe('the digest that a store is offered', () => {
  test.each([
    [undefined, 'xxh64'],
    ['https://s3.eu-central-1.amazonaws.com', 'xxh64'],
    ['https://acc.r2.cloudflarestorage.com', 'crc64nvme'],
    ['https://s3.eu-central-003.backblazeb2.com', 'md5'],
    ['https://amazonaws.com.example.org', 'md5'],
    ['http://127.0.0.1:9000', 'md5'],
  ] as const)('at %s is %s, and the witness asks accordingly', (endpoint, whole) => {
    const at = endpoint === undefined ? {} : { endpoint };
    expect(wantedProfile(at).whole).toBe(whole);
    expect(asksChecksums(at)).toBe(whole !== 'md5');
  });

  test('can be chosen', () => {
    const endpoint = 'http://127.0.0.1:9000';
    expect(wantedProfile({ endpoint, checksums: 'xxh64' })).toEqual({
      whole: 'xxh64',
      parts: 'crc64nvme',
    });
    expect(wantedProfile({ checksums: 'md5' })).toEqual({ whole: 'md5', parts: 'md5' });
    expect(asksChecksums({ endpoint, checksums: 'xxh64' })).toBe(true);
    expect(asksChecksums({ checksums: 'md5' })).toBe(false);
  });
});
