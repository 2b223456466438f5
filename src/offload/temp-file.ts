/**
 * A file on its way to a drive: written under a temporary name, flushed, read back past the cache, and only then
 * given its final name.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { CardFile } from '../core/inventory.ts';
import { codeOf, fsyncFolderOf, renameNoReplace } from '../platform/durable-fs.ts';
import { BLOCK_BYTES, wholeBlocks } from './aligned-buffers.ts';
import type { CopyStep } from './copy-step.ts';
import type { EngineTools } from './engine-tools.ts';
import type { Leg } from './leg.ts';
import { driveChanged } from './leg-trouble.ts';
import { roundedUp } from './modified-time.ts';
import { type PlacedFile, type ReadBackResult, readWholeBack } from './read-back.ts';
import { tempPathFor } from './temp-name.ts';
import { TrailingReadBack } from './trailing-read-back.ts';

/**
 * Files up to one block are written as two blocks and cut: otherwise btrfs and some ext4 keep them inside their
 * metadata, where no read-back reaches the device (measured: even with compression two blocks are enough).
 */
const TINY_BYTES = BLOCK_BYTES;
const TINY_WRITTEN_BYTES = 2 * BLOCK_BYTES;

/** The drive took the bytes and cannot give them back. */
export class ReadBackFailed extends Error {
  override readonly name = 'ReadBackFailed';
  readonly code = 'EIO';
}

class FlushFailed extends Error {
  override readonly name = 'FlushFailed';
}

export class TempFile {
  readonly leg: Leg;
  readonly #tools: EngineTools;
  readonly #file: CardFile;
  #direct: boolean;
  #handle: FileHandle;
  #path: string;
  readonly #trailing: TrailingReadBack | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writtenBytes = 0;

  private constructor(leg: Leg, tools: EngineTools, file: CardFile, opened: Opened) {
    this.leg = leg;
    this.#tools = tools;
    this.#file = file;
    this.#path = opened.path;
    this.#handle = opened.handle;
    this.#direct = opened.direct;
    if (TrailingReadBack.suits(leg, file.sizeBytes)) {
      this.#trailing = new TrailingReadBack(tools, this.#placed, file.sizeBytes, leg.signal);
    }
  }

  /** Makes an empty temporary file beside the target. @throws when the drive is not the one that was looked at */
  static async open(
    leg: Leg,
    tools: EngineTools,
    file: CardFile,
    target: string,
  ): Promise<TempFile> {
    const opened = await leg.call(createTemp(tools, target));
    const temp = new TempFile(leg, tools, file, opened);
    try {
      await temp.#begin();
      return temp;
    } catch (error) {
      await temp.discard();
      throw error;
    }
  }

  /**
   * Appends a block; calls are carried out in order. The buffer must stay as it is until this resolves, and must be
   * padded with zeros (`padWithZeros`).
   */
  async append(buffer: Uint8Array, length: number): Promise<void> {
    const write = this.#writing.then(() => this.#write(buffer, length));
    this.#writing = write.catch(() => undefined);
    await write;
  }

  /**
   * Flushes everything and reads it back. Nothing may be appended any more.
   * @throws ReadBackFailed when the drive cannot give the bytes back; any other error is the end of the leg
   */
  async finish(modifiedNs: bigint): Promise<ReadBackResult> {
    await this.#writing;
    await this.#observed('written');
    await this.#flush(modifiedNs);
    await this.#observed('flushed');
    const result = await this.#readBack();
    await this.#observed('read-back');
    return result;
  }

