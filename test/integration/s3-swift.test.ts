/** Remote and witness on OpenStack Swift's S3 interface: contracts, large files, and damage at rest. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Control, makeFiles, remoteContract } from '../contracts/remote-contract.ts';
import { witnessContract } from '../contracts/witness-contract.ts';
import { startFaultProxy } from '../support/servers/fault-proxy.ts';
import { onServer } from '../support/servers/on-server.ts';
import { shareOneError } from '../support/servers/one-realm.ts';
import { startSwift } from '../support/servers/real-servers.ts';
import { contractBench, openBench, straight } from './s3-bench.ts';
import { multipartSuite } from './s3-multipart-suite.ts';

shareOneError();

/** Turns one bit over in every stored object file of this size; returns how many there were. */
async function damageAtRest(folder: string, sizeBytes: number): Promise<number> {
  const entries = await readdir(join(folder, 'srv'), { recursive: true, withFileTypes: true });
  let damaged = 0;
  for (const entry of entries.filter((e) => e.isFile() && e.name.endsWith('.data'))) {
    // oxlint-disable-next-line no-await-in-loop -- a handful of files
    const file = await open(join(entry.parentPath, entry.name), 'r+');
    // oxlint-disable-next-line no-await-in-loop -- the same
    if ((await file.stat()).size === sizeBytes) {
      const byte = Buffer.alloc(1);
      // oxlint-disable-next-line no-await-in-loop -- the same
      await file.read(byte, 0, 1, sizeBytes - 1);
      byte[0] = (byte[0] ?? 0) ^ 1;
      // oxlint-disable-next-line no-await-in-loop -- the same
      await file.write(byte, 0, 1, sizeBytes - 1);
      damaged += 1;
    }
    // oxlint-disable-next-line no-await-in-loop -- the same
    await file.close();
  }
  return damaged;
}

onServer(await startSwift(), (server) => {
  remoteContract('swift', () => contractBench(server, straight));
  witnessContract('swift', { asking: 'B' }, () => contractBench(server, straight));
  remoteContract('swift by proxy', () => contractBench(server, startFaultProxy));
  witnessContract('swift by proxy', { asking: 'B' }, () => contractBench(server, startFaultProxy));
  multipartSuite(server);

  test('damage at rest: grade B does not see it, a fetch does', async () => {
    const files = await makeFiles();
    const bench = await openBench(server, straight);
    const { signal } = new AbortController();
    const size = 123_457;
    const object = await files.make('ROLL/ROT.JPG', size);
    const control = new Control();
    await bench.remote.put(object, control);
    expect(await damageAtRest(server.folder, size)).toBe(1);
    const request = { key: object.key, sizeBytes: size };
    // The server answers with the digest it took when the bytes arrived. That is what grade B means.
    expect(await bench.witness.look({ ...request, minimumGrade: 'B' }, signal)).toMatchObject({
      method: 'server-digest',
      digest: control.passes[0]?.[0],
    });
    const fetched = await bench.witness.look({ ...request, minimumGrade: 'A' }, signal);
    expect(fetched).toMatchObject({ kind: 'seen', method: 'fetched' });
    expect(fetched.kind === 'seen' && fetched.digest?.value).not.toBe(object.hash);
    await bench.close();
    await files.dispose();
  }, 30_000);
});
