/** One pass over a roll's newest inventory: the verdict and everything that remains to be done. */
import type { DigestAlgorithm, Evidence } from '../core/evidence.ts';
import type { DestinationId, FileId, RemoteId } from '../core/ids.ts';
import type { CardFile, Inventory } from '../core/inventory.ts';
import {
  chooseSample,
  type LookStep,
  sampleStep,
  type Situation,
  type Step,
  stepsFor,
  type UploadStep,
} from '../core/plan.ts';
import type { Policy } from '../core/policy.ts';
import { type FileStanding, standingOf } from '../core/standing.ts';
import {
  addFile,
  conclude,
  requiredRereads,
  startTally,
  type Tally,
  type Verdict,
} from '../core/verdict.ts';
import type { FileRecord, LedgerReader } from '../ports/ledger.ts';
import type { OffsiteRecord } from './object-key.ts';

/** An upload or a look, with what is needed to carry it out. */
export interface OffsiteTask {
  readonly step: UploadStep | LookStep;
  readonly hash: NonNullable<FileStanding['hash']>;
  /** Good copies to read from, in configured order. */
  readonly copies: readonly PlacedCopy[];
  /** What is on record about the file at this remote, oldest first. */
  readonly past: readonly OffsiteRecord[];
  /** Algorithms in which an answer of this remote can be compared with what was sent. */
  readonly comparable: readonly DigestAlgorithm[];
}

export interface PlacedCopy {
  readonly destinationId: DestinationId;
  readonly placedAt: string;
}

/** A file with a good copy, for glances, samples and previews. */
export interface HeldFile {
  readonly file: CardFile;
  readonly copies: readonly [PlacedCopy, ...PlacedCopy[]];
}

export type DriveStep = Exclude<Step, UploadStep | LookStep>;

export interface Survey {
  readonly verdict: Verdict;
  readonly driveSteps: readonly DriveStep[];
  /** For the samples among the drive steps: a good copy to compare with. */
  readonly sampled: ReadonlyMap<FileId, PlacedCopy>;
  readonly offsiteTasks: readonly OffsiteTask[];
  /** How many files have at least one good copy. */
  readonly held: number;
}

export interface SurveyContext {
  readonly policy: Policy;
  readonly now: number;
  readonly situation: Situation;
}

/** Is shown the files with good copies as they come by, and waited for. */
export type HeldVisitor = (held: readonly HeldFile[]) => Promise<void>;

/**
 * Judges and plans. Reads the ledger batch by batch and keeps nothing of a file that needs nothing, however large the
 * card; writes nothing.
 */
export async function surveyInventory(
  ledger: Pick<LedgerReader, 'records' | 'recordsOf'>,
  inventory: Inventory,
  context: SurveyContext,
  visit?: HeldVisitor,
): Promise<Survey> {
  const { policy, now, situation } = context;
  const tally = startTally(inventory, policy, now);
  const gathered: Gathered = { driveSteps: [], offsiteTasks: [], unsampled: [] };
  const { driveSteps, offsiteTasks } = gathered;
  let held = 0;
  for await (const batch of ledger.records(inventory)) {
    const passing = batch.flatMap((record) => gather(record, tally, situation, gathered));
    held += passing.length;
    await visit?.(passing);
  }
  const sampled = new Map<FileId, PlacedCopy>();
  const missing = requiredRereads(tally) - tally.reread;
  if (driveSteps.length === 0 && situation.cardPresent && missing > 0) {
    const records = ledger.recordsOf(chooseSample(gathered.unsampled, missing));
    for await (const batch of heldIn(records, { policy, now, ready: situation.destinations })) {
      driveSteps.push(...batch.map(({ file }) => sampleStep(file)));
      for (const { file, copies } of batch) sampled.set(file.id, copies[0]);
    }
  }
  return { verdict: conclude(tally), driveSteps, sampled, offsiteTasks, held };
}