  /** An error of the medium under this one file is not the end of the drive: btrfs answers a wrong checksum with it. */
  async #readBack(): Promise<ReadBackResult> {
    try {
      if (this.#trailing !== undefined) return await this.#trailing.finish();
      return await readWholeBack(this.#tools, this.#placed, this.leg.signal);
    } catch (error) {
      if (error instanceof FlushFailed) throw error.cause;
      if (codeOf(error) !== 'EIO') throw error;
      throw new ReadBackFailed('the drive could not give the bytes back', { cause: error });
    }
  }

  /** Gives it the name, unless somebody has it. @returns false when the name is taken */
  async rename(target: string): Promise<boolean> {
    if (!(await this.leg.call(renameNoReplace(this.#path, target)))) return false;
    this.#tools.temps.delete(this.#path);
    this.#path = target;
    await this.#observed('placed');
    return true;
  }

  /**
   * Makes the name as durable as the bytes. The file itself is flushed once more: on FAT the entry under the new
   * name has no size until then (measured by cutting the power).
   */
  async settle(): Promise<void> {
    try {
      await this.leg.call(this.#handle.sync());
      await this.leg.call(fsyncFolderOf(this.#path));
    } finally {
      await this.#close();
    }
    await this.#observed('durable');
  }

  /** Removes it as far as the drive lets us. Never throws. */
  async discard(): Promise<void> {
    await this.#writing;
    this.leg.unwrote(this.#writtenBytes);
    this.#writtenBytes = 0;
    for (const step of [() => rm(this.#path, { force: true }), () => this.#close()]) {
      try {
        await this.leg.call(step());
      } catch {
        // A drive in trouble keeps its rubbish; the next job clears it away by its name.
      }
    }
    this.#tools.temps.delete(this.#path);
  }

  async #write(buffer: Uint8Array, length: number): Promise<void> {
    if (this.leg.isLost) return;
    const at = this.#writtenBytes;
    const end = this.#paddedLength(length);
    let done = 0;
    while (done < end) {
      const piece = buffer.subarray(done, end);
      const bytesWritten = await this.leg.call(this.#writeAt(piece, at + done));
      // Nothing and no error, for ever: some drives say so instead of "full".
      if (bytesWritten === 0) throw Object.assign(new Error('nothing written'), { code: 'ENOSPC' });
      done += bytesWritten;
    }
    this.#writtenBytes += length;
    this.leg.wrote(length);
    this.#trailing?.reached(this.#writtenBytes, () => this.#flushSegment());
  }

  /** A failed flush condemns the file: the system forgets what it could not write and says yes the next time. */
  async #flushSegment(): Promise<void> {
    try {
      await this.leg.call(this.#handle.datasync());
    } catch (error) {
      throw new FlushFailed('a part of the file could not be flushed', { cause: error });
    }
  }

  async #writeAt(bytes: Uint8Array, at: number): Promise<number> {
    try {
      return (await this.#handle.write(bytes, 0, bytes.length, at)).bytesWritten;
    } catch (error) {
      if (!this.#direct || codeOf(error) !== 'EINVAL') throw error;
      // Some filesystems take the flag and refuse the write, or need larger blocks than we know.
      const buffered = await open(this.#path, constants.O_RDWR | constants.O_NOFOLLOW);
      await this.#handle.close();
      this.#handle = buffered;
      this.#direct = false;
      return (await buffered.write(bytes, 0, bytes.length, at)).bytesWritten;
    }
  }

  async #begin(): Promise<void> {
    const { leg } = this;
    const { dev } = await leg.call(this.#handle.stat());
    // Unmounted since the last look: the path now leads to the disk underneath.
    if (dev !== leg.destination.deviceNumber) throw driveChanged(leg.id, leg.destination.path);
    // With its length set beforehand ext4 and xfs let reads in beside the writes; else each waits for the other.
    // Nowhere else: FAT and exFAT would fill all of it with zeros first.
    if (this.#trailing !== undefined && leg.honesty.direct) {
      await leg.call(this.#handle.truncate(wholeBlocks(this.#file.sizeBytes)));
    }
    await this.#observed('opened');
  }

  get #placed(): PlacedFile {
    const { honesty, destination } = this.leg;
    return { path: this.#path, honesty, deviceNumber: destination.deviceNumber };
  }

  async #close(): Promise<void> {
    await this.#trailing?.close();
    await this.leg.call(this.#handle.close());
  }

  #paddedLength(length: number): number {
    if (this.#file.sizeBytes <= TINY_BYTES) return TINY_WRITTEN_BYTES;
    return this.#direct ? wholeBlocks(length) : length;
  }

  async #flush(modifiedNs: bigint): Promise<void> {
    const { leg } = this;
    const { sizeBytes } = this.#file;
    if (sizeBytes > 0 && sizeBytes <= TINY_BYTES) await leg.call(this.#handle.datasync());
    if (sizeBytes > 0) await leg.call(this.#handle.truncate(sizeBytes));
    await leg.call(this.#setModified(modifiedNs));
    await leg.call(this.#handle.sync());
  }

  async #setModified(modifiedNs: bigint): Promise<void> {
    const { setModified } = this.#tools.native;
    if (setModified !== undefined) {
      setModified(this.#handle.fd, modifiedNs);
      return;
    }
    await this.#handle.utimes(...roundedUp(modifiedNs));
  }

  async #observed(step: CopyStep['step']): Promise<void> {
    const { path } = this.#file;
    await this.#tools.observe({ step, destinationId: this.leg.id, path, at: this.#path });
  }
}

interface Opened {
  readonly path: string;
  readonly handle: FileHandle;
  readonly direct: boolean;
}

async function createTemp(tools: EngineTools, target: string): Promise<Opened> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const { O_DIRECT } = constants;
  if (O_DIRECT !== undefined) {
    const path = tempPathFor(target);
    tools.temps.add(path);
    try {
      return { path, handle: await open(path, flags | O_DIRECT, 0o644), direct: true };
    } catch (error) {
      tools.temps.delete(path);
      if (codeOf(error) !== 'EINVAL') throw error;
      // The file may have been made before the flag was refused.
      await rm(path, { force: true });
    }
  }
  const path = tempPathFor(target);
  tools.temps.add(path);
  try {
    return { path, handle: await open(path, flags, 0o644), direct: false };
  } catch (error) {
    tools.temps.delete(path);
    throw error;
  }
}
