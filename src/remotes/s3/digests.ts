/** Digests that go with requests, computed here from the bytes that are about to leave. */
import { createHash } from 'node:crypto';

/** A CRC64NVME sum that can be taken again and again. */
export interface Crc64Nvme {
  update(bytes: Uint8Array): void;
  /** The sum of all bytes since the last call, as lower-case hex. */
  take(): string;
}

/** CRC-64/NVME in the reflected form that hash-wasm takes; check value for "123456789": ae8b14860a799888. */
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

/** One running sum; the WebAssembly module is loaded on first use. */
export async function startCrc64Nvme(): Promise<Crc64Nvme> {
  const { createCRC64 } = await import('hash-wasm');
  const crc = await createCRC64(CRC64NVME_POLYNOMIAL);
  crc.init();
  return {
    update: (bytes) => void crc.update(bytes),
    take() {
      const sum = crc.digest('hex');
      crc.init();
      return sum;
    },
  };
}

/** MD5 as lower-case hex. It guards against accidents in transit, not against an attacker. */
export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** The ETag of an upload in parts: the MD5 of the parts' MD5s one after the other, a dash, their number. */
export function compositeMd5(partMd5s: readonly string[]): string {
  const all = createHash('md5');
  for (const md5 of partMd5s) all.update(Buffer.from(md5, 'hex'));
  return `${all.digest('hex')}-${partMd5s.length}`;
}

/** How checksums travel in headers: base64 of the big-endian bytes. */
export function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** The MD5 in an ETag, or undefined when it does not have that form. */
export function md5InEtag(etag: string | undefined): string | undefined {
  return /^"?([0-9a-f]{32})"?$/.exec(etag ?? '')?.[1];
}
