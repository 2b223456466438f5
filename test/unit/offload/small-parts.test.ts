/** The small pure parts of the engine: names, paths, samples, room, words. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asDestinationId } from '../../../src/core/ids.ts';
import { numberText } from '../../../src/platform/device-number.ts';
import { Turns } from '../../../src/offload/engine-tools.ts';
import { driveChanged, lostLeg, lyingDrive } from '../../../src/offload/leg-trouble.ts';
import { roundedUp } from '../../../src/offload/modified-time.ts';
import { samplePieces } from '../../../src/offload/reread.ts';
import { assertStaysBelow } from '../../../src/offload/safe-path.ts';
import { SpaceReservation } from '../../../src/offload/space-reservation.ts';
import { isTempName, tempPathFor } from '../../../src/offload/temp-name.ts';

const MIB = 1 << 20;

describe('temporary names', () => {
  test('lie beside the target, are hidden, and are recognised', () => {
    const path = tempPathFor('/mnt/a/roll/DCIM/IMG_1.CR3');
    expect(path).toMatch(/^\/mnt\/a\/roll\/DCIM\/\.IMG_1\.CR3\.safelight-[0-9a-f]{12}$/);
    expect(tempPathFor('/mnt/a/x')).not.toBe(tempPathFor('/mnt/a/x'));
  });

  test('whatever the name is, they fit in a directory entry', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' }), (name) => {
        fc.pre(!name.includes('/') && !name.includes('\0'));
        const temp = tempPathFor(`/d/${name}`).slice('/d/'.length);
        expect(Buffer.byteLength(temp)).toBeLessThanOrEqual(255);
        expect(temp).not.toContain('/');
        expect(isTempName(temp)).toBe(true);
      }),
    );
  });

  test('a long name is cut between characters', () => {
    const temp = tempPathFor(`/d/a${'\u{1f4f7}'.repeat(60)}`);
    expect(Buffer.from(temp).toString()).toBe(temp);
  });

  test.each([
    'IMG_1.CR3',
    '.hidden',
    '.safelight-0123456789ab',
    'x.safelight-0123456789ab',
    '.x.safelight-0123456789aB',
    '.x.safelight-0123456789abc',
    '.x.safelight-0123456789a',
    '.x.safelight-0123456789ab.jpg',
    '.x_safelight-0123456789ab',
  ])('%s is not one', (name) => {
    expect(isTempName(name)).toBe(false);
  });
});

describe('paths', () => {
  test.each(['a', 'a/b', 'a b/ü', '...', 'a/..b', '.a'])('%j stays below', (path) => {
    expect(() => assertStaysBelow(path)).not.toThrow();
  });

  test.each(['', '/', '/a', 'a/', 'a//b', '..', 'a/..', '../a', '.', 'a/./b', 'a\0'])(
    '%j does not',
    (path) => {
      expect(() => assertStaysBelow(path)).toThrow(expect.objectContaining({ code: 'bad-job' }));
    },
  );
});

describe('a sample', () => {
  test.each([0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB - 1])(
    'of %d bytes is the whole file',
    (size) => {
      const pieces = samplePieces(size, () => 0);
      expect(pieces.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(size);
    },
  );

  test('of any file holds its first and last MiB and about one per cent between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3 * MIB, max: 2 ** 34 }), fc.nat(), (size, seed) => {
        const pieces = samplePieces(size, (below) => seed % below);
        expect(pieces[0]).toEqual({ from: 0, to: MIB });
        const end = pieces.at(-1)?.to;
        expect(end).toBe(size);
        const covered = (at: number): boolean =>
          pieces.some(({ from, to }) => from <= at && at < to);
        expect(covered(size - MIB)).toBe(true);
        const sound = pieces.every(
          ({ from, to }, i) =>
            from % MIB === 0 && to - from <= MIB && from >= (pieces[i - 1]?.to ?? 0),
        );
        expect(sound).toBe(true);
        const inner = Math.ceil(size / MIB) - 3;
        expect(pieces.length - 3).toBeGreaterThanOrEqual(Math.floor(inner / 100));
        expect(pieces.length - 3).toBeLessThanOrEqual(Math.ceil(inner / 100));
      }),
    );
  });

  test('another sample sees other pieces', () => {
    const one = samplePieces(500 * MIB, () => 3).map(({ from }) => from / MIB);
    const two = samplePieces(500 * MIB, () => 4).map(({ from }) => from / MIB);
    expect(one).toEqual([0, 4, 104, 204, 304, 404, 498, 499]);
    expect(two).toEqual([0, 5, 105, 205, 305, 405, 498, 499]);
  });
});

describe('room that is promised', () => {
  test('is counted per filesystem until it is written or given back', () => {
    const space = new SpaceReservation();
    const one = space.claim(7, 100);
    const two = space.claim(7, 50);
    space.claim(8, 1);
    expect(space.promised(7)).toBe(150);
    one.written(60);
    expect(space.promised(7)).toBe(90);
    one.again(60);
    expect(space.promised(7)).toBe(150);
    // More than was claimed takes nothing from the others.
    one.written(500);
    expect(space.promised(7)).toBe(50);
    one.end();
    two.end();
    two.end();
    expect([space.promised(7), space.promised(8)]).toEqual([0, 1]);
  });
});

describe('turns', () => {
  test('of one thing come one after the other, of two things side by side', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const take = async (thing: string, name: string): Promise<void> =>
      await turns.take(thing, async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
      });
    await Promise.all([take('a', '1'), take('a', '2'), take('b', '3')]);
    expect(log.indexOf('2 begins')).toBeGreaterThan(log.indexOf('1 ends'));
    expect(log.indexOf('3 begins')).toBeLessThan(log.indexOf('1 ends'));
  });

  test('need not be waited for when all is over, but what has begun is finished', async () => {
    const turns = new Turns();
    const stop = new AbortController();
    const log: string[] = [];
    const first = turns.take(
      'a',
      async () => {
        stop.abort(new Error('enough'));
        await new Promise((resolve) => setImmediate(resolve));
        log.push('first is cleared up');
      },
      stop.signal,
    );
    const second = turns.take('a', async () => log.push('second'), stop.signal);
    await expect(second).rejects.toThrow('enough');
    await first;
    expect(log).toEqual(['first is cleared up']);
  });

  test('are given on after a failure', async () => {
    const turns = new Turns();
    await expect(turns.take('a', async () => Promise.reject(new Error('EIO')))).rejects.toThrow(
      'EIO',
    );
    await expect(turns.take('a', async () => 5)).resolves.toBe(5);
  });
});

describe('what a failed drive means', () => {
  const id = asDestinationId('backup');
  const failed = (code: string): ReturnType<typeof lostLeg> =>
    lostLeg(id, Object.assign(new Error(`${code}: it failed`), { code }));

  test.each([
    ['ENOSPC', 'too-little-space'],
    ['EDQUOT', 'too-little-space'],
    ['EROFS', 'read-only'],
    ['EACCES', 'read-only'],
    ['EPERM', 'read-only'],
    ['EFBIG', 'file-too-large'],
    ['ENOENT', 'gone'],
    ['ENOTDIR', 'gone'],
    ['ESTALE', 'gone'],
    ['ENODEV', 'gone'],
    ['ENXIO', 'gone'],
    ['ENOTCONN', 'gone'],
    ['ESHUTDOWN', 'gone'],
    ['ESTALLED', 'unknown'],
    ['EIO', 'unknown'],
    ['EUCLEAN', 'unknown'],
  ])('%s: %s', (code, trouble) => {
    expect(failed(code)).toMatchObject({ destinationId: id, trouble });
  });

  test('every sentence names the drive and is one sentence with a hint', () => {
    const codes = ['ENOSPC', 'EROFS', 'EACCES', 'EFBIG', 'ENOENT', 'ESTALLED', 'EIO', 'EUCLEAN'];
    const legs = codes.map(failed);
    legs.push(lostLeg(id, driveChanged(id, '/mnt/b')), lostLeg(id, lyingDrive(id, '/mnt/b/x')));
    for (const { sentence, hint } of legs) {
      expect(sentence).toContain('"backup"');
      expect(sentence).toMatch(/^[A-Z][^\n]*\.$/);
      expect(hint).toMatch(/^[A-Z][^\n]*\.$/);
    }
    expect(new Set(legs.map(({ sentence }) => sentence)).size).toBe(legs.length);
  });

  test('something that is no error is still told', () => {
    expect(lostLeg(id, 'what')).toMatchObject({ trouble: 'unknown' });
  });
});

test.each([
  [0x700, '7:0'],
  [0x705, '7:5'],
  [66_305, '259:1'],
  [0x10_0803, '8:259'],
])('the device number %d is %s', (number, text) => {
  expect(numberText(number)).toBe(text);
});

test('times are rounded up by less than two microseconds, never down', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (ns) => {
      const [, seconds] = roundedUp(ns);
      // A power of two keeps the double exact.
      const exact = (BigInt(Math.floor(seconds * 2 ** 40)) * 1_000_000_000n) >> 40n;
      // The nearest double of nanoseconds may itself lie 256 ns below.
      expect(Number(exact - ns)).toBeGreaterThan(-256);
      expect(Number(exact - ns)).toBeLessThan(2000);
    }),
  );
  expect(roundedUp(1_700_000_000_120_000_000n)[1]).toBeGreaterThanOrEqual(1_700_000_000.12);
});
