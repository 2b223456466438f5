/** How files are cut, what digests are made of, and which digest a store is offered. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wantedProfile } from '../../src/remotes/s3/checksums.ts';
import {
  base64Of,
  compositeMd5,
  md5InEtag,
  md5Of,
  startCrc64Nvme,
} from '../../src/remotes/s3/digests.ts';
import { partLengths, partSizeFor, partsInFlight } from '../../src/remotes/s3/part-plan.ts';
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

  test('two parts at once while they are small', () => {
    expect([8, 16, 32].map((mib) => partsInFlight(mib * MIB))).toEqual([2, 2, 1]);
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
