/** What a put says and what a witness then sees, for every fault that can be injected between us and the store. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/platform/system-clock.ts';
import type { OffsiteObject } from '../../src/ports/remote.ts';
import type { LookRequest } from '../../src/ports/witness.ts';
import { withRetry } from '../../src/remotes/wrappers/retry.ts';
import { Control, codeOf, type Files, failureOf, makeFiles } from '../contracts/remote-contract.ts';
import {
  type Fault,
  type FaultProxy,
  type ProxiedRequest,
  startFaultProxy,
} from '../support/servers/fault-proxy.ts';
import type { S3Account } from '../support/servers/real-servers.ts';
import { openBench, PREFIX, type S3Bench } from './s3-bench.ts';

const puts = ({ method, url }: ProxiedRequest): boolean =>
  method === 'PUT' && !url.includes('.safelight-probe');
const asks = ({ method, url }: ProxiedRequest): boolean =>
  (method === 'HEAD' || method === 'GET') && url.includes('SEEN.MOV');
const fetches = ({ method, url }: ProxiedRequest): boolean =>
  method === 'GET' && url.includes('SEEN.MOV');

const NO_WAITING = { attempts: 3, firstWaitMs: 1, maxWaitMs: 1 };

const BUSY: Fault = { kind: 'status', status: 503, code: 'SlowDown' };

interface Row {
  readonly what: string;
  readonly fault: Fault;
  readonly times?: number;
  /** What put() says. */
  readonly said: string;
  /** What a witness sees when the way is well again. */
  readonly seen: string;
}

