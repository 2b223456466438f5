/**
 * Copies one file: the source is read once, the bytes go into the hash and to all drives at the same time, each drive
 * is read back, and only what is equal gets its name.
 */
import type { EvidenceDraft } from '../core/evidence.ts';
import type { ContentHash } from '../core/ids.ts';
import type { CopySource, CopyTask } from '../ports/copier.ts';
import type { EngineTools } from './engine-tools.ts';
import { copyReadBack, type PlacedCopy, sourceRead } from './evidence-drafts.ts';
import { folderOf, type Leg } from './leg.ts';
import { lyingDrive } from './leg-trouble.ts';
import { type ReadBackResult, readWholeBack } from './read-back.ts';
import { type Patience, SourceFile, SourceTrouble, type SourceTree } from './source-file.ts';
import { findSpot, type Spot } from './spot.ts';
import { ReadBackFailed, TempFile } from './temp-file.ts';

export interface FileJob {
  readonly tools: EngineTools;
  readonly task: CopyTask;
  readonly source: CopySource;
  readonly tree: SourceTree;
  readonly patience: Patience;
  readonly from: 'card' | 'copy';
  /** Those of the task's drives that are well and can hold the file. */
  readonly legs: readonly Leg[];
  readonly signal: AbortSignal;
  /** Waits until no other file of the job is being read. */
  readonly readingTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Bytes that came from the source just now. */
  readonly read: (bytes: number) => void;
}

/** One drive's part in a round. */
interface Want {
  readonly leg: Leg;
  readonly spot: Spot;
  /** Times that other bytes came back than were written, or none. */
  readonly strikes: number;
}

export interface FileResult {
  /** In the order in which it belongs into the ledger; to be committed together. */
  readonly drafts: readonly EvidenceDraft[];
  /** Drives on which an equal copy stands now. */
  readonly placedOn: readonly Leg[];
  /** All its bytes came at least once. */
  readonly sourceWasRead: boolean;
  /** Two reads, or a read and what was expected, are not the same. */
  readonly sourceDiffers: boolean;
}

/**
 * @throws SourceTrouble when the source did not give its bytes; nothing is placed then and nothing is left over
 * @throws the signal's reason when aborted
 */
export async function copyFile(job: FileJob): Promise<FileResult> {
  const hashes: ContentHash[] = [];
  const placed: PlacedCopy[] = [];
  let wants = await firstWants(job);
  while (wants.length > 0 && !differ(hashes, job.task.expected)) {
    const round = await runRound(job, wants, hashes);
    placed.push(...round.placed);
    wants = round.again;
  }
  return {
    drafts: draftsOf(job, hashes, placed),
    placedOn: placed.map(({ leg }) => leg),
    sourceWasRead: hashes.length > 0,
    sourceDiffers: differ(hashes, job.task.expected),
  };
}

/** Whether two reads of the source, or a read and what is known of it, are not the same. */
function differ(hashes: readonly ContentHash[], expected: ContentHash | undefined): boolean {
  const [first] = hashes;
  return hashes.some((hash) => hash !== (expected ?? first));
}

async function firstWants({ legs, task }: FileJob): Promise<readonly Want[]> {
  const wants = await Promise.all(
    legs.map(async (leg) => {
      const spot = await leg.attempt(async () => {
        await leg.assertSameDrive();
        await leg.readyFolder(folderOf(task.file.placement));
        return await findSpot(leg, task.file, 1);
      });
      return spot === undefined ? undefined : { leg, spot, strikes: 0 };
    }),
  );
  return wants.filter((want) => want !== undefined);
}

interface Round {
  readonly placed: readonly PlacedCopy[];
  /** What needs the source's bytes another time. */
  readonly again: readonly Want[];
}

/** Reads the source once for all wants. Nearly always there is one round. */
async function runRound(
  job: FileJob,
  wants: readonly Want[],
  hashes: ContentHash[],
): Promise<Round> {
  const temps = new Map<Want, TempFile>();
  try {
    const read = await readInto(job, wants, temps);
    if (read === undefined) return { placed: [], again: [] };
    if (!(await stillIn(job.source))) throw new SourceTrouble('gone', 'the card was taken out');
    hashes.push(read.hash);
    if (differ(hashes, job.task.expected)) return { placed: [], again: [] };
    const outcomes = await Promise.all(wants.map((want) => settleWant(job, want, temps, read)));
    return {
      placed: outcomes.flatMap((outcome) => (outcome?.placed ? [outcome.placed] : [])),
      again: outcomes.flatMap((outcome) => (outcome?.again ? [outcome.again] : [])),
    };
  } finally {
    // What was placed is out of the map; all else is thrown away, also after an error.
    await Promise.all([...temps.values()].map((temp) => temp.discard()));
  }
}

