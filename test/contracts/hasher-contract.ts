/** What every hasher must do; the expected values come from other programs. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Hasher } from '../../src/ports/hasher.ts';

const utf8 = new TextEncoder();

/** Text and its XXH64, as `xxhsum` 0.8.1 prints it. Three of them begin with a zero. */
const VECTORS = [
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ['safelight-4', '02b9fbfb6a75b811'],
  ['safelight-30', '0f711c537de7f613'],
  ['safelight-50', '0e0063a7ebab2a7a'],
  [Array.from({ length: 100 }, (_, i) => String(i + 1)).join(''), '399ee204d70e3f6c'],
] as const;

export function hasherContract(name: string, make: () => Promise<Hasher>): void {
  describe(`hasher: ${name}`, () => {
    test.each(VECTORS)('of %j', async (text, expected) => {
      const hasher = await make();
      const running = hasher.start();
      running.update(utf8.encode(text));
      expect(running.digest()).toBe(expected);
      expect(hasher.of(utf8.encode(text))).toBe(expected);
    });

    test('cutting the bytes differently changes nothing; other bytes do', async () => {
      const hasher = await make();
      const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 });
      fc.assert(
        fc.property(pieces, fc.nat(), (parts, at) => {
          const whole = Uint8Array.from(parts.flatMap((part) => [...part]));
          const running = hasher.start();
          for (const part of parts) running.update(part);
          const hash = running.digest();
          expect(hash).toBe(hasher.of(whole));
          if (whole.length === 0) return;
          const index = at % whole.length;
          whole[index] = (whole[index] ?? 0) ^ 1;
          expect(hasher.of(whole)).not.toBe(hash);
        }),
      );
    });

    test('the buffer may be used again as soon as update returns', async () => {
      const hasher = await make();
      const running = hasher.start();
      const buffer = utf8.encode('ab');
      running.update(buffer);
      buffer.set(utf8.encode('c_'));
      running.update(buffer.subarray(0, 1));
      buffer.fill(0);
      expect(running.digest()).toBe('44bc2cf5ad770999');
    });

    test('hashes that run at the same time do not mix', async () => {
      const hasher = await make();
      const one = hasher.start();
      const two = hasher.start();
      const long = new Uint8Array(100_000).fill(7);
      one.update(utf8.encode('ab'));
      two.update(long);
      one.update(utf8.encode('c'));
      two.update(long);
      expect(one.digest()).toBe('44bc2cf5ad770999');
      expect(two.digest()).toBe(hasher.of(new Uint8Array(200_000).fill(7)));
    });

    test('a hash is taken once', async () => {
      const running = (await make()).start();
      running.digest();
      expect(() => running.digest()).toThrow(TypeError);
      expect(() => running.update(new Uint8Array(1))).toThrow(TypeError);
    });
  });
}