export function faultsSuite(account: S3Account): void {
  describe('faults on the way', () => {
    let files: Files;
    let bench: S3Bench<FaultProxy>;
    let count = 0;
    const { signal } = new AbortController();

    beforeAll(async () => {
      files = await makeFiles();
      bench = await openBench(account, startFaultProxy);
    }, 60_000);
    afterEach(() => {
      bench.way.rules.length = 0;
    });
    afterAll(async () => {
      await bench.close();
      await files.dispose();
    });

    const fresh = (size = 100_000): Promise<OffsiteObject> => {
      count += 1;
      return files.make(`ROLL/${count}.MOV`, size);
    };
    const inject = (fault: Fault, when: (r: ProxiedRequest) => boolean, times?: number): void => {
      bench.way.rules.push({ fault, when, ...(times === undefined ? {} : { times }) });
    };
    const says = async (object: OffsiteObject, control = new Control()): Promise<string> => {
      try {
        await bench.remote.put(object, control);
        return 'sent';
      } catch (error) {
        return (await failureOf(Promise.reject(error))).code;
      }
    };
    const looks = (object: OffsiteObject, minimumGrade: LookRequest['minimumGrade'] = "B'") => {
      const { key, sizeBytes } = object;
      return bench.witness.look({ key, sizeBytes, minimumGrade }, signal);
    };
    const sees = async (object: OffsiteObject, control: Control): Promise<string> => {
      const look = await looks(object);
      if (look.kind === 'absent') return 'absent';
      const md5 = control.passes.at(-1)?.[0]?.value;
      return look.digest?.value === md5 ? 'the right bytes' : 'other bytes';
    };

    test.each<Row>([
      {
        what: 'a bit turned over',
        fault: { kind: 'flip-request', at: 5_000 },
        said: 'damaged',
        seen: 'absent',
      },
      {
        what: 'cut in the middle',
        fault: { kind: 'cut-request', at: 5_000 },
        said: 'unreachable',
        seen: 'absent',
      },
      {
        what: 'cut in the middle, once',
        fault: { kind: 'cut-request', at: 5_000 },
        times: 1,
        said: 'sent',
        seen: 'the right bytes',
      },
      {
        what: 'every answer lost',
        fault: { kind: 'cut-answer' },
        said: 'unreachable',
        seen: 'the right bytes',
      },
      {
        what: 'one answer lost',
        fault: { kind: 'cut-answer' },
        times: 1,
        said: 'sent',
        seen: 'the right bytes',
      },
      { what: 'a lie', fault: { kind: 'lie' }, said: 'sent', seen: 'absent' },
      { what: 'busy', fault: BUSY, said: 'busy', seen: 'absent' },
      { what: 'busy twice', fault: BUSY, times: 2, said: 'sent', seen: 'the right bytes' },
      {
        what: 'a server error',
        fault: { kind: 'status', status: 500, code: 'Oops' },
        said: 'busy',
        seen: 'absent',
      },
    ])(
      '$what',
      async ({ fault, times, said, seen }) => {
        const object = await fresh();
        const control = new Control();
        inject(fault, puts, times);
        expect(await says(object, control)).toBe(said);
        bench.way.rules.length = 0;
        expect(await sees(object, control)).toBe(seen);
        // The twin: when the way is well again, the same file arrives.
        Object.assign(control, { replaceOwn: true });
        expect(await says(object, control)).toBe('sent');
        expect(await sees(object, control)).toBe('the right bytes');
      },
      20_000,
    );

    test('a server that never answers is given up, one that answers late is not', async () => {
      const { remote } = bench.another({ idleTimeoutMs: 400 });
      inject({ kind: 'hang' }, puts);
      const control = new Control();
      expect(await codeOf(remote.put(await fresh(), control))).toBe('unreachable');
      bench.way.rules.length = 0;
      inject({ kind: 'hang' }, puts, 1);
      const object = await fresh();
      await remote.put(object, control);
      expect(await sees(object, control)).toBe('the right bytes');
    }, 20_000);

    test('a put that hangs can be stopped', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'hang' }, (request) => {
        if (puts(request)) setImmediate(() => control.stop.abort());
        return puts(request);
      });
      expect(await says(object, control)).toBe('aborted');
    });

    test('what may pass is tried again', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'flip-request', at: 1 }, puts, 2);
      await withRetry(bench.remote, { clock: systemClock }, NO_WAITING).put(object, control);
      expect(await sees(object, control)).toBe('the right bytes');
    });

    test('every put carries a digest, and nothing else that stores stumble over', async () => {
      const object = await fresh();
      await bench.remote.put(object, new Control());
      const headers = bench.way.log.findLast((r) => puts(r) && r.url.includes(object.key))?.headers;
      expect(headers?.['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
      expect(headers?.['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
      expect(Object.keys(headers ?? {}).filter((h) => h.includes('checksum'))).toEqual([]);
      expect(headers?.['transfer-encoding']).toBeUndefined();
    });

    test('a wrong secret key is told by both, and nothing is called absent', async () => {
      const wrong = bench.another({ secretAccessKey: 'wrong' });
      const object = await fresh();
      const put = await failureOf(wrong.remote.put(object, new Control()));
      expect(put).toMatchObject({ code: 'credentials', permanent: true });
      const { key, sizeBytes } = object;
      const look = wrong.witness.look({ key, sizeBytes, minimumGrade: "B'" }, signal);
      expect(await failureOf(look)).toMatchObject({ code: 'credentials', permanent: true });
    });

    test('a missing bucket is told by both, and nothing is called absent', async () => {
      const missing = bench.another({ bucket: 'there-is-no-such-bucket' });
      const object = await fresh();
      expect(await failureOf(missing.remote.put(object, new Control()))).toMatchObject({
        code: 'no-bucket',
        permanent: true,
      });
      const { key, sizeBytes } = object;
      const look = missing.witness.look({ key, sizeBytes, minimumGrade: "B'" }, signal);
      expect(await failureOf(look)).toMatchObject({ code: 'no-bucket', permanent: true });
    });

    test('an unknown storage class is told', async () => {
      const { remote } = bench.another({ storageClass: 'BASEMENT' });
      expect(await failureOf(remote.put(await fresh(), new Control()))).toMatchObject({
        code: 'refused',
      });
    });

    test('credentials are read again after they were refused', async () => {
      expect(await says(await fresh())).toBe('sent');
      inject({ kind: 'status', status: 403, code: 'InvalidAccessKeyId' }, puts, 1);
      expect(await says(await fresh())).toBe('credentials');
      expect(await says(await fresh())).toBe('sent');
    });
  });

  describe('faults while a witness looks', () => {
    let files: Files;
    let bench: S3Bench<FaultProxy>;
    let object: OffsiteObject;
    const { signal } = new AbortController();

    beforeAll(async () => {
      files = await makeFiles();
      bench = await openBench(account, startFaultProxy);
      object = await files.make('ROLL/SEEN.MOV', 300_000);
      await bench.remote.put(object, new Control());
    }, 60_000);
    afterEach(() => {
      bench.way.rules.length = 0;
    });
    afterAll(async () => {
      await bench.close();
      await files.dispose();
    });

    const look = (minimumGrade: LookRequest['minimumGrade'], witness = bench.witness) => {
      const { key, sizeBytes } = object;
      return witness.look({ key, sizeBytes, minimumGrade }, signal);
    };
    const inject = (fault: Fault, when: (r: ProxiedRequest) => boolean): void => {
      bench.way.rules.push({ fault, when });
    };
    test.each<[string, Fault, string]>([
      ['busy', { kind: 'status', status: 503, code: 'SlowDown' }, 'busy'],
      ['cut off', { kind: 'cut-answer' }, 'unreachable'],
      [
        'a login page that knows no such thing',
        { kind: 'status', status: 404, code: 'Portal' },
        'refused',
      ],
      ['forbidden', { kind: 'status', status: 403, code: 'AccessDenied' }, 'credentials'],
    ])(
      'a store that is %s is unknown, not empty',
      async (_what, fault, code) => {
        inject(fault, asks);
        expect(await failureOf(look("B'"))).toMatchObject({ code });
        // The twin: without the fault it is seen.
        bench.way.rules.length = 0;
        expect(await look("B'")).toMatchObject({ kind: 'seen', method: 'server-digest' });
      },
      20_000,
    );

    test('a store that is silent is unknown, not empty', async () => {
      const { witness } = bench.another({ idleTimeoutMs: 400 });
      inject({ kind: 'hang' }, asks);
      expect(await failureOf(look("B'", witness))).toMatchObject({ code: 'unreachable' });
    }, 20_000);

    test('a fetch that breaks off is unknown, neither absent nor different', async () => {
      inject({ kind: 'cut-answer-body', at: 100_000 }, fetches);
      expect(await failureOf(look('A'))).toMatchObject({ code: 'unreachable' });
    });

    test('a bit turned over on the way back contradicts', async () => {
      inject({ kind: 'flip-answer', at: 100_000 }, fetches);
      const seen = await look('A');
      expect(seen).toMatchObject({ kind: 'seen', method: 'fetched' });
      expect(seen.kind === 'seen' && seen.digest?.value).not.toBe(object.hash);
      bench.way.rules.length = 0;
      expect(await look('A')).toMatchObject({ digest: { value: object.hash } });
    });

    test('a first "not found" that is taken back is unknown', async () => {
      inject(
        { kind: 'status', status: 404, code: 'NoSuchKey' },
        (r) => asks(r) && r.method === 'HEAD',
      );
      expect(await failureOf(look("B'"))).toMatchObject({ code: 'unknown' });
    });

    test.each<[string, Fault, (r: ProxiedRequest) => boolean]>([
      // Only the probe with a wrong digest carries one; the store is honest in everything else.
      ['takes a wrong digest', { kind: 'lie' }, ({ headers }) => 'content-md5' in headers],
      ['keeps nothing', { kind: 'lie' }, () => true],
      ['does not let us try', { kind: 'status', status: 403, code: 'AccessDenied' }, () => true],
    ])('a store that %s is not believed: the bytes are fetched', async (_what, fault, which) => {
      const { witness } = bench.another({});
      inject(fault, (r) => r.method === 'PUT' && r.url.includes('.safelight-probe') && which(r));
      expect(await look("B'", witness)).toMatchObject({
        method: 'fetched',
        digest: { value: object.hash },
      });
      const report = await witness.tryOut(signal);
      expect(report.findings[0]?.sentence).toMatch(/fetched back and hashed/);
    });

    test('a probe that could not be made to the end is made again', async () => {
      const { witness } = bench.another({});
      inject({ kind: 'status', status: 503, code: 'SlowDown' }, ({ url }) =>
        url.includes('.safelight-probe'),
      );
      expect(await failureOf(look("B'", witness))).toMatchObject({ code: 'busy' });
      bench.way.rules.length = 0;
      expect(await look("B'", witness)).toMatchObject({ method: 'server-digest' });
    }, 20_000);

    test('probes once, however many look at once', async () => {
      const { witness } = bench.another({});
      const before = bench.way.log.length;
      await Promise.all(Array.from({ length: 5 }, () => look("B'", witness)));
      const probes = bench.way.log
        .slice(before)
        .filter(({ method, url }) => method === 'PUT' && url.includes('.safelight-probe'));
      expect(probes).toHaveLength(2);
    });

    test('fetches when it has no digest that could be compared', async () => {
      const { key, sizeBytes } = object;
      const asked = { key, sizeBytes, minimumGrade: "B'" } as const;
      const comparable = ['xxh64'] as const;
      expect(await bench.witness.look({ ...asked, comparable }, signal)).toMatchObject({
        method: 'fetched',
      });
      expect(
        await bench.witness.look({ ...asked, comparable: ['md5', 'xxh64'] }, signal),
      ).toMatchObject({ method: 'server-digest' });
    });

    test('an object replaced by somebody else contradicts', async () => {
      const md5 = createHash('md5').update('other').digest('hex');
      const other = Buffer.alloc(object.sizeBytes, 'other');
      const before = await look("B'");
      await bench.bucket.plant(`${PREFIX}/${object.key}`, other);
      const after = await look("B'");
      expect(after).toMatchObject({ kind: 'seen', method: 'server-digest' });
      expect(after).not.toMatchObject({ digest: before.kind === 'seen' ? before.digest : md5 });
    });
  });
}
