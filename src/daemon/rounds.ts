/** One round of work for one roll: drives first, offsite when the drives have what they can get. */
import type { RemoteId } from '../core/ids.ts';
import type { Roll } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import type { Board } from './board.ts';
import { doDriveWork } from './drive-work.ts';
import type { Drives } from './drives.ts';
import type { LiveProgress } from './live-progress.ts';
import { doOffsiteRound } from './offsite-work.ts';
import type { Queues } from './queues.ts';
import type { OffsitePair, ServiceDeps } from './service-deps.ts';
import { type OffsiteTask, type Survey, tasksFor } from './survey.ts';

export interface RoundContext {
  readonly deps: ServiceDeps;
  readonly board: Board;
  readonly drives: Drives;
  readonly queues: Queues;
  readonly roll: Roll;
  readonly survey: Survey;
  readonly progress: LiveProgress;
  readonly folders: readonly string[];
  readonly insertion?: Insertion;
}

/** The verdict is told anew during long work, but never more than 1/20 of the time goes into it. */
const JUDGE_EVERY_MS = 2_000;
const JUDGE_SHARE = 20;

/** Calls `judge` now and then; at most one call at a time, none after `stop`. */
class Pulse {
  readonly #now: () => number;
  readonly #judge: () => Promise<void>;
  #nextAt: number;
  #busy: Promise<void> | undefined;
  #failed: Error | undefined;

  constructor(now: () => number, judge: () => Promise<void>) {
    this.#now = now;
    this.#judge = judge;
    this.#nextAt = now() + JUDGE_EVERY_MS;
  }

  beat(): void {
    if (this.#busy !== undefined || this.#now() < this.#nextAt) return;
    const startedAt = this.#now();
    this.#busy = this.#judge()
      .catch((error: unknown) => {
        this.#failed = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        const took = this.#now() - startedAt;
        this.#nextAt = this.#now() + Math.max(JUDGE_EVERY_MS, took * JUDGE_SHARE);
        this.#busy = undefined;
      });
  }

  /** @throws whatever the last judgement threw: it reads the ledger, and a ledger that fails must be heard. */
  async stop(): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY;
    await this.#busy;
    if (this.#failed !== undefined) throw this.#failed;
  }
}

export async function runDriveRound(
  context: RoundContext,
  judgeLive: () => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly sourceGone: boolean }> {
  const { deps, drives, insertion, queues } = context;
  return queues.drives.add(async () => {
    signal.throwIfAborted();
    const pulse = new Pulse(() => deps.clock.elapsed(), judgeLive);
    const ready = await drives.ready();
    const result = await doDriveWork(
      deps,
      {
        roll: context.roll,
        survey: context.survey,
        ready,
        folders: context.folders,
        onProgress: (progress) => {
          context.progress.drives(progress);
          pulse.beat();
        },
        ...(insertion === undefined ? {} : { card: cardSource(deps, insertion) }),
      },
      signal,
    );
    await drives.noteLegs(ready, result.lostLegs);
    await pulse.stop();
    return { sourceGone: result.sourceGone };
  });
}

function cardSource(
  deps: Pick<ServiceDeps, 'volumes'>,
  insertion: Insertion,
): { root: string; stillIn: () => Promise<boolean> } {
  return { root: insertion.root, stillIn: () => deps.volumes.stillIn(insertion) };
}

/** All remotes side by side; one that is away does not hold up the others. */
export async function runOffsiteRounds(
  context: RoundContext,
  judgeLive: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { deps, survey, progress } = context;
  const pulse = new Pulse(() => deps.clock.elapsed(), judgeLive);
  const done = new Map<RemoteId, { filesDone: number; bytesDone: number }>();
  const filesTotal = survey.offsiteTasks.length;
  const bytesTotal = survey.offsiteTasks.reduce((sum, { step }) => sum + sendBytes(step), 0);
  const onProgress = (id: RemoteId, part: { filesDone: number; bytesDone: number }): void => {
    done.set(id, part);
    const parts = [...done.values()];
    progress.offsite({
      filesDone: parts.reduce((sum, { filesDone }) => sum + filesDone, 0),
      bytesDone: Math.min(
        bytesTotal,
        parts.reduce((sum, { bytesDone }) => sum + bytesDone, 0),
      ),
      filesTotal,
      bytesTotal,
    });
    pulse.beat();
  };
  await Promise.all(
    deps.offsite.map((pair) =>
      runOffsiteRound(
        context,
        { pair, tasks: tasksFor(survey, pair.remote.id) },
        onProgress,
        signal,
      ),
    ),
  );
  await pulse.stop();
}

function sendBytes(step: OffsiteTask['step']): number {
  return step.kind === 'upload' ? step.file.sizeBytes : 0;
}

async function runOffsiteRound(
  context: RoundContext,
  { pair, tasks }: { readonly pair: OffsitePair; readonly tasks: readonly OffsiteTask[] },
  onProgress: (id: RemoteId, part: { filesDone: number; bytesDone: number }) => void,
  signal: AbortSignal,
): Promise<void> {
  if (tasks.length === 0) return;
  const { deps, board, drives, roll } = context;
  const { id } = pair.remote;
  const roots = new Map(drives.lastReady().map((ready) => [ready.id, ready.path]));
  const { trouble, lastSightingAt } = await doOffsiteRound(
    { clock: deps.clock, ledger: deps.ledger, policy: deps.settings.policy },
    { roll, pair, tasks, roots, onProgress: (part) => onProgress(id, part) },
    signal,
  );
  const seen = lastSightingAt === undefined ? {} : { lastSightingAt };
  board.setRemote(
    id,
    trouble === undefined ? { state: 'ok', ...seen } : { state: 'trouble', trouble, ...seen },
  );
  await deps.ledger.noteTrouble(id, trouble, deps.clock.now());
}
