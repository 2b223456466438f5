/** Reading the drive copy that is sent: exactly the bytes that were verified, or an error. */
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../platform/durable-fs.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { OffsiteObject } from '../ports/remote.ts';
import { closeLater, opened, within } from './patience.ts';
import { abortedError, RemoteError } from './remote-error.ts';

/** A drive that has not given its bytes in this time is taken for dead. */
const READ_TIMEOUT_MS = 120_000;

/** The hash takes this much at once: it works on a copy inside its own memory, which never shrinks again. */
const HASH_SLICE_BYTES = 256 * 1024;

export interface SourceFile {
  /** Fills the whole buffer with the next bytes, and hashes them. */
  fill(buffer: Uint8Array): Promise<void>;
  /** Makes sure that the file ends where it should and that all its bytes together have the hash they should. */
  finish(): Promise<void>;
  close(): void;
}

export interface SourceDeps {
  readonly id: string;
  readonly hasher: Hasher;
}

/**
 * Opens the copy for one pass from first to last byte. All its methods throw RemoteError: `source-differs` when it
 * is not what was verified, `source-unreadable`, or `aborted`.
 */
export async function openSource(
  object: OffsiteObject,
  { id, hasher }: SourceDeps,
  signal: AbortSignal,
): Promise<SourceFile> {
  const attempt = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await within(READ_TIMEOUT_MS, signal, work);
    } catch (error) {
      if (signal.aborted) throw abortedError(id, error);
      throw unreadable(object, error);
    }
  };
  const file = await opened(open(object.localPath, 'r'), attempt);
  try {
    const { size } = await attempt(file.stat());
    if (size !== object.sizeBytes) throw differs(object);
  } catch (error) {
    closeLater(file);
    throw error;
  }
  const running = hasher.start();
  let position = 0;
  return {
    async fill(buffer) {
      const filled = await attempt(readFully(file, buffer, position));
      if (filled !== buffer.length) throw differs(object);
      position += filled;
      for (let at = 0; at < filled; at += HASH_SLICE_BYTES) {
        running.update(buffer.subarray(at, at + HASH_SLICE_BYTES));
      }
    },
    async finish() {
      const beyond = await attempt(readFully(file, new Uint8Array(1), position));
      if (beyond !== 0 || running.digest() !== object.hash) throw differs(object);
    },
    close: () => closeLater(file),
  };
}

async function readFully(file: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    // oxlint-disable-next-line no-await-in-loop -- each read goes on where the last one stopped
    const { bytesRead } = await file.read(
      buffer,
      filled,
      buffer.length - filled,
      position + filled,
    );
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function differs(object: OffsiteObject): RemoteError {
  return new RemoteError(
    'source-differs',
    `${object.localPath} is no longer what was verified, so it was not sent.`,
    'The drive copy is read back and made again by itself while the card or another good copy is there.',
  );
}

function unreadable(object: OffsiteObject, cause: unknown): RemoteError {
  const code = codeOf(cause);
  const why = code === undefined ? String(cause) : code;
  return new RemoteError(
    'source-unreadable',
    `${object.localPath} could not be read for sending (${why}).`,
    'See that the drive is connected and well.',
    { cause },
  );
}
