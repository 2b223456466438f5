/** Reads a card's file a second time, whole or in samples, without writing anything. */
import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { ContentHash } from '../core/ids.ts';
import type { CardFile } from '../core/inventory.ts';
import type { CopySource, RereadCoverage } from '../ports/copier.ts';
import { stillIn } from './copy-file.ts';
import type { EngineTools } from './engine-tools.ts';
import { throughDevice } from './read-back.ts';
import { rereadHonestyOf } from './read-honesty.ts';
import { assertListed, SourceTrouble, SourceTree, troubleOf } from './source-file.ts';
import { UncachedFile } from './uncached-file.ts';

const SAMPLE_BYTES = 1 << 20;
/** Of the pieces between the first and the last, one in so many is read. */
const SAMPLE_ONE_IN = 100;

/** A part of a file: from, inclusive, to, exclusive. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/**
 * The pieces of a file that a sample reads: the first and the last MiB, and about one in a hundred between, beginning
 * at a random one so that another sample sees other pieces.
 */
export function samplePieces(sizeBytes: number, random: (below: number) => number): Piece[] {
  const count = Math.ceil(sizeBytes / SAMPLE_BYTES);
  const chosen = new Set<number>();
  if (count > 0) chosen.add(0);
  // The last piece alone may be a few bytes; with the one before it, it is at least the last MiB.
  for (const index of [count - 2, count - 1]) if (index >= 0) chosen.add(index);
  const inner = count - 3;
  if (inner > 0) {
    for (let n = random(Math.min(SAMPLE_ONE_IN, inner)); n < inner; n += SAMPLE_ONE_IN) {
      chosen.add(n + 1);
    }
  }
  return [...chosen]
    .toSorted((a, b) => a - b)
    .map((index) => ({
      from: index * SAMPLE_BYTES,
      to: Math.min(sizeBytes, (index + 1) * SAMPLE_BYTES),
    }));
}

interface Ask {
  readonly tools: EngineTools;
  readonly source: CopySource;
  readonly file: CardFile;
  readonly signal: AbortSignal;
}

/**
 * What a second read of a file tells. Nothing when the source is gone, and nothing when it cannot be shown that the
 * bytes came from it again: an answer from memory would prove a card that was never asked.
 */
export async function rereadSource(
  ask: Ask,
  coverage: RereadCoverage,
): Promise<readonly EvidenceDraft[]> {
  if (!(await stillIn(ask.source))) return [];
  const found = await readOrTrouble(ask, coverage);
  ask.signal.throwIfAborted();
  if (found === undefined || !(await stillIn(ask.source))) return [];
  const about = { fileId: ask.file.id, at: ask.tools.clock.now() };
  if (found instanceof SourceTrouble) {
    // Gone, or not answering, is no news about this file.
    if (found.kind !== 'unreadable') return [];
    return [{ kind: 'source-unreadable', ...about, reason: found.message }];
  }
  const { hash, sizeBytes } = found.card;
  if (found.first === undefined) return [{ kind: 'source-read', ...about, hash, sizeBytes }];
  const hashes = { firstHash: found.first.hash, secondHash: hash };
  return [{ kind: 'source-sample', ...about, ...hashes, sampledBytes: sizeBytes }];
}

interface PiecesRead {
  readonly hash: ContentHash;
  readonly sizeBytes: number;
}

interface Found {
  readonly card: PiecesRead;
  /** The same pieces of a good copy. */
  readonly first?: PiecesRead;
}

async function readOrTrouble(
  ask: Ask,
  coverage: RereadCoverage,
): Promise<Found | SourceTrouble | undefined> {
  const { sizeBytes } = ask.file;
  if (coverage.kind === 'full') return await cardPieces(ask, [{ from: 0, to: sizeBytes }]);
  const pieces = samplePieces(sizeBytes, randomInt);
  const first = await copyPieces(ask, coverage.goodCopy, pieces);
  if (first === undefined) return undefined;
  const card = await cardPieces(ask, pieces);
  return card === undefined || card instanceof SourceTrouble ? card : { ...card, first };
}

async function cardPieces(
  ask: Ask,
  pieces: readonly Piece[],
): Promise<Found | SourceTrouble | undefined> {
  try {
    const path = await new SourceTree(ask.source.root).pathOf(ask.file.path);
    const honesty = await rereadHonestyOf(path);
    const known = honesty === 'memory' ? { direct: true, evict: 'file' as const } : honesty;
    const card = await UncachedFile.open(ask.tools, { path, honesty: known });
    try {
      const stats = await card.stat();
      assertListed({ file: ask.file, asListed: true }, stats);
      const read = (): Promise<PiecesRead & Pick<UncachedFile, 'proof'>> =>
        hashPieces(ask, card, pieces);
      const result =
        known.evict === 'device'
          ? await throughDevice(ask.tools, { deviceNumber: stats.dev }, read)
          : await read();
      const wanted = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
      if (result.sizeBytes < wanted) return new SourceTrouble('unreadable', 'it ended too early');
      return honesty === 'memory' || result.proof === 'device' ? { card: result } : undefined;
    } finally {
      await card.close();
    }
  } catch (error) {
    ask.signal.throwIfAborted();
    return troubleOf(error, 'a second read');
  }
}

/** Undefined when the copy cannot be read: that is no news about the card. */
async function copyPieces(
  ask: Ask,
  path: string,
  pieces: readonly Piece[],
): Promise<PiecesRead | undefined> {
  try {
    if ((await stat(path)).size !== ask.file.sizeBytes) return undefined;
    const honesty = { direct: false, evict: 'hopeless' } as const;
    const copy = await UncachedFile.open(ask.tools, { path, honesty });
    try {
      return await hashPieces(ask, copy, pieces);
    } finally {
      await copy.close();
    }
  } catch {
    ask.signal.throwIfAborted();
    return undefined;
  }
}

async function hashPieces(
  { tools, signal }: Ask,
  file: UncachedFile,
  pieces: readonly Piece[],
): Promise<PiecesRead & Pick<UncachedFile, 'proof'>> {
  const running = tools.pool.startHash();
  let sizeBytes = 0;
  for (const { from, to } of pieces) {
    const end = await file.read(from, to, (bytes) => {
      signal.throwIfAborted();
      running.update(bytes);
    });
    sizeBytes += end - from;
  }
  return { hash: running.digest(), sizeBytes, proof: file.proof };
}
