/** One job from its first to its last file: what goes on when files or drives fail, and in which order. */
import PQueue from 'p-queue';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { DestinationId, FileId, MediumId } from '../core/ids.ts';
import type { CopyEvents, CopyJob, CopyOutcome, CopyTask } from '../ports/copier.ts';
import { Committer } from './committer.ts';
import { copyFile, type FileResult, stillIn } from './copy-file.ts';
import type { EngineTools } from './engine-tools.ts';
import { sourceUnreadable } from './evidence-drafts.ts';
import { Leg } from './leg.ts';
import { badJob } from './offload-error.ts';
import { ProgressSum } from './progress-sum.ts';
import { assertStaysBelow } from './safe-path.ts';
import {
  BATCH_BYTES,
  BATCH_FILES,
  type BatchFile,
  copyBatch,
  isSmall,
  LEAST_BATCH_FILES,
} from './small-batch.ts';
import { Patience, SourceTrouble, SourceTree } from './source-file.ts';
import { givesBytes } from './source-pulse.ts';

/** Files under way at the same time: enough that flushing and naming one hides behind the reading of the next. */
const FILES_AT_ONCE = 4;

/** Batches of small files under way: one is read and written while another is flushed or read back. */
const BATCHES_AT_ONCE = 3;

/** A source that did not answer so often is given up: each hanging call keeps one of the system's few I/O threads. */
const MAX_STALLS = 2;

interface Deferred {
  readonly task: CopyTask;
  readonly trouble: SourceTrouble;
}

export class CopyRun {
  readonly #tools: EngineTools;
  readonly #job: CopyJob;
  readonly #committer: Committer;
  readonly #signal: AbortSignal;
  /** Ended by the caller or by a commit that failed. */
  readonly #stop = new AbortController();
  readonly #legs: ReadonlyMap<DestinationId, Leg>;
  readonly #tree: SourceTree;
  readonly #patience: Patience;
  readonly #progress: ProgressSum;
  readonly #deferred: Deferred[] = [];
  readonly #badSources: FileId[] = [];
  readonly #files = new PQueue({ concurrency: FILES_AT_ONCE });
  readonly #reading = new PQueue({ concurrency: 1 });
  readonly #batches = new PQueue({ concurrency: BATCHES_AT_ONCE });
  #gone = false;
  #stalls = 0;
  #readSinceTrouble = true;

  constructor(tools: EngineTools, job: CopyJob, events: CopyEvents, signal: AbortSignal) {
    this.#tools = tools;
    this.#job = job;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#legs = new Map(
      job.targets.map((target) => [target.destination.id, new Leg(tools, target, this.#signal)]),
    );
    this.#tree = new SourceTree(job.source.root);
    this.#patience = new Patience(() => tools.clock.elapsed());
    this.#progress = new ProgressSum(events);
    this.#committer = new Committer({
      events,
      clock: tools.clock,
      signal: this.#signal,
      onFailure: (error) => this.#stop.abort(error),
    });
  }

  async run(): Promise<CopyOutcome> {
    this.#assertSound();
    try {
      await this.#prepareLegs();
      const legs = [...this.#legs.values()].filter((leg) => leg.hasMovingHeads && !leg.isLost);
      // Always in the same order, so that no two jobs wait for each other.
      const disks = [...new Set(legs.map(({ destination }) => destination.mediumId))].toSorted();
      await this.#inTurn(disks, async () => {
        await this.#copyAll();
        await this.#retryDeferred();
      });
      await this.#committer.settled();
    } finally {
      for (const leg of this.#legs.values()) leg.end();
    }
    this.#signal.throwIfAborted();
    const outcomes = [...this.#legs.values()].map((leg) => leg.outcome);
    return {
      lostLegs: outcomes.filter((outcome) => outcome !== undefined),
      sourceGone: this.#gone,
      badSources: this.#badSources,
    };
  }

  async #inTurn(disks: readonly MediumId[], work: () => Promise<void>): Promise<void> {
    const [disk, ...others] = disks;
    if (disk === undefined) return await work();
    const next = async (): Promise<void> => this.#inTurn(others, work);
    await this.#tools.turns.take(`medium ${disk}`, next, this.#signal);
  }

