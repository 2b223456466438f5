/** The copy engine: what it shares over all jobs, and the doors of its port. */
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopyLost, EvidenceDraft } from '../core/evidence.ts';
import { codeOf, fsyncFile } from '../platform/durable-fs.ts';
import { loadNative } from '../platform/native.ts';
import type { Clock } from '../ports/clock.ts';
import type { Copier, ReadBackRequest } from '../ports/copier.ts';
import type { Hasher } from '../ports/hasher.ts';
import { BufferPool } from './aligned-buffers.ts';
import { CopyRun } from './copy-run.ts';
import type { CopyObserver } from './copy-step.ts';
import { Deadlines } from './deadline.ts';
import { type EngineTools, Turns } from './engine-tools.ts';
import { OffloadError } from './offload-error.ts';
import { readWholeBack } from './read-back.ts';
import { readHonestyOf } from './read-honesty.ts';
import { rereadSource } from './reread.ts';
import { assertStaysBelow } from './safe-path.ts';
import { SmallLanes } from './small-lanes.ts';
import { SpaceReservation } from './space-reservation.ts';

export interface CopierDeps {
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Looks on at every step of every copy; nothing when not given. */
  readonly observe?: CopyObserver;
}

/** Measured: sizes of 1 to 8 MiB are alike. Ten of them keep three reads, two writes and two read-backs busy. */
const BUFFER_BYTES = 4 << 20;
const BUFFERS = 10;

/** Time for which an idle engine keeps its buffers: the next look at a file may come at once. */
const KEEP_BUFFERS_MS = 5_000;

/** A drive that is busy with other writing may need this long to flush a file. */
const FLUSH_LIMIT_MS = 300_000;

/** Makes one engine. One per process: what it shares (memory, room on drives) is what keeps jobs out of each other's way. */
export function makeCopier({ hasher, clock, observe = () => undefined }: CopierDeps): Copier {
  const never = new AbortController().signal;
  const deadlines = new Deadlines(clock);
  const shared = {
    hasher,
    clock,
    observe,
    deadlines,
    pool: new BufferPool(hasher, BUFFERS, BUFFER_BYTES, () => clock.after(KEEP_BUFFERS_MS, never)),
    space: new SpaceReservation(),
    turns: new Turns(),
    lanes: new SmallLanes(deadlines),
    temps: new Set<string>(),
  };
  let jobs = 0;
  const working = async <T>(work: (tools: EngineTools) => Promise<T>): Promise<T> => {
    const tools = { ...shared, native: await loadNative() };
    jobs += 1;
    try {
      return await shared.pool.during(() => work(tools));
    } finally {
      jobs -= 1;
      if (jobs === 0) shared.lanes.end();
    }
  };
  return {
    copy: (job, events, signal) =>
      working((tools) => new CopyRun(tools, job, events, signal).run()),
    readBack: (request, signal) => working((tools) => readPlaced(tools, request, signal)),
    reread: (source, file, coverage, signal) =>
      working((tools) => rereadSource({ tools, source, file, signal }, coverage)),
  };
}

/** @throws OffloadError when the drive is not there as it was: then nothing can be said about its files */
async function readPlaced(
  tools: EngineTools,
  { file, destination, placedAt }: ReadBackRequest,
  signal: AbortSignal,
): Promise<EvidenceDraft> {
  assertStaysBelow(placedAt);
  const path = join(destination.path, placedAt);
  const { deviceNumber, fsType, id: destinationId, mediumId } = destination;
  const { deadlines } = tools;
  await assertThere(destination);
  const honesty = await readHonestyOf(destination.path, fsType);
  const lost = async (reason: CopyLost['reason']): Promise<EvidenceDraft> => {
    signal.throwIfAborted();
    // A drive that was pulled says that its files are missing, too.
    await assertThere(destination);
    const at = tools.clock.now();
    return { kind: 'copy-lost', fileId: file.id, at, destinationId, placedAt, reason };
  };
  try {
    const there = await lstat(path);
    if (!there.isFile()) return await lost('missing');
    if (there.size !== file.sizeBytes) return await lost('wrong-size');
    await deadlines.within(fsyncFile(path), FLUSH_LIMIT_MS);
    const { hash, sizeBytes, proof } = await readWholeBack(
      tools,
      { path, honesty, deviceNumber },
      signal,
    );
    await assertThere(destination);
    const at = tools.clock.now();
    const about = { fileId: file.id, at, destinationId, mediumId, placedAt };
    return { kind: 'copy-read-back', ...about, hash, sizeBytes, proof };
  } catch (error) {
    if (error instanceof OffloadError) throw error;
    signal.throwIfAborted();
    switch (codeOf(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
        return await lost('missing');
      case 'EIO':
      case 'ELOOP':
        return await lost('unreadable');
      default:
        throw driveChanged(destinationId, error);
    }
  }
}

async function assertThere({
  id,
  path,
  deviceNumber,
}: ReadBackRequest['destination']): Promise<void> {
  try {
    if ((await stat(path)).dev === deviceNumber) return;
  } catch (error) {
    throw driveChanged(id, error);
  }
  throw driveChanged(id);
}

function driveChanged(id: string, cause?: unknown): OffloadError {
  return new OffloadError(
    'drive-changed',
    `Drive "${id}" is not there as it was a moment ago, so its copies could not be looked at.`,
    'Connect it again; its copies are looked at then.',
    { cause },
  );
}