interface Gathered {
  readonly driveSteps: DriveStep[];
  readonly offsiteTasks: OffsiteTask[];
  /** Files with a good copy to compare with that were read once only. */
  readonly unsampled: FileId[];
}

/** Weighs one file and plans for it. Gives it back with its good copies, if it has any. */
function gather(
  record: FileRecord,
  tally: Tally,
  situation: Situation,
  { driveSteps, offsiteTasks, unsampled }: Gathered,
): readonly HeldFile[] {
  const { file, evidence } = record;
  const standing = addFile(tally, file, evidence);
  const copies = goodCopies(standing, situation.destinations);
  for (const step of stepsFor(file, standing, situation)) {
    if (isOffsite(step)) offsiteTasks.push(...offsiteTask(step, standing, record, copies));
    else driveSteps.push(step);
  }
  const held = heldFile(file, copies);
  if (held.length > 0 && !standing.reread && file.sizeBytes > 0) unsampled.push(file.id);
  return held;
}

/** Those of the files that have a good copy on a drive that is ready. */
export async function* heldIn(
  records: AsyncIterable<readonly FileRecord[]>,
  {
    policy,
    now,
    ready,
  }: Pick<SurveyContext, 'policy' | 'now'> & { ready: readonly DestinationId[] },
): AsyncGenerator<readonly HeldFile[]> {
  for await (const batch of records) {
    yield batch.flatMap(({ file, evidence }) =>
      heldFile(file, goodCopies(standingOf(file, evidence, policy, now), ready)),
    );
  }
}

function heldFile(file: CardFile, copies: readonly PlacedCopy[]): readonly HeldFile[] {
  const [first, ...more] = copies;
  return first === undefined ? [] : [{ file, copies: [first, ...more] }];
}

function isOffsite(step: Step): step is UploadStep | LookStep {
  return step.kind === 'upload' || step.kind === 'look';
}

/** In the order of `ready`. */
function goodCopies(
  standing: FileStanding,
  ready: readonly DestinationId[],
): readonly PlacedCopy[] {
  const copies: PlacedCopy[] = [];
  for (const id of ready) {
    for (const { destinationId, placedAt, state } of standing.copies) {
      if (state === 'good' && destinationId === id) copies.push({ destinationId, placedAt });
    }
  }
  return copies;
}

function offsiteTask(
  step: UploadStep | LookStep,
  standing: FileStanding,
  record: FileRecord,
  copies: readonly PlacedCopy[],
): readonly OffsiteTask[] {
  if (standing.hash === undefined) return [];
  const { hash } = standing;
  const past = record.evidence
    .filter(isOffsiteRecord)
    .filter(({ remoteId }) => remoteId === step.remoteId)
    .toSorted((a, b) => a.seq - b.seq);
  const comparable = past.flatMap((pass) =>
    pass.kind === 'upload-pass' && pass.hash === hash
      ? pass.digests.map(({ algorithm }) => algorithm)
      : [],
  );
  return [{ step, hash, copies, past, comparable: ['xxh64', ...comparable] }];
}

function isOffsiteRecord(item: Evidence): item is OffsiteRecord {
  const { kind } = item;
  return kind === 'upload-pass' || kind === 'offsite-sighting' || kind === 'offsite-absent';
}

/** How much is left to do; what decides whether a round of work brought anything. */
export function pendingCount(survey: Survey): number {
  const legs = survey.driveSteps.reduce(
    (sum, step) => sum + (step.kind === 'copy' || step.kind === 'catch-up' ? step.to.length : 1),
    0,
  );
  // A look is less work left than an upload: an upload that became a look is progress.
  const offsite = survey.offsiteTasks.reduce(
    (sum, { step }) => sum + (step.kind === 'upload' ? 2 : 1),
    0,
  );
  return legs + offsite;
}

/** Tasks for one remote. */
export function tasksFor(survey: Survey, remoteId: RemoteId): readonly OffsiteTask[] {
  return survey.offsiteTasks.filter((task) => task.step.remoteId === remoteId);
}
