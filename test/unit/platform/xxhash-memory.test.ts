import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asContentHash } from '../../../src/core/ids.ts';
import { loadNative } from '../../../src/platform/native.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';
import { makeHashMemory } from '../../../src/platform/xxhash-memory.ts';
import type { HashMemory, RunningHash } from '../../../src/ports/hasher.ts';
import { hasherContract } from '../../contracts/hasher-contract.ts';

async function memory(): Promise<HashMemory> {
  const made = await makeHashMemory(3, 4 << 20);
  if (made === undefined) throw new Error('the module was not found in the installed package');
  return made;
}

/** How much of this process's address space is marked for large pages ("hg" in proc(5)). */
function largePageKib(): number {
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[\da-f]+-[\da-f]+ )/m);
  const large = mappings.filter((mapping) => /^VmFlags:.* hg/m.test(mapping));
  return large.reduce((sum, one) => sum + Number(/^Size:\s+(\d+) kB/m.exec(one)?.[1]), 0);
}

hasherContract('in place', async () => {
  const made = await memory();
  const start = (): RunningHash => {
    const running = made.start();
    if (running === undefined) throw new Error('no state left');
    return running;
  };
  return {
    start,
    of(bytes) {
      const running = start();
      running.update(bytes);
      return asContentHash(running.digest());
    },
  };
});

describe('hash memory', () => {
  test('buffers begin at pages and do not overlap', async () => {
    const { buffers } = await memory();
    expect(buffers.map(({ length }) => length)).toEqual([4 << 20, 4 << 20, 4 << 20]);
    expect(buffers.map(({ byteOffset }) => byteOffset % 4096)).toEqual([0, 0, 0]);
    for (const [i, buffer] of buffers.entries()) buffer.fill(i + 1);
    for (const [i, buffer] of buffers.entries()) {
      expect([buffer[0], buffer.at(-1)]).toEqual([i + 1, i + 1]);
    }
  });

  test('the kernel is asked for large pages below the buffers', async () => {
    if ((await loadNative()).preferLargePages === undefined) return;
    const { buffers } = await memory();
    // Not compared with what was marked before: memory of earlier tests may be given back at any moment.
    expect(largePageKib()).toBeGreaterThanOrEqual((buffers.length * (4 << 20)) / 1024);
  });

  test('bytes in a buffer hash as everywhere, whatever ran in the same state before', async () => {
    const made = await memory();
    const plain = await makeHasher();
    const [buffer] = made.buffers;
    if (buffer === undefined) throw new Error('no buffer');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 4096 }), (bytes, at) => {
        const running = made.start();
        buffer.set(bytes, at);
        running?.update(buffer.subarray(at, at + bytes.length));
        expect(running?.digest()).toBe(plain.of(bytes));
      }),
    );
  });

  test('when too many hashes run, it says so instead of mixing them', async () => {
    const made = await memory();
    const running: RunningHash[] = [];
    for (let next = made.start(); next !== undefined; next = made.start()) running.push(next);
    expect(running.length).toBeGreaterThan(100);
    running.pop()?.digest();
    expect(made.start()).toBeDefined();
  });
});
