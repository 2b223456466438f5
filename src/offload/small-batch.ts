/**
 * Copies a batch of small files together: all are written, flushed by one call per drive, read back, named, flushed
 * again, and their evidence is committed in one piece. A wrong byte never stands under a final name here either.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { ContentHash } from '../core/ids.ts';
import { fsyncFile } from '../platform/durable-fs.ts';
import type { CopySource, CopyTask } from '../ports/copier.ts';
import { BLOCK_BYTES } from './aligned-buffers.ts';
import { stillIn } from './copy-file.ts';
import type { CopyStep } from './copy-step.ts';
import type { EngineTools } from './engine-tools.ts';
import { copyReadBack, sourceRead } from './evidence-drafts.ts';
import { folderOf, type Leg } from './leg.ts';
import {
  SMALL_BYTES,
  type SmallAnswer,
  type SmallOrder,
  type SmallOutcome,
} from './small-files.ts';
import { type SourceTree, SourceTrouble } from './source-file.ts';
import { tempPathFor } from './temp-name.ts';

/** Enough files to share the price of a flush, few enough that little is lost with a card that is pulled. */
export const BATCH_FILES = 400;

/** Fewer go the careful way: to flush a whole drive for a handful of files is no gain. */
export const LEAST_BATCH_FILES = 8;
export const BATCH_BYTES = 64 << 20;

export interface BatchJob {
  readonly tools: EngineTools;
  readonly source: CopySource;
  readonly tree: SourceTree;
  readonly from: 'card' | 'copy';
  readonly tasks: readonly CopyTask[];
  readonly legsFor: (task: CopyTask) => readonly Leg[];
  readonly signal: AbortSignal;
  /** Waits until nothing else of the job is being read. */
  readonly readingTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly read: (task: CopyTask, bytes: number) => void;
}

interface Item {
  readonly task: CopyTask;
  readonly source: string;
  readonly copies: Copy[];
  hash?: ContentHash;
}

interface Copy {
  readonly leg: Leg;
  readonly item: Item;
  readonly target: string;
  readonly temp: string;
  placed: boolean;
}

export interface BatchFile {
  readonly task: CopyTask;
  readonly drafts: readonly EvidenceDraft[];
  readonly placedOn: readonly Leg[];
}

export interface BatchResult {
  /** Files whose evidence can be committed. */
  readonly done: readonly BatchFile[];
  /** Files of which nothing is left over and which need the careful way. */
  readonly odd: readonly CopyTask[];
}

/** Whether a file may go this way: small, and on filesystems where a flush and a read-back of all of it are honest. */
export function isSmall(tools: EngineTools, task: CopyTask, legs: readonly Leg[]): boolean {
  const { sizeBytes } = task.file;
  if (tools.native.syncFilesystem === undefined || sizeBytes > SMALL_BYTES) return false;
  // Up to one block may be kept in metadata (see `TempFile`), on those filesystems that are not read directly.
  return legs.every(
    ({ honesty }) => honesty.evict === 'file' && (honesty.direct || sizeBytes > BLOCK_BYTES),
  );
}

/**
 * Copies what goes well. A drive that fails is dropped and the others go on.
 * @throws SourceTrouble when the source is gone; nothing of the batch is placed then
 * @throws the signal's reason when aborted
 */
export async function copyBatch(job: BatchJob): Promise<BatchResult> {
  const batch = new Batch(job);
  try {
    return await batch.run();
  } finally {
    await batch.end();
  }
}

class Batch {
  readonly #job: BatchJob;
  readonly #items: Item[] = [];
  readonly #odd = new Set<CopyTask>();
  /** Opened before the first byte: what fails to be written later is reported to those who were there. */
  readonly #filesystems = new Map<Leg, FileHandle>();

  constructor(job: BatchJob) {
    this.#job = job;
  }

