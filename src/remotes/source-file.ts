/** Reading the drive copy that is sent: exactly the bytes that were verified, or an error. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ContentHash } from '../core/ids.ts';
import { codeOf } from '../platform/durable-fs.ts';
import type { OffsiteObject } from '../ports/remote.ts';
import { closeLater, opened, within } from './patience.ts';
import { abortedError, RemoteError } from './remote-error.ts';

/** A drive that has not given its bytes in this time is taken for dead. */
const READ_TIMEOUT_MS = 120_000;

export interface SourceFile {
  /** Fills the whole buffer with the next bytes. */
  fill(buffer: Uint8Array): Promise<void>;
  /** Says whether the file ends where it should and has the hash it should. */
  finish(hash: ContentHash): Promise<void>;
  close(): void;
}

/**
 * Opens the copy for one pass from first to last byte. All its methods throw RemoteError: `source-differs` when it
 * is not what was verified, `source-unreadable`, or `aborted`.
 */
export async function openSource(
  object: OffsiteObject,
  remoteId: string,
  signal: AbortSignal,
): Promise<SourceFile> {
  const attempt = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await within(READ_TIMEOUT_MS, signal, work);
    } catch (error) {
      if (signal.aborted) throw abortedError(remoteId, error);
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
  let position = 0;
  return {
    async fill(buffer) {
      const filled = await attempt(readFully(file, buffer, position));
      if (filled !== buffer.length) throw differs(object);
      position += filled;
    },
    async finish(hash) {
      const beyond = await attempt(readFully(file, new Uint8Array(1), position));
      if (beyond !== 0 || hash !== object.hash) throw differs(object);
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
