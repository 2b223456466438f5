import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isLoopback,
  parseDuration,
  parseHttpUrl,
  parseListen,
  parsePercent,
} from '../../../src/config/values.ts';

describe('parseDuration', () => {
  test.each([
    ['30d', 2_592_000_000],
    ['12h', 43_200_000],
    ['15m', 900_000],
    ['15min', 900_000],
    ['30s', 30_000],
    ['0s', 0],
    ['250ms', 250],
    ['2w', 1_209_600_000],
    ['1.5h', 5_400_000],
    [' 7 d ', 604_800_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '30', 'd', '-1d', '30 days', '1h30m', '1e3s', '30D', '∞', '9999999999d'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test('any whole number with a unit is that many of the unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (n) => {
        expect(parseDuration(`${n}s`)).toBe(n * 1000);
        expect(parseDuration(`${n}d`)).toBe(n * 86_400_000);
      }),
    );
  });
});

describe('parsePercent', () => {
  test.each([
    ['1%', 0.01],
    ['0%', 0],
    ['100%', 1],
    ['0.5 %', 0.005],
  ])('%s', (text, share) => {
    expect(parsePercent(text)).toBeCloseTo(share, 10);
  });

  test.each(['1', '101%', '-1%', '%', '1 percent', '100.1%'])('refuses %j', (text) => {
    expect(parsePercent(text)).toBeUndefined();
  });
});

describe('parseListen', () => {
  test.each([
    ['127.0.0.1:7878', '127.0.0.1', 7878, true],
    ['127.9.9.9:1', '127.9.9.9', 1, true],
    ['localhost:0', 'localhost', 0, true],
    ['[::1]:7878', '::1', 7878, true],
    ['0.0.0.0:80', '0.0.0.0', 80, false],
    ['[::]:80', '::', 80, false],
    ['studio.local:65535', 'studio.local', 65_535, false],
    ['127.0.0.1.evil.example:80', '127.0.0.1.evil.example', 80, false],
  ])('%s', (text, host, port, loopback) => {
    expect(parseListen(text)).toEqual({ host, port, loopback });
  });

  test.each(['7878', ':7878', '127.0.0.1', '127.0.0.1:65536', '::1:7878', 'http://a:1', 'a b:1'])(
    'refuses %j',
    (text) => {
      expect(parseListen(text)).toBeUndefined();
    },
  );
});

test('a name that only begins like loopback is not loopback', () => {
  expect(isLoopback('[::1]')).toBe(true);
  expect(isLoopback('localhost.evil.example')).toBe(false);
});

test('an address with a user name or password in it is refused', () => {
  expect(parseHttpUrl('https://ntfy.sh/topic')?.host).toBe('ntfy.sh');
  for (const text of ['https://me:pw@ntfy.sh/', 'https://me@ntfy.sh/', 'ftp://a/', 'ntfy.sh', '']) {
    expect(parseHttpUrl(text)).toBeUndefined();
  }
});