  /** Nothing is begun for a job that could lead out of its folders. */
  #assertSound(): void {
    const { targets, tasks, folders } = this.#job;
    for (const { folder } of targets) assertStaysBelow(folder);
    for (const folder of folders) assertStaysBelow(folder);
    for (const { file, sourcePath, to } of tasks) {
      assertStaysBelow(file.placement);
      assertStaysBelow(sourcePath);
      for (const id of to) {
        if (!this.#legs.has(id)) throw badJob(`Destination "${id}" is not among the targets.`);
      }
    }
  }

  async #prepareLegs(): Promise<void> {
    await Promise.all(
      [...this.#legs.values()].map(async (leg) => {
        const tasks = this.#job.tasks.filter(({ to }) => to.includes(leg.id));
        await leg.prepare(tasks.map(({ file }) => file));
        await leg.attempt(async () => {
          for (const folder of this.#job.folders) await leg.readyFolder(folder);
        });
      }),
    );
  }

  async #copyAll(): Promise<void> {
    let batch: CopyTask[] = [];
    let batchBytes = 0;
    for (const task of this.#job.tasks) {
      if (this.#over) break;
      if (!isSmall(this.#tools, task, this.#legsFor(task))) {
        await this.#enqueue(task);
        continue;
      }
      batch.push(task);
      batchBytes += task.file.sizeBytes;
      if (batch.length < BATCH_FILES && batchBytes < BATCH_BYTES) continue;
      await this.#enqueueBatch(batch);
      batch = [];
      batchBytes = 0;
    }
    await this.#enqueueBatch(batch);
    await this.#batches.onIdle();
    await this.#files.onIdle();
  }

  /** Only so many wait in the queue: a card of 100,000 files must not become 100,000 promises. */
  async #enqueue(task: CopyTask): Promise<void> {
    await this.#files.onSizeLessThan(FILES_AT_ONCE);
    void this.#files.add(async () => this.#first(task));
  }

  async #enqueueBatch(tasks: readonly CopyTask[]): Promise<void> {
    await this.#batches.onSizeLessThan(1);
    void this.#batches.add(async () => this.#batch(tasks));
  }

  /** Copies small files together, and hands those that do not go well to the careful way. */
  async #batch(tasks: readonly CopyTask[]): Promise<void> {
    if (this.#over) return;
    let odd = tasks;
    if (tasks.length >= LEAST_BATCH_FILES) {
      const result = await this.#guarded(() =>
        copyBatch({
          tools: this.#tools,
          tasks,
          source: this.#job.source,
          tree: this.#tree,
          from: this.#job.from,
          legsFor: (task) => this.#legsFor(task),
          signal: this.#signal,
          readingTurn: (work) => this.#reading.add(work),
          read: (task, bytes) => this.#progress.counterFor(task)(bytes),
        }),
      );
      if (result instanceof SourceTrouble) this.#gone = true;
      if (result === undefined || result instanceof SourceTrouble) return;
      this.#recordAll(result.done);
      odd = result.odd;
    }
    for (const task of odd) await this.#enqueue(task);
  }

  #recordAll(files: readonly BatchFile[]): void {
    const drafts = files.flatMap((file) => file.drafts);
    if (drafts.length === 0) return;
    this.#readSinceTrouble = true;
    this.#committer.add(drafts, () => {
      for (const { task, placedOn } of files) {
        this.#progress.fileDone(placedOn, task.file.sizeBytes);
      }
    });
  }

  /** Trouble with the source is an answer. Anything else ends the job: an abort, a commit that failed, a fault of ours. */
  async #guarded<T>(work: () => Promise<T>): Promise<T | SourceTrouble | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SourceTrouble) return error;
      this.#stop.abort(error);
      return undefined;
    }
  }

  get #over(): boolean {
    return this.#gone || this.#signal.aborted || [...this.#legs.values()].every((l) => l.isLost);
  }

  /** The first try: a file that fails is put off until all others are safe, since each retry may kill the card. */
  async #first(task: CopyTask): Promise<void> {
    const trouble = await this.#try(task);
    if (trouble === undefined) return;
    if (trouble.kind === 'stalled') this.#stalls += 1;
    if (trouble.kind === 'gone' || this.#stalls >= MAX_STALLS) this.#gone = true;
    else if (await stillIn(this.#job.source)) {
      this.#deferred.push({ task, trouble });
      this.#readSinceTrouble = false;
    } else this.#gone = true;
  }

  async #retryDeferred(): Promise<void> {
    for (const { task, trouble } of this.#deferred) {
      if (this.#over) return;
      if (!(await this.#answers())) {
        this.#gone = true;
        return;
      }
      // When the card has cost too much time already, the first answer stands.
      const again = this.#patience.isOver ? trouble : await this.#try(task, trouble);
      if (again !== undefined) await this.#giveUp(task, again);
    }
  }

  /** Whether the source is really there: it may say so and yet fail at everything. */
  async #answers(): Promise<boolean> {
    if (!(await stillIn(this.#job.source))) return false;
    if (this.#readSinceTrouble) return true;
    const bad = new Set(this.#deferred.map(({ task }) => task.sourcePath));
    this.#readSinceTrouble = await givesBytes(this.#tools, this.#job.source.root, bad);
    return this.#readSinceTrouble;
  }

  async #giveUp(task: CopyTask, trouble: SourceTrouble): Promise<void> {
    const gone = trouble.kind === 'gone' || !(await stillIn(this.#job.source));
    if (gone) {
      this.#gone = true;
      return;
    }
    this.#badSources.push(task.file.id);
    if (this.#job.from === 'card') {
      this.#committer.add([this.#unreadable(task, trouble)], () => undefined);
    }
  }

  #unreadable({ file }: CopyTask, { message }: SourceTrouble): EvidenceDraft {
    return sourceUnreadable(file, message, this.#tools.clock.now());
  }

  /**
   * Copies one file and hands over what came of it to be committed.
   * @param earlier the trouble of the first try, which is on record before a read that went well at last: such a
   * file must be read twice
   * @returns the trouble with the source, if that is what it failed of
   */
  async #try(task: CopyTask, earlier?: SourceTrouble): Promise<SourceTrouble | undefined> {
    const legs = this.#legsFor(task);
    if (this.#over || legs.length === 0) return undefined;
    return await this.#guarded(async () => {
      if (!(await stillIn(this.#job.source))) {
        throw new SourceTrouble('gone', 'the card was taken out');
      }
      const result = await copyFile({
        tools: this.#tools,
        task,
        source: this.#job.source,
        tree: this.#tree,
        patience: this.#patience,
        from: this.#job.from,
        legs,
        signal: this.#signal,
        readingTurn: (work) => this.#reading.add(work),
        read: this.#progress.counterFor(task),
      });
      this.#record(task, result, earlier);
      return undefined;
    });
  }

  #legsFor({ to, file }: CopyTask): readonly Leg[] {
    return to.flatMap((id) => {
      const leg = this.#legs.get(id);
      return leg === undefined || leg.isLost || !leg.takes(file.sizeBytes) ? [] : [leg];
    });
  }

  #record(task: CopyTask, result: FileResult, earlier?: SourceTrouble): void {
    if (result.sourceDiffers) this.#badSources.push(task.file.id);
    this.#readSinceTrouble ||= result.sourceWasRead;
    if (result.drafts.length === 0) return;
    const before =
      earlier !== undefined && this.#job.from === 'card' ? [this.#unreadable(task, earlier)] : [];
    this.#committer.add([...before, ...result.drafts], () =>
      this.#progress.fileDone(result.placedOn, task.file.sizeBytes),
    );
  }
}
