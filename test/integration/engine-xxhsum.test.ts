/** Our hashes against those of `xxhsum` (Debian package xxhash), over buffers far larger than one block. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { makeHasher } from '../../src/platform/xxhash.ts';

// Drives that others keep busy are no failure; what hangs is ended by its own limits.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'xxhsum-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes without a period, the same in every run. */
function bytes(size: number): Uint8Array {
  const all = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) {
    createHash('sha256').update(String(at)).digest().copy(all, at);
  }
  return all;
}

describe('against xxhsum', () => {
  test.each([1, 31, 32, 33, 4095, 4096, 4097, 65_536, 1_048_579, 9_000_001])(
    '%d bytes',
    async (size) => {
      const path = join(folder, String(size));
      const content = bytes(size);
      writeFileSync(path, content);
      const [theirs] = execFileSync('xxhsum', ['-H1', path], { encoding: 'utf8' }).split(' ');
      const hasher = await makeHasher();
      const running = hasher.start();
      for (let at = 0; at < size; at += 65_536) running.update(content.subarray(at, at + 65_536));
      expect(running.digest()).toBe(theirs);
      expect(hasher.of(content)).toBe(theirs);
    },
  );
});
