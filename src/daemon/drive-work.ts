/** Carries out the steps that concern drives: copying, catching up, reading back, reading the card again. */
import type { ReadyDestination } from '../core/destination.ts';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { DestinationId } from '../core/ids.ts';
import { portablePath } from '../core/placement.ts';
import { RoomError } from '../core/room-error.ts';
import type { CatchUpStep, CopyStep, ReadBackStep, RereadStep } from '../core/plan.ts';
import type {
  Copier,
  CopyEvents,
  CopyJob,
  CopyOutcome,
  CopyProgress,
  CopySource,
  LostLeg,
} from '../ports/copier.ts';
import type { Ledger, Roll } from '../ports/ledger.ts';
import type { Survey } from './survey.ts';

export interface DriveWork {
  readonly roll: Roll;
  readonly survey: Pick<Survey, 'driveSteps' | 'sampled'>;
  readonly ready: readonly ReadyDestination[];
  /** The card, while it is in. */
  readonly card?: CopySource;
  /** Folders of the card, empty ones included. */
  readonly folders: readonly string[];
  onProgress(progress: DriveProgress): void;
}

export interface DriveProgress {
  readonly phase: 'copying' | 'rereading';
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Share of all reading and reading back that is done, 0 to 1. */
  readonly share: number;
}

export interface DriveResult {
  readonly lostLegs: readonly LostLeg[];
  readonly sourceGone: boolean;
}

/** Samples committed together: each commit waits for the disk that the ledger is on, longer than for a sample. */
const SAMPLES_AT_ONCE = 50;

export type DriveDeps = { readonly ledger: Pick<Ledger, 'append'>; readonly copier: Copier };

/** Does what can be done once; what failed stays in the plan for the next round. */
export async function doDriveWork(
  deps: DriveDeps,
  work: DriveWork,
  signal: AbortSignal,
): Promise<DriveResult> {
  const { driveSteps } = work.survey;
  const lostLegs: LostLeg[] = [];
  const copies = driveSteps.filter((step) => step.kind === 'copy');
  if (copies.length > 0 && work.card !== undefined) {
    const outcome = await runJob(deps, work, cardJob(work, work.card, copies), signal);
    lostLegs.push(...outcome.lostLegs);
    if (outcome.sourceGone) return { lostLegs, sourceGone: true };
  }
  const catchUps = driveSteps.filter((step) => step.kind === 'catch-up');
  for (const { steps, job } of catchUpJobs(work, catchUps)) {
    const outcome = await runJob(deps, work, job, signal);
    lostLegs.push(...outcome.lostLegs);
    lostLegs.push(...(await readBackAll(deps, work, suspects(steps, outcome), signal)));
  }
  const readBacks = driveSteps.filter((step) => step.kind === 'read-back');
  const rereads = driveSteps.filter((step) => step.kind === 'reread-source');
  lostLegs.push(...(await readBackAll(deps, work, readBacks, signal)));
  await rereadAll(deps, work, rereads, signal);
  return { lostLegs, sourceGone: false };
}

function cardJob(work: DriveWork, card: CopySource, steps: readonly CopyStep[]): CopyJob {
  return {
    source: card,
    from: 'card',
    targets: work.ready.map((destination) => ({ destination, folder: work.roll.folder })),
    tasks: steps.map(({ file, to, expected }) => ({
      file,
      to,
      sourcePath: file.path,
      ...(expected === undefined ? {} : { expected }),
    })),
    folders: work.folders.map((folder) => portablePath(folder)),
  };
}

interface CatchUp {
  readonly steps: readonly CatchUpStep[];
  readonly job: CopyJob;
}

/** Copies that did not give the bytes they once had: what they are now must be on record, or they go on counting. */
function suspects(
  steps: readonly CatchUpStep[],
  { badSources = [] }: Pick<CopyOutcome, 'badSources'>,
): readonly ReadBackStep[] {
  const bad = new Set(badSources);
  return steps
    .filter(({ file }) => bad.has(file.id))
    .map(({ file, from, fromPlacedAt }) => ({
      kind: 'read-back',
      file,
      destinationId: from,
      placedAt: fromPlacedAt,
    }));
}

