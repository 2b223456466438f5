/** Another S3 client than the product's: rclone. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { S3Account } from './servers/real-servers.ts';

const run = promisify(execFile);

/** Runs rclone with a remote called "store" that is this account. */
async function rclone(account: S3Account, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('rclone', ['--config', '/dev/null', '--retries', '1', ...args], {
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
    env: {
      PATH: process.env['PATH'],
      RCLONE_CONFIG_STORE_TYPE: 's3',
      RCLONE_CONFIG_STORE_PROVIDER: 'Ceph',
      RCLONE_CONFIG_STORE_ENDPOINT: account.endpoint,
      RCLONE_CONFIG_STORE_ACCESS_KEY_ID: account.accessKeyId,
      RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: account.secretAccessKey,
    },
  });
  return stdout;
}

export async function makeBucket(account: S3Account, bucket: string): Promise<void> {
  await rclone(account, 'mkdir', `store:${bucket}`);
}

/** Fetches everything below a prefix into a folder. */
export async function fetchTree(account: S3Account, source: string, folder: string): Promise<void> {
  await rclone(account, 'copy', `store:${source}`, folder);
}

/** The [[remote]] table for an account, its keys written to files in `folder`. */
export function s3Remote(
  account: S3Account,
  { bucket, folder }: { readonly bucket: string; readonly folder: string },
): string {
  const idFile = join(folder, 'b2.id');
  const keyFile = join(folder, 'b2.key');
  writeFileSync(idFile, account.accessKeyId, { mode: 0o600 });
  writeFileSync(keyFile, account.secretAccessKey, { mode: 0o600 });
  return `[[remote]]
name = "b2"
kind = "s3"
endpoint = "${account.endpoint}"
region = "us-east-1"
bucket = "${bucket}"
prefix = "cards"
credentials = { accessKeyIdFile = "${idFile}", secretAccessKeyFile = "${keyFile}" }
`;
}
