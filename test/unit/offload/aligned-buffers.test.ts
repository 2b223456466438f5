import { describe, expect, test } from '@jest/globals';
import {
  BLOCK_BYTES,
  BufferPool,
  fullBlocks,
  padWithZeros,
  wholeBlocks,
} from '../../../src/offload/aligned-buffers.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';

const hasher = await makeHasher();
const SIZE = 2 * BLOCK_BYTES;

describe('blocks', () => {
  test.each([
    [0, 0, 0],
    [1, 4096, 0],
    [4095, 4096, 0],
    [4096, 4096, 4096],
    [4097, 8192, 4096],
  ])('%d bytes: %d in whole blocks, %d in full ones', (bytes, whole, full) => {
    expect([wholeBlocks(bytes), fullBlocks(bytes)]).toEqual([whole, full]);
  });

  test('what a write may take along of an earlier file is zeroed', () => {
    const buffer = new Uint8Array(5 * BLOCK_BYTES).fill(7);
    padWithZeros(buffer, 5000);
    expect(buffer[4999]).toBe(7);
    expect(buffer.subarray(5000, 3 * BLOCK_BYTES).every((byte) => byte === 0)).toBe(true);
    padWithZeros(buffer, buffer.length);
  });
});

describe.each([
  ['in the memory of the hasher', hasher],
  [
    'without such memory',
    { start: () => hasher.start(), of: (bytes: Uint8Array) => hasher.of(bytes) },
  ],
])('a pool of buffers %s', (_, own) => {
  test('hands out so many and no more, in the order of asking', async () => {
    const pool = new BufferPool(own, 2, SIZE);
    await pool.during(async () => {
      const first = await pool.take();
      const second = await pool.take();
      expect(first).not.toBe(second);
      expect([first.length, second.length]).toEqual([SIZE, SIZE]);
      const order: string[] = [];
      const third = pool.take().then((buffer) => {
        order.push('third');
        return buffer;
      });
      const fourth = pool.take().then((buffer) => {
        order.push('fourth');
        return buffer;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(order).toEqual([]);
      pool.give(first);
      pool.give(second);
      expect(await third).toBe(first);
      expect(await fourth).toBe(second);
      expect(order).toEqual(['third', 'fourth']);
    });
  });

  test('an abandoned buffer never comes back, and its place is filled', async () => {
    const pool = new BufferPool(own, 1, SIZE);
    await pool.during(async () => {
      const hanging = await pool.take();
      const waiting = pool.take();
      pool.abandon();
      const other = await waiting;
      expect(other).not.toBe(hanging);
      expect(other).toHaveLength(SIZE);
      pool.give(other);
      expect(await pool.take()).toBe(other);
    });
  });

  test('holds memory only while somebody works', async () => {
    const pool = new BufferPool(own, 1, SIZE);
    let earlier: Uint8Array | undefined;
    await pool.during(async () => {
      earlier = await pool.take();
      // Work within work finds the same buffers.
      await pool.during(async () => undefined);
      pool.give(earlier);
      expect(await pool.take()).toBe(earlier);
      pool.give(earlier);
    });
    await pool.during(async () => {
      expect(await pool.take()).not.toBe(earlier);
    });
  });

  test('keeps its memory for one pause, for work that follows at once', async () => {
    const pauses: (() => void)[] = [];
    const pool = new BufferPool(
      own,
      1,
      SIZE,
      () => new Promise((resolve) => pauses.push(() => resolve())),
    );
    const bufferOf = async (): Promise<Uint8Array> => {
      let buffer: Uint8Array = new Uint8Array();
      await pool.during(async () => {
        buffer = await pool.take();
        pool.give(buffer);
      });
      return buffer;
    };
    const first = await bufferOf();
    expect(await bufferOf()).toBe(first);
    pauses.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    // It was used during that pause: another one begins.
    expect(await bufferOf()).toBe(first);
    pauses.shift()?.();
    await Promise.resolve();
    pauses.shift()?.();
    for (let n = 0; n < 5; n += 1) await Promise.resolve();
    expect(await bufferOf()).not.toBe(first);
  });

  test('hashes what is in its buffers', async () => {
    const pool = new BufferPool(own, 1, SIZE);
    await pool.during(async () => {
      const buffer = await pool.take();
      buffer.set(new TextEncoder().encode('abc'));
      const running = pool.startHash();
      running.update(buffer.subarray(0, 3));
      expect(running.digest()).toBe('44bc2cf5ad770999');
    });
  });
});