function catchUpJobs(work: DriveWork, steps: readonly CatchUpStep[]): readonly CatchUp[] {
  return work.ready.flatMap((from) => {
    const own = steps.filter((step) => step.from === from.id);
    if (own.length === 0) return [];
    const job: CopyJob = {
      source: { root: from.path, stillIn: async () => true },
      from: 'copy',
      targets: work.ready
        .filter((destination) => destination.id !== from.id)
        .map((destination) => ({ destination, folder: work.roll.folder })),
      tasks: own.map(({ file, to, fromPlacedAt, expected }) => ({
        file,
        to,
        expected,
        sourcePath: fromPlacedAt,
      })),
      folders: [],
    };
    return [{ steps: own, job }];
  });
}

async function runJob(
  deps: DriveDeps,
  work: DriveWork,
  job: CopyJob,
  signal: AbortSignal,
): Promise<CopyOutcome> {
  const filesTotal = job.tasks.length;
  const bytesTotal = job.tasks.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  const legs = new Set(job.tasks.flatMap(({ to }) => to)).size;
  const events: CopyEvents = {
    commit: async (drafts) => {
      await deps.ledger.append(drafts);
    },
    progress: (progress) =>
      work.onProgress({
        phase: 'copying',
        filesDone: progress.filesDone,
        filesTotal,
        bytesDone: progress.bytesRead,
        bytesTotal,
        share: shareDone(progress, bytesTotal, legs),
      }),
  };
  return deps.copier.copy(job, events, signal);
}

function shareDone(progress: CopyProgress, bytesTotal: number, legs: number): number {
  if (bytesTotal === 0) return 1;
  let moved = progress.bytesRead;
  for (const bytes of progress.bytesReadBack.values()) moved += bytes;
  return Math.min(1, moved / (bytesTotal * (1 + legs)));
}

/** A drive that goes away meanwhile is a lost leg: nothing can be said about its files, and the others go on. */
async function readBackAll(
  deps: DriveDeps,
  work: DriveWork,
  steps: readonly ReadBackStep[],
  signal: AbortSignal,
): Promise<readonly LostLeg[]> {
  const ready = new Map<DestinationId, ReadyDestination>(work.ready.map((r) => [r.id, r]));
  const lost: LostLeg[] = [];
  for (const { file, destinationId, placedAt } of steps) {
    const destination = ready.get(destinationId);
    if (destination === undefined) continue;
    try {
      const draft = await deps.copier.readBack({ file, destination, placedAt }, signal);
      await deps.ledger.append([draft]);
    } catch (error) {
      if (!(error instanceof RoomError) || error.code !== 'drive-changed') throw error;
      ready.delete(destinationId);
      lost.push({ destinationId, trouble: 'gone', sentence: error.message, hint: error.hint });
    }
  }
  return lost;
}

async function rereadAll(
  deps: DriveDeps,
  work: DriveWork,
  steps: readonly RereadStep[],
  signal: AbortSignal,
): Promise<void> {
  if (work.card === undefined) return;
  const roots = new Map(work.ready.map((destination) => [destination.id, destination.path]));
  const waiting: EvidenceDraft[] = [];
  const commit = async (): Promise<void> => {
    if (waiting.length > 0) await deps.ledger.append(waiting.splice(0));
  };
  let filesDone = 0;
  try {
    for (const { file, coverage } of steps) {
      const copy = work.survey.sampled.get(file.id);
      const root = copy === undefined ? undefined : roots.get(copy.destinationId);
      const how =
        coverage === 'sample' && copy !== undefined && root !== undefined
          ? ({ kind: 'sample', goodCopy: `${root}/${copy.placedAt}` } as const)
          : ({ kind: 'full' } as const);
      waiting.push(...(await deps.copier.reread(work.card, file, how, signal)));
      // Bad news does not wait: if the power went, the next sample might be better.
      if (waiting.length >= SAMPLES_AT_ONCE || !waiting.every(isGoodSample)) await commit();
      filesDone += 1;
      const share = filesDone / steps.length;
      const bytes = { bytesDone: filesDone, bytesTotal: steps.length };
      work.onProgress({ phase: 'rereading', filesDone, filesTotal: steps.length, ...bytes, share });
    }
  } finally {
    await commit();
  }
}

function isGoodSample(draft: EvidenceDraft): boolean {
  return draft.kind === 'source-sample' && draft.firstHash === draft.secondHash;
}
