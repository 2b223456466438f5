/** Every way in which a store can fail has a code, one sentence with the remote's name, and a hint; twice. */
import { describe, expect, test } from '@jest/globals';
import { asRemoteError } from '../../src/remotes/s3/s3-trouble.ts';
import { asWitnessError } from '../../src/witnesses/s3/trouble.ts';

const { signal } = new AbortController();

const answered = (status: number, name: string): Error =>
  Object.assign(new Error('said the store'), { name, $metadata: { httpStatusCode: status } });
const broken = (code: string): Error => Object.assign(new Error('in the network'), { code });
const timedOut = Object.assign(new Error('too slow'), { name: 'TimeoutError' });

describe('what a failed request means', () => {
  test.each([
    [answered(403, 'InvalidAccessKeyId'), 'credentials', 'credentials'],
    [answered(403, 'SignatureDoesNotMatch'), 'credentials', 'credentials'],
    [answered(400, 'ExpiredToken'), 'credentials', 'credentials'],
    [
      Object.assign(new Error('no profile'), { name: 'CredentialsProviderError' }),
      'credentials',
      'credentials',
    ],
    [answered(403, '403'), 'credentials', 'credentials'],
    [answered(403, 'AccessDenied'), 'refused', 'credentials'],
    [answered(403, 'RequestTimeTooSkewed'), 'refused', 'refused'],
    [answered(404, 'NoSuchBucket'), 'no-bucket', 'no-bucket'],
    [answered(301, 'PermanentRedirect'), 'refused', 'refused'],
    [answered(400, 'InvalidStorageClass'), 'refused', 'refused'],
    [answered(503, 'SlowDown'), 'busy', 'busy'],
    [answered(500, 'InternalError'), 'busy', 'busy'],
    [answered(429, 'TooManyRequests'), 'busy', 'busy'],
    [answered(400, 'BadDigest'), 'damaged', 'refused'],
    [answered(400, 'XAmzContentSHA256Mismatch'), 'damaged', 'refused'],
    [answered(400, 'InvalidPart'), 'damaged', 'refused'],
    [answered(413, 'EntityTooLarge'), 'quota', 'refused'],
    [answered(507, 'InsufficientStorage'), 'quota', 'busy'],
    [answered(403, 'InvalidObjectState'), 'credentials', 'archived'],
    [broken('ECONNREFUSED'), 'unreachable', 'unreachable'],
    [broken('ECONNRESET'), 'unreachable', 'unreachable'],
    [broken('EPIPE'), 'unreachable', 'unreachable'],
    [broken('ENOTFOUND'), 'unreachable', 'unreachable'],
    [new Error('around', { cause: broken('EHOSTUNREACH') }), 'unreachable', 'unreachable'],
    [timedOut, 'unreachable', 'unreachable'],
    [broken('DEPTH_ZERO_SELF_SIGNED_CERT'), 'refused', 'refused'],
    [new SyntaxError('unexpected <html>'), 'unknown', 'unknown'],
    ['a text', 'unknown', 'unknown'],
  ])('%s: %s for the remote, %s for the witness', (error, remote, witness) => {
    for (const [seen, code] of [
      [asRemoteError(error, 'b2', signal), remote],
      [asWitnessError(error, 'b2', signal), witness],
    ] as const) {
      expect(seen.code).toBe(code);
      expect(seen.message).toMatch(/^b2 .*\.$/);
      expect(seen.hint).toMatch(/^[A-Z].*\.$/);
      expect(seen.cause).toBe(error);
    }
  });

  test('stopped by ourselves is no trouble of the store', () => {
    const error = broken('ECONNRESET');
    expect(asRemoteError(error, 'b2', AbortSignal.abort()).code).toBe('aborted');
    expect(asWitnessError(error, 'b2', AbortSignal.abort()).code).toBe('aborted');
  });

  test('what is an error of ours already stays as it is', () => {
    const error = asRemoteError(timedOut, 'b2', signal);
    expect(asRemoteError(error, 'other', signal)).toBe(error);
    expect(error.message).toBe('b2 does not answer (no answer in time).');
  });
});
