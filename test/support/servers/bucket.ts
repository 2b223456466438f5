/** A bucket as a third party sees it: neither the upload's client nor the witness's. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Account } from './real-servers.ts';

export interface TestBucket {
  readonly client: S3Client;
  readonly name: string;
  /** The object's bytes; undefined when there is none of that key. */
  stored(key: string): Promise<Uint8Array | undefined>;
  has(key: string): Promise<boolean>;
  etag(key: string): Promise<string | undefined>;
  plant(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  keys(): Promise<readonly string[]>;
  /** Upload ids of multipart uploads that were begun and not ended. */
  pending(): Promise<readonly string[]>;
  /** Empties the bucket and deletes it. */
  drop(): Promise<void>;
  close(): void;
}

/** Makes a new bucket and a client for it. */
export async function makeBucket(account: S3Account): Promise<TestBucket> {
  const { endpoint, accessKeyId, secretAccessKey } = account;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const name = `safelight-${randomUUID()}`;
  const Bucket = name;
  await client.send(new CreateBucketCommand({ Bucket }));
  const keys = async (): Promise<readonly string[]> => {
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    return (Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
  };
  const head = (key: string) =>
    unlessMissing(client.send(new HeadObjectCommand({ Bucket, Key: key })));
  const remove = async (key: string): Promise<void> => {
    await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
  };
  return {
    client,
    name,
    async stored(key) {
      const answer = await unlessMissing(client.send(new GetObjectCommand({ Bucket, Key: key })));
      return answer?.Body === undefined ? undefined : await answer.Body.transformToByteArray();
    },
    has: async (key) => (await head(key)) !== undefined,
    etag: async (key) => (await head(key))?.ETag,
    async plant(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket, Key: key, Body: Buffer.from(bytes) }));
    },
    remove,
    keys,
    async pending() {
      const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return (Uploads ?? []).flatMap(({ UploadId }) => (UploadId === undefined ? [] : [UploadId]));
    },
    async drop() {
      for (const key of await keys()) {
        // oxlint-disable-next-line no-await-in-loop -- a handful of objects
        await remove(key);
      }
      await client.send(new DeleteBucketCommand({ Bucket }));
    },
    close: () => client.destroy(),
  };
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404) return undefined;
    throw error;
  }
}
