/** Reads a whole placed file back from its drive and hashes it. */
import type { ReadProof } from '../core/evidence.ts';
import type { ContentHash } from '../core/ids.ts';
import { numberText } from '../platform/device-number.ts';
import { blockDeviceOf } from './block-device.ts';
import type { EngineTools } from './engine-tools.ts';
import type { ReadHonesty } from './read-honesty.ts';
import { UncachedFile } from './uncached-file.ts';

export interface ReadBackResult {
  readonly hash: ContentHash;
  readonly sizeBytes: number;
  readonly proof: ReadProof;
}

/** What a path names, and what is known about the filesystem it is on. */
export interface PlacedFile {
  readonly path: string;
  readonly honesty: ReadHonesty;
  /** st_dev of that filesystem. */
  readonly deviceNumber: number;
}

/**
 * Puts the file out of memory and reads it. It must have been flushed: what waits to be written cannot be put out.
 * @throws the signal's reason when aborted, or the system's error
 */
export async function readWholeBack(
  tools: EngineTools,
  placed: PlacedFile,
  signal: AbortSignal,
): Promise<ReadBackResult> {
  const file = await UncachedFile.open(tools, placed);
  try {
    if (placed.honesty.evict !== 'device') return await hashAll(tools, file, signal);
    return await throughDevice(tools, placed, () => hashAll(tools, file, signal));
  } finally {
    await file.close();
  }
}

async function hashAll(
  tools: EngineTools,
  file: UncachedFile,
  signal: AbortSignal,
): Promise<ReadBackResult> {
  const running = tools.pool.startHash();
  const { size } = await file.stat();
  const at = await file.read(0, size, (bytes) => {
    signal.throwIfAborted();
    running.update(bytes);
  });
  return { hash: running.digest(), sizeBytes: at, proof: file.proof };
}

/**
 * Below a filesystem in user space (exFAT or NTFS through FUSE) the cache that lies is that of the block device.
 * It is emptied, and the device's own counter must then show that at least the file's bytes came from it; nobody
 * else of ours reads from this device meanwhile.
 */
export async function throughDevice<T extends Pick<ReadBackResult, 'sizeBytes' | 'proof'>>(
  tools: EngineTools,
  { deviceNumber }: Pick<PlacedFile, 'deviceNumber'>,
  read: () => Promise<T>,
): Promise<T> {
  const device = await blockDeviceOf(deviceNumber, tools.native);
  if (device === undefined) return await read();
  return await tools.turns.take(`device ${numberText(deviceNumber)}`, async () => {
    try {
      await device.forget();
    } catch {
      // Without the right to open the device nothing is proven, and the read says so itself.
      return await read();
    }
    const before = await device.bytesRead();
    const result = await read();
    const came = (await device.bytesRead()) - before;
    return { ...result, proof: came >= result.sizeBytes ? 'device' : 'cached' };
  });
}
