/** Large files: in parts, resumed, and never completed with a wrong byte. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/platform/system-clock.ts';
import type { OffsiteObject } from '../../src/ports/remote.ts';
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

const MIB = 1024 * 1024;
/** Three parts, the last one short. */
const THREE_PARTS = 16 * MIB + 1;
/** Eight parts. */
const EIGHT_PARTS = 7 * 8 * MIB + 12_345;
const partNumber = ({ method, url }: ProxiedRequest): number =>
  method === 'PUT' ? Number(/[?&]partNumber=(\d+)/.exec(url)?.[1] ?? 0) : 0;
const completes = ({ method, url }: ProxiedRequest): boolean =>
  method === 'POST' && url.includes('uploadId=') && !url.includes('.safelight-probe');
const NO_WAITING = { attempts: 3, firstWaitMs: 1, maxWaitMs: 1 };

export function multipartSuite(account: S3Account): void {
  describe('in parts', () => {
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

    const fresh = (size = THREE_PARTS): Promise<OffsiteObject> => {
      count += 1;
      return files.make(`ROLL/${count}.MOV`, size);
    };
    const inject = (fault: Fault, when: (r: ProxiedRequest) => boolean, times?: number): void => {
      bench.way.rules.push({ fault, when, ...(times === undefined ? {} : { times }) });
    };
    const partsSince = (mark: number): readonly number[] =>
      bench.way.log
        .slice(mark)
        .map((entry) => partNumber(entry))
        .filter((n) => n > 0)
        .toSorted((a, b) => a - b);
    const look = (object: OffsiteObject, minimumGrade: 'A' | 'B' | "B'") => {
      const { key, sizeBytes } = object;
      return bench.witness.look({ key, sizeBytes, minimumGrade }, signal);
    };
    /** Both kinds of looking find the bytes that were sent. */
    const expectThere = async (object: OffsiteObject, control: Control): Promise<void> => {
      expect(await look(object, "B'")).toMatchObject({
        kind: 'seen',
        method: 'server-digest',
        sizeBytes: object.sizeBytes,
        digest: control.passes.at(-1)?.[0],
      });
      expect(await look(object, 'A')).toMatchObject({
        method: 'fetched',
        digest: { algorithm: 'xxh64', value: object.hash },
      });
    };

    test("arrives whole, is B' by asking, and A where more is wanted", async () => {
      const object = await fresh();
      const control = new Control();
      await bench.remote.put(object, control);
      expect(control.bytes).toBe(THREE_PARTS);
      expect(control.note).toBeUndefined();
      expect(control.passes.map((digests) => digests.map((d) => d.algorithm))).toEqual([
        ['md5-composite'],
      ]);
      await expectThere(object, control);
      expect(await look(object, 'B')).toMatchObject({ method: 'fetched' });
    }, 30_000);

    test('a store that takes a part with a wrong digest is not believed about parts', async () => {
      const object = await fresh();
      await bench.remote.put(object, new Control());
      const { witness } = bench.another({});
      const { key, sizeBytes } = object;
      const request = { key, sizeBytes, minimumGrade: "B'" } as const;
      inject(
        { kind: 'lie' },
        (r) =>
          partNumber(r) > 0 && r.url.includes('.safelight-probe') && 'content-md5' in r.headers,
      );
      expect(await witness.look(request, signal)).toMatchObject({ method: 'fetched' });
      // The twin: asked again when it has become honest.
      bench.way.rules.length = 0;
      await witness.tryOut(signal);
      expect(await witness.look(request, signal)).toMatchObject({ method: 'server-digest' });
    }, 30_000);

    test('commits the pass before the object is visible', async () => {
      const object = await fresh();
      const control = new Control();
      const visible: boolean[] = [];
      control.onCommit = async () => {
        visible.push(await bench.bucket.has(`${PREFIX}/${object.key}`));
      };
      await bench.remote.put(object, control);
      expect(visible).toEqual([false]);
    }, 30_000);

    test('goes on in part 5 of 8, sends again what was spoilt there, and no more', async () => {
      const object = await fresh(EIGHT_PARTS);
      const control = new Control();
      inject({ kind: 'hang' }, (request) => {
        if (partNumber(request) !== 5) return false;
        setImmediate(() => control.stop.abort());
        return true;
      });
      expect(await codeOf(bench.remote.put(object, control))).toBe('aborted');
      bench.way.rules.length = 0;
      expect(control.passes).toEqual([]);
      expect(await bench.bucket.has(`${PREFIX}/${object.key}`)).toBe(false);

      // Somebody overwrites part 2 with garbage, on the server's side.
      await bench.bucket.client.send(
        new UploadPartCommand({
          Bucket: bench.bucket.name,
          Key: `${PREFIX}/${object.key}`,
          UploadId: control.note?.uploadId,
          PartNumber: 2,
          Body: Buffer.alloc(8 * MIB, 'x'),
        }),
      );
      const again = Object.assign(new Control(), { note: control.note });
      const mark = bench.way.log.length;
      await bench.remote.put(object, again);
      const sent = partsSince(mark);
      expect(sent).toContain(2);
      expect(sent).toContain(5);
      expect(sent).not.toContain(1);
      expect(sent).not.toContain(3);
      expect(sent.length).toBeLessThanOrEqual(5);
      await expectThere(object, again);
    }, 60_000);

    test('completes nothing when one byte of a part that was sent before has changed since', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'cut-request', at: 0 }, (request) => partNumber(request) === 3);
      expect(await codeOf(bench.remote.put(object, control))).toBe('unreachable');
      bench.way.rules.length = 0;
      expect(control.note).toBeDefined();
      await flipByte(object.localPath, 100);
      expect(await codeOf(bench.remote.put(object, control))).toBe('source-differs');
      expect(await look(object, "B'")).toEqual({ kind: 'absent' });
      expect(control.passes).toEqual([]);
      expect(control.note).toBeUndefined();
      expect(await bench.bucket.pending()).toEqual([]);
    }, 30_000);

    test('a bit turned over in one part is noticed, and that part sent again', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'flip-request', at: 5_000 }, (request) => partNumber(request) === 2, 1);
      const mark = bench.way.log.length;
      await withRetry(bench.remote, { clock: systemClock }, NO_WAITING).put(object, control);
      expect(partsSince(mark).filter((n) => n === 2)).toHaveLength(2);
      await expectThere(object, control);
    }, 30_000);

    test('a lie about one part is found at the end, and that part alone sent again', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'lie' }, (request) => partNumber(request) === 2, 1);
      expect(await codeOf(bench.remote.put(object, control))).toBe('damaged');
      expect(await look(object, "B'")).toEqual({ kind: 'absent' });
      const mark = bench.way.log.length;
      await bench.remote.put(object, control);
      expect(partsSince(mark)).toEqual([2]);
      await expectThere(object, control);
    }, 30_000);

    test('a lost answer to the end is no reason to send again', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'cut-answer' }, completes, 1);
      await bench.remote.put(object, control);
      expect(control.note).toBeUndefined();
      await expectThere(object, control);
    }, 30_000);

    test('when every answer to the end is lost, the next try finds it done and sends nothing', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'cut-answer' }, completes);
      expect(await codeOf(bench.remote.put(object, control))).toBe('unreachable');
      bench.way.rules.length = 0;
      const mark = bench.way.log.length;
      await bench.remote.put(object, control);
      expect(partsSince(mark)).toEqual([]);
      expect(control.note).toBeUndefined();
      await expectThere(object, control);
    }, 30_000);

    test("leaves somebody else's object alone and no parts behind", async () => {
      const object = await fresh();
      const theirs = Buffer.from('somebody else put this here');
      await bench.bucket.plant(`${PREFIX}/${object.key}`, theirs);
      await bench.remote.put(object, new Control());
      const stored = await bench.bucket.stored(`${PREFIX}/${object.key}`);
      // Compared as text: a difference of megabytes would take minutes to print.
      expect(Buffer.from(stored ?? []).toString('utf8', 0, 100)).toBe(theirs.toString());
      expect(await bench.bucket.pending()).toEqual([]);
    }, 30_000);

    test('replaces our own object when told to', async () => {
      const object = await fresh();
      const control = Object.assign(new Control(), { replaceOwn: true });
      await bench.bucket.plant(`${PREFIX}/${object.key}`, Buffer.from('our own, but damaged'));
      await bench.remote.put(object, control);
      expect(control.passes).toHaveLength(1);
      await expectThere(object, control);
    }, 30_000);

    test('a pending upload of another cut is ended, not used', async () => {
      const object = await fresh();
      const control = new Control();
      const key = `${PREFIX}/${object.key}`;
      const { UploadId = '' } = await bench.bucket.client.send(
        new CreateMultipartUploadCommand({ Bucket: bench.bucket.name, Key: key }),
      );
      const facts = { uploadId: UploadId, partSizeBytes: 5 * MIB, startedAt: 0 };
      control.note = { key: object.key, ...facts };
      await bench.remote.put(object, control);
      await expectThere(object, control);
      expect(await bench.bucket.pending()).toEqual([]);
    }, 30_000);

    test('sweeps uploads that nobody knows of, and only those', async () => {
      const begin = async (key: string): Promise<string> => {
        const { UploadId = '' } = await bench.bucket.client.send(
          new CreateMultipartUploadCommand({ Bucket: bench.bucket.name, Key: key }),
        );
        return UploadId;
      };
      const forgotten = await begin(`${PREFIX}/ROLL/FORGOTTEN.MOV`);
      const known = await begin(`${PREFIX}/ROLL/KNOWN.MOV`);
      const foreign = await begin('somewhere-else/FOREIGN.MOV');
      const note = { key: 'ROLL/KNOWN.MOV', uploadId: known, partSizeBytes: 1, startedAt: 0 };
      expect(await bench.remote.sweep([note], 86_400_000, signal)).toBe(0);
      expect(await bench.remote.sweep([note], -60_000, signal)).toBe(1);
      const left = await bench.bucket.pending();
      expect(left).toContain(known);
      expect(left).toContain(foreign);
      expect(left).not.toContain(forgotten);
    }, 30_000);

    test('an object replaced by somebody else contradicts, by asking and by fetching', async () => {
      const object = await fresh();
      const control = new Control();
      await bench.remote.put(object, control);
      const { size } = await stat(object.localPath);
      await bench.bucket.plant(`${PREFIX}/${object.key}`, Buffer.alloc(size, 'x'));
      const asked = await look(object, "B'");
      const md5 = createHash('md5').update(Buffer.alloc(size, 'x')).digest('hex');
      expect(asked).toMatchObject({ digest: { algorithm: 'md5', value: md5 } });
      const fetched = await look(object, 'A');
      expect(fetched.kind === 'seen' && fetched.digest?.value).not.toBe(object.hash);
    }, 30_000);

    test('a put that is stopped keeps its note and tells so', async () => {
      const object = await fresh();
      const control = new Control();
      inject({ kind: 'hang' }, (request) => {
        if (partNumber(request) === 0) return false;
        setImmediate(() => control.stop.abort(new Error('the service stops')));
        return true;
      });
      const error = await failureOf(bench.remote.put(object, control));
      expect(error).toMatchObject({ code: 'aborted' });
      expect(control.note?.key).toBe(object.key);
    }, 30_000);
  });
}

async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}