  async run(): Promise<BatchResult> {
    await this.#plan();
    await this.#stage();
    await this.#assertStillIn();
    await this.#eachLeg(async (leg, copies) => {
      await this.#flush(leg, copies);
      await this.#verify(leg, copies);
    });
    await this.#eachLeg(async (leg, copies) => {
      await leg.assertSameDrive();
      await this.#place(leg, copies);
    });
    await this.#eachLeg(async (leg, copies) => {
      await this.#flush(leg, copies);
      await this.#observed('durable', copies);
    });
    const well = this.#items.filter(({ task }) => !this.#odd.has(task));
    return { done: well.map((item) => this.#fileOf(item)), odd: [...this.#odd] };
  }

  /** Removes what got no name. Never throws. */
  async end(): Promise<void> {
    await Promise.all(
      [...this.#filesystems].map(async ([leg, folder]) => {
        const own = this.#copiesOn(leg);
        const rest = own.filter(({ placed }) => !placed);
        for (const { item } of rest) leg.unwrote(item.task.file.sizeBytes);
        const files = rest.map(({ temp }) => ({ temp }));
        if (files.length > 0) await this.#order({ kind: 'discard', files });
        for (const { temp } of own) this.#job.tools.temps.delete(temp);
        await Promise.allSettled([leg.call(folder.close())]);
      }),
    );
  }

  #copiesOn(leg: Leg): readonly Copy[] {
    return this.#items.flatMap(({ copies }) => copies.filter((copy) => copy.leg === leg));
  }

  async #assertStillIn(): Promise<void> {
    this.#job.signal.throwIfAborted();
    if (!(await stillIn(this.#job.source)))
      throw new SourceTrouble('gone', 'the card was taken out');
  }

  async #plan(): Promise<void> {
    for (const task of this.#job.tasks) {
      const item: Item = { task, copies: [], source: await this.#sourceOf(task) };
      for (const leg of this.#job.legsFor(task)) {
        await leg.attempt(async () => {
          await this.#begin(leg);
          await leg.readyFolder(folderOf(task.file.placement));
          const target = leg.pathOf(task.file.placement);
          const temp = tempPathFor(target);
          this.#job.tools.temps.add(temp);
          item.copies.push({ leg, item, target, temp, placed: false });
        });
      }
      if (item.copies.length > 0) this.#items.push(item);
    }
  }

  async #sourceOf(task: CopyTask): Promise<string> {
    try {
      return await this.#job.tree.pathOf(task.sourcePath);
    } catch {
      // A folder of the card is a link, or gone: the careful way finds out.
      this.#odd.add(task);
      return '';
    }
  }

  async #begin(leg: Leg): Promise<void> {
    if (this.#filesystems.has(leg)) return;
    await leg.assertSameDrive();
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    this.#filesystems.set(leg, await leg.call(open(leg.destination.path, flags)));
  }

  async #stage(): Promise<void> {
    const items = this.#items.filter(({ task }) => !this.#odd.has(task));
    const files = items.map(({ task: { file }, source, copies }) => ({
      source,
      sizeBytes: file.sizeBytes,
      ...(this.#job.from === 'card' ? { modifiedMs: file.mtimeMs } : {}),
      drives: copies.map(({ leg, target, temp }) => {
        const { deviceNumber } = leg.destination;
        return { target, temp, deviceNumber };
      }),
    }));
    // Without turns all batches are read at once, then all are flushed, and the card stands still meanwhile.
    const answers = await this.#job.readingTurn(async () => {
      await this.#assertStillIn();
      return await this.#order({ kind: 'stage', files });
    });
    for (const [i, item] of items.entries()) await this.#staged(item, answers[i]);
  }

  async #staged(item: Item, answer: SmallAnswer | undefined): Promise<void> {
    const { expected, file } = item.task;
    if (answer?.hash === undefined || answer.hash !== (expected ?? answer.hash)) {
      this.#odd.add(item.task);
      return;
    }
    item.hash = answer.hash;
    this.#job.read(item.task, file.sizeBytes);
    for (const [i, copy] of item.copies.entries()) {
      copy.leg.wrote(file.sizeBytes);
      const outcome = answer.outcomes[i];
      if (outcome?.state !== 'ok') await this.#judge(copy, outcome);
    }
    await this.#observed('written', this.#alive(item.copies));
  }

  async #flush(leg: Leg, copies: readonly Copy[]): Promise<void> {
    const { syncFilesystem } = this.#job.tools.native;
    const folder = this.#filesystems.get(leg);
    const last = copies.at(-1);
    if (syncFilesystem === undefined || folder === undefined || last === undefined) return;
    await leg.call(syncFilesystem(folder.fd));
    // On FAT and exFAT only the flush of a file reaches the drive's own write cache; one is enough for all.
    await leg.call(fsyncFile(last.placed ? last.target : last.temp));
    if (!last.placed) await this.#observed('flushed', copies);
  }

  async #verify(leg: Leg, copies: readonly Copy[]): Promise<void> {
    const { direct } = leg.honesty;
    const files = copies.flatMap(({ temp, item: { task, hash } }) =>
      hash === undefined ? [] : [{ temp, hash, sizeBytes: task.file.sizeBytes }],
    );
    await this.#judgeAll(copies, await this.#order({ kind: 'verify', direct, files }));
    await this.#observed('read-back', this.#alive(copies));
  }

  async #place(leg: Leg, copies: readonly Copy[]): Promise<void> {
    const files = copies.map(({ temp, target }) => ({ temp, target }));
    const answers = await this.#order({ kind: 'place', files });
    for (const [i, copy] of copies.entries()) {
      if (answers[i]?.outcomes[0]?.state === 'ok') copy.placed = true;
    }
    await this.#judgeAll(copies, answers);
    if (!leg.isLost) await this.#observed('placed', this.#alive(copies));
  }

  /** Does something on every drive at the same time, with the copies that are well so far. */
  async #eachLeg(work: (leg: Leg, copies: readonly Copy[]) => Promise<void>): Promise<void> {
    await Promise.all(
      [...this.#filesystems.keys()].map(async (leg) => {
        const alive = this.#alive(this.#copiesOn(leg));
        if (alive.length > 0) await leg.attempt(() => work(leg, alive));
      }),
    );
    this.#job.signal.throwIfAborted();
  }

  #alive(copies: readonly Copy[]): readonly Copy[] {
    return copies.filter(({ leg, item }) => !leg.isLost && !this.#odd.has(item.task));
  }

  async #judgeAll(copies: readonly Copy[], answers: readonly SmallAnswer[]): Promise<void> {
    for (const [i, copy] of copies.entries()) {
      const outcome = answers[i]?.outcomes[0];
      if (outcome?.state !== 'ok') await this.#judge(copy, outcome);
    }
  }

  async #judge({ leg, item }: Copy, outcome: SmallOutcome | undefined): Promise<void> {
    if (outcome?.state !== 'failed') this.#odd.add(item.task);
    else await leg.lose(Object.assign(new Error(outcome.message), { code: outcome.code }));
  }

  /** No answers when the thread broke down or hangs: every file of the order is odd then. */
  async #order(order: SmallOrder): Promise<readonly SmallAnswer[]> {
    try {
      return await this.#job.tools.lanes.run(order);
    } catch {
      // The careful way has its own time limits and says whose fault it was.
      return [];
    }
  }

  #fileOf({ task, hash, copies }: Item): BatchFile {
    const { tools, from } = this.#job;
    const good = copies.filter(({ leg, placed }) => placed && !leg.isLost);
    const at = tools.clock.now();
    const reads = hash === undefined || from === 'copy' ? [] : [sourceRead(task.file, hash, at)];
    const { placement, sizeBytes } = task.file;
    const backs = good.flatMap(({ leg }) =>
      hash === undefined
        ? []
        : [copyReadBack(task.file, { leg, placement, hash, sizeBytes, proof: 'device' }, at)],
    );
    return { task, drafts: [...reads, ...backs], placedOn: good.map(({ leg }) => leg) };
  }

  async #observed(step: CopyStep['step'], copies: readonly Copy[]): Promise<void> {
    for (const { leg, item, temp, target, placed } of copies) {
      const { path } = item.task.file;
      const at = placed ? target : temp;
      const seen = this.#job.tools.observe({ step, destinationId: leg.id, path, at });
      // Nobody looks on in the service, and a wait for each of thousands of files adds up.
      if (seen !== undefined) await seen;
    }
  }
}
