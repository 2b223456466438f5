/** The quickstart's offsite store: a folder that only stands for one, or a real S3 server started here. */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { must } from './run.mjs';

const RADOSGW = 'test/support/servers/radosgw.sh';
const BUCKET = 'studio-originals';

/**
 * @returns {Promise<{ how: string, note: string, where: (roll: string) => string, toml: string,
 *   env?: object, stop: () => Promise<void> }>} `toml` is the [[remote]] table for the configuration
 */
export async function makeOffsite(base, { s3 }) {
  return s3 ? await startS3(base) : await makeFolder(base);
}

async function makeFolder(base) {
  const path = join(base, 'elsewhere');
  await mkdir(path);
  return {
    how: 'a folder',
    note: 'Only a demonstration of offsite: this folder is on the same machine. Yours must stand elsewhere.',
    where: (roll) => join(path, roll),
    toml: `[[remote]]\nname = "elsewhere"\nkind = "folder"\npath = ${JSON.stringify(path)}\noffsite = true\n`,
    stop: async () => {},
  };
}

async function startS3(base) {
  const folder = join(base, 'radosgw');
  await mkdir(folder);
  const ports = await Promise.all([freePort(), freePort()]);
  const stop = async () => {
    await must(RADOSGW, ['stop', folder]);
  };
  try {
    // It ends by itself, should this process be killed.
    const env = { ...process.env, OWNER_PID: String(process.pid) };
    const words = await must(RADOSGW, ['start', folder, ...ports], { timeoutMs: 120_000, env });
    const [endpoint, accessKeyId, secretAccessKey] = words.trim().split(' ');
    await makeBucket({ endpoint, accessKeyId, secretAccessKey });
    return {
      how: `a real S3 server (Ceph radosgw) at ${endpoint}`,
      note: 'Only a demonstration of offsite: this server is on the same machine. Yours must stand elsewhere.',
      where: (roll) => `s3://${BUCKET}/cards/${roll} at ${endpoint}`,
      toml: [
        '[[remote]]\nname = "radosgw"\nkind = "s3"',
        `endpoint = "${endpoint}"\nregion = "us-east-1"\nbucket = "${BUCKET}"\nprefix = "cards"`,
        'credentials = { accessKeyId = "env:QUICKSTART_KEY_ID", secretAccessKey = "env:QUICKSTART_KEY" }\n',
      ].join('\n'),
      env: { QUICKSTART_KEY_ID: accessKeyId, QUICKSTART_KEY: secretAccessKey },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeBucket({ endpoint, ...credentials }) {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
}

/** A port of the loopback that nobody uses right now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });
}