interface SourceBytes {
  readonly hash: ContentHash;
  readonly modifiedNs: bigint;
}

/** Undefined when no drive was left to read for. */
async function readInto(
  job: FileJob,
  wants: readonly Want[],
  temps: Map<Want, TempFile>,
): Promise<SourceBytes | undefined> {
  const { task, tools, tree, from } = job;
  const path = await tree.pathOf(task.sourcePath);
  const { deadlines } = tools;
  const { patience } = job;
  const asListed = from === 'card';
  const source = await SourceFile.open({ path, file: task.file, asListed, deadlines, patience });
  try {
    await Promise.all(
      wants.map(async (want) => {
        if (want.spot.state === 'standing') return;
        const temp = await want.leg.attempt(() =>
          TempFile.open(want.leg, tools, task.file, want.spot.path),
        );
        if (temp !== undefined) temps.set(want, temp);
      }),
    );
    const hash = await pump(job, source, wants, [...temps.values()]);
    if (hash === undefined) return undefined;
    await source.assertUnchanged();
    return { hash, modifiedNs: await source.modifiedNs() };
  } finally {
    await source.close();
  }
}

/**
 * Moves the bytes. Only one file of a job is read at a time, so that a card is read as it lies and the others can be
 * flushed and read back meanwhile. A slow drive slows the reading, because it keeps the buffers; a failed one does not.
 */
async function pump(
  job: FileJob,
  source: SourceFile,
  wants: readonly Want[],
  temps: readonly TempFile[],
): Promise<ContentHash | undefined> {
  const { pool } = job.tools;
  const running = pool.startHash();
  const writing = new Set<Promise<void>>();
  try {
    const ended = await job.readingTurn(async () => {
      for await (const { buffer, length } of blocksOf(job, source)) {
        job.signal.throwIfAborted();
        running.update(buffer.subarray(0, length));
        job.read(length);
        const written = writeAll(temps, buffer, length);
        writing.add(written);
        void settled(written, () => {
          pool.give(buffer);
          writing.delete(written);
        });
        if (wants.every(({ leg }) => leg.isLost)) return false;
      }
      return true;
    });
    if (!ended) return undefined;
  } finally {
    await Promise.allSettled(writing);
  }
  return running.digest();
}

interface Block {
  readonly buffer: Uint8Array;
  readonly length: number;
}

/**
 * Reads that are under way at the same time: the card has the next ones to do while we look at the last, also when a
 * commit keeps this thread for some milliseconds. Measured: with two the card stood still now and then.
 */
const READS_AHEAD = 3;

/** The blocks of the source in order. Who takes one gives its buffer back to the pool. */
async function* blocksOf({ tools, task }: FileJob, source: SourceFile): AsyncGenerator<Block> {
  const { pool } = tools;
  const { sizeBytes } = task.file;
  const ahead: Promise<Block>[] = [];
  let next = 0;
  const readOn = (): void => {
    for (; next < sizeBytes && ahead.length < READS_AHEAD; next += pool.bufferBytes) {
      const read = fill(tools, source, next);
      // The second may fail before anybody has come to it: a failure that nobody hears of yet would end the process.
      read.catch(() => undefined);
      ahead.push(read);
    }
  };
  try {
    readOn();
    for (let first = ahead.shift(); first !== undefined; first = ahead.shift()) {
      const block = await first;
      readOn();
      yield block;
    }
  } finally {
    for (const read of await Promise.allSettled(ahead)) {
      if (read.status === 'fulfilled') pool.give(read.value.buffer);
    }
  }
}

async function fill({ pool }: EngineTools, source: SourceFile, at: number): Promise<Block> {
  const buffer = await pool.take();
  try {
    return { buffer, length: await source.read(buffer, at) };
  } catch (error) {
    // A read that still hangs may yet write into the buffer.
    if (error instanceof SourceTrouble && error.kind === 'stalled') pool.abandon();
    else pool.give(buffer);
    throw error;
  }
}

