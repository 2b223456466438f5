/**
 * Amazon's checksums, on a STUB of our own making: it shows that our code does what Amazon's documentation asks for,
 * not that Amazon does what its documentation says.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Files, Control, codeOf, makeFiles } from '../contracts/remote-contract.ts';
import {
  type AmazonChecksumStub,
  startAmazonChecksumStub,
} from '../support/servers/amazon-checksum-stub.ts';
import { type FaultProxy, startFaultProxy } from '../support/servers/fault-proxy.ts';
import type { S3Account } from '../support/servers/real-servers.ts';
import { openBench, type S3Bench } from './s3-bench.ts';

const THREE_PARTS = 16 * 1024 * 1024 + 1;

/** Client → proxy → stub → real server: the proxy sees what we sent, and can spoil it. */
async function proxiedStub(target: string): Promise<FaultProxy> {
  const stub: AmazonChecksumStub = await startAmazonChecksumStub(target);
  const proxy = await startFaultProxy(stub.endpoint);
  return {
    ...proxy,
    close: async () => {
      await proxy.close();
      await stub.close();
    },
  };
}

export function amazonStubSuite(account: S3Account): void {
  describe('on a stub of Amazon', () => {
    let files: Files;
    let bench: S3Bench<FaultProxy>;
    const { signal } = new AbortController();

    beforeAll(async () => {
      files = await makeFiles();
      bench = await openBench(account, proxiedStub, 'xxh64');
    }, 60_000);
    afterAll(async () => {
      await bench.close();
      await files.dispose();
    });

    test('the XXH64 goes along with a small file and comes back as grade B', async () => {
      const object = await files.make('ROLL/SMALL.JPG', 100_000);
      await bench.remote.put(object, new Control());
      const sent = bench.way.log.findLast((r) => r.method === 'PUT')?.headers;
      const value = Buffer.from(object.hash, 'hex').toString('base64');
      expect(sent?.['x-amz-checksum-xxhash64']).toBe(value);
      expect(sent?.['content-md5']).toBeUndefined();
      const { key, sizeBytes } = object;
      expect(await bench.witness.look({ key, sizeBytes, minimumGrade: 'B' }, signal)).toMatchObject(
        {
          method: 'server-digest',
          digest: { algorithm: 'xxh64', value: object.hash },
        },
      );
    });

    test('a large file is grade B as a whole, by its CRC64NVME', async () => {
      const object = await files.make('ROLL/LARGE.MOV', THREE_PARTS);
      const control = new Control();
      await bench.remote.put(object, control);
      const crc = control.passes[0]?.find((d) => d.algorithm === 'crc64nvme');
      expect(crc?.value).toMatch(/^[0-9a-f]{16}$/);
      const { key, sizeBytes } = object;
      expect(await bench.witness.look({ key, sizeBytes, minimumGrade: 'B' }, signal)).toMatchObject(
        {
          method: 'server-digest',
          digest: crc,
        },
      );
      expect(await bench.witness.look({ key, sizeBytes, minimumGrade: 'A' }, signal)).toMatchObject(
        {
          method: 'fetched',
          digest: { value: object.hash },
        },
      );
    }, 30_000);

    test.each([
      ['a small file', 100_000, 'PUT'],
      ['a part', THREE_PARTS, 'partNumber=2'],
    ])(
      'a bit turned over in %s is noticed',
      async (what, size, which) => {
        const object = await files.make(`ROLL/FLIPPED ${what}`, size);
        bench.way.rules.push({
          fault: { kind: 'flip-request', at: 5_000 },
          when: ({ method, url }) => method === 'PUT' && (which === 'PUT' || url.includes(which)),
          times: 1,
        });
        expect(await codeOf(bench.remote.put(object, new Control()))).toBe('damaged');
      },
      30_000,
    );

    test('a store that ignores a wrong checksum gets Content-MD5 instead', async () => {
      const plain = await openBench(account, startFaultProxy, 'xxh64');
      const object = await files.make('ROLL/PLAIN.JPG', 1_000);
      await plain.remote.put(object, new Control());
      const sent = plain.way.log.findLast((r) => r.url.includes('PLAIN.JPG'))?.headers;
      expect(sent?.['content-md5']).toBeDefined();
      expect(sent?.['x-amz-checksum-xxhash64']).toBeUndefined();
      const { key, sizeBytes } = object;
      expect(await plain.witness.look({ key, sizeBytes, minimumGrade: 'B' }, signal)).toMatchObject(
        {
          method: 'server-digest',
          digest: { algorithm: 'md5' },
        },
      );
      await plain.close();
    });

    test('where only CRC64NVME is known, it is used for both', async () => {
      const { remote, witness } = bench.another({ checksums: 'crc64nvme' });
      const object = await files.make('ROLL/CRC.JPG', 1_000);
      const control = new Control();
      await remote.put(object, control);
      const sent = bench.way.log.findLast((r) => r.url.includes('CRC.JPG'))?.headers;
      expect(sent?.['x-amz-checksum-crc64nvme']).toBeDefined();
      expect(sent?.['content-md5']).toBeUndefined();
      const { key, sizeBytes } = object;
      const comparable = ['crc64nvme'] as const;
      const request = { key, sizeBytes, comparable, minimumGrade: 'B' } as const;
      expect(await witness.look(request, signal)).toMatchObject({
        method: 'server-digest',
        digest: control.passes[0]?.find((d) => d.algorithm === 'crc64nvme'),
      });
    });
  });
}