/** A failed write drops its leg and is no error here. */
async function writeAll(
  temps: readonly TempFile[],
  buffer: Uint8Array,
  length: number,
): Promise<void> {
  await Promise.all(temps.map((temp) => temp.leg.attempt(() => temp.append(buffer, length))));
}

async function settled(promise: Promise<void>, then: () => void): Promise<void> {
  await Promise.allSettled([promise]);
  then();
}

interface Settled {
  readonly placed?: PlacedCopy;
  readonly again?: Want;
}

/** Ends one drive's part: read back, compared, named, durable. Undefined when the leg was lost. */
async function settleWant(
  job: FileJob,
  want: Want,
  temps: Map<Want, TempFile>,
  source: SourceBytes,
): Promise<Settled | undefined> {
  const { leg, spot } = want;
  return await leg.attempt(async () => {
    if (spot.state === 'standing') {
      const adopted = await adopt(job, want, source.hash);
      if (adopted !== undefined) return { placed: adopted };
      // Somebody else's bytes: they stay, and ours get the next name in another round.
      return { again: { ...want, spot: await findSpot(leg, job.task.file, spot.ordinal + 1) } };
    }
    const temp = temps.get(want);
    if (temp === undefined) return {};
    const result = await finished(want, temp, source);
    if (result === undefined) return { again: { ...want, strikes: want.strikes + 1 } };
    const name = await nameIt(job, want, temp, source.hash);
    if ('adopted' in name) return { placed: name.adopted };
    temps.delete(want);
    await temp.settle();
    return { placed: { ...result, leg, placement: name.placement } };
  });
}

/** Undefined when the drive deserves one more try. @throws when it has had it */
async function finished(
  { leg, spot, strikes }: Want,
  temp: TempFile,
  source: SourceBytes,
): Promise<ReadBackResult | undefined> {
  try {
    const result = await temp.finish(source.modifiedNs);
    if (result.hash === source.hash) return result;
  } catch (error) {
    if (!(error instanceof ReadBackFailed) || strikes > 0) throw error;
    return undefined;
  }
  if (strikes > 0) throw lyingDrive(leg.id, spot.path);
  return undefined;
}

type Naming = { readonly placement: string } | { readonly adopted: PlacedCopy };

/** Names a verified file, or finds that the same bytes stand under the name by now. */
async function nameIt(
  job: FileJob,
  want: Want,
  temp: TempFile,
  hash: ContentHash,
): Promise<Naming> {
  const { leg } = want;
  let { spot } = want;
  for (;;) {
    await leg.assertSameDrive();
    if (spot.state === 'free' && (await temp.rename(spot.path))) {
      return { placement: spot.placement };
    }
    if (spot.state === 'standing') {
      const adopted = await adopt(job, { ...want, spot }, hash);
      if (adopted !== undefined) return { adopted };
      spot = await findSpot(leg, job.task.file, spot.ordinal + 1);
    } else {
      spot = await findSpot(leg, job.task.file, spot.ordinal);
    }
  }
}

/** Takes what stands there for the copy if it reads back equal: a crash came between its name and its evidence. */
async function adopt(
  { tools, task, signal }: FileJob,
  { leg, spot }: Want,
  hash: ContentHash,
): Promise<PlacedCopy | undefined> {
  const { honesty } = leg;
  const { deviceNumber } = leg.destination;
  await leg.settleName(spot.path);
  const result = await readWholeBack(tools, { path: spot.path, honesty, deviceNumber }, signal);
  if (result.hash !== hash) return undefined;
  const { path } = task.file;
  await tools.observe({ step: 'durable', destinationId: leg.id, path, at: spot.path });
  return { ...result, leg, placement: spot.placement };
}

/** Whether the source is in. Not knowing is no: a swapped card serves other bytes under old names. */
export async function stillIn(source: CopySource): Promise<boolean> {
  try {
    return await source.stillIn();
  } catch {
    // A question that failed is not a yes.
    return false;
  }
}

function draftsOf(
  { tools, task, from }: FileJob,
  hashes: readonly ContentHash[],
  placed: readonly PlacedCopy[],
): readonly EvidenceDraft[] {
  const at = tools.clock.now();
  const reads = hashes.map((hash) => sourceRead(task.file, hash, at));
  const copies = placed.map((copy) => copyReadBack(task.file, copy, at));
  return from === 'card' ? [...reads, ...copies] : copies;
}
