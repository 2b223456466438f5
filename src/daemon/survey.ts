/** One pass over a roll's newest inventory: the verdict and everything that remains to be done. */
import type { DigestAlgorithm, Evidence } from '../core/evidence.ts';
import type { DestinationId, RemoteId } from '../core/ids.ts';
import type { CardFile, Inventory } from '../core/inventory.ts';
import {
  chooseSample,
  type LookStep,
  type Situation,
  type Step,
  stepsFor,
  type UploadStep,
} from '../core/plan.ts';
import type { Policy } from '../core/policy.ts';
import type { FileStanding } from '../core/standing.ts';
import { addFile, conclude, requiredRereads, startTally, type Verdict } from '../core/verdict.ts';
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
  readonly copies: readonly PlacedCopy[];
}

export type DriveStep = Exclude<Step, UploadStep | LookStep>;

export interface Survey {
  readonly verdict: Verdict;
  readonly driveSteps: readonly DriveStep[];
  readonly offsiteTasks: readonly OffsiteTask[];
  /** Files with at least one good copy. */
  readonly held: readonly HeldFile[];
}

export interface SurveyContext {
  readonly policy: Policy;
  readonly now: number;
  readonly situation: Situation;
}

/** Judges and plans. Reads the ledger batch by batch; writes nothing. */
export async function surveyInventory(
  ledger: Pick<LedgerReader, 'records'>,
  inventory: Inventory,
  context: SurveyContext,
): Promise<Survey> {
  const { policy, now, situation } = context;
  const tally = startTally(inventory, policy, now);
  const driveSteps: DriveStep[] = [];
  const offsiteTasks: OffsiteTask[] = [];
  const held: HeldFile[] = [];
  const unsampled: CardFile[] = [];
  for await (const batch of ledger.records(inventory)) {
    for (const record of batch) {
      const standing = addFile(tally, record.file, record.evidence);
      const copies = goodCopies(standing, situation);
      if (copies.length > 0) held.push({ file: record.file, copies });
      if (copies.length > 0 && !standing.reread && record.file.sizeBytes > 0) {
        unsampled.push(record.file);
      }
      const steps = stepsFor(record.file, standing, situation);
      driveSteps.push(...steps.filter((step) => !isOffsite(step)));
      offsiteTasks.push(
        ...steps.filter(isOffsite).flatMap((step) => offsiteTask(step, standing, record, copies)),
      );
    }
  }
  const missing = requiredRereads(tally) - tally.reread;
  if (driveSteps.length === 0 && situation.cardPresent && missing > 0) {
    driveSteps.push(...chooseSample(unsampled, missing));
  }
  return { verdict: conclude(tally), driveSteps, offsiteTasks, held };
}

function isOffsite(step: Step): step is UploadStep | LookStep {
  return step.kind === 'upload' || step.kind === 'look';
}

function goodCopies(standing: FileStanding, situation: Situation): readonly PlacedCopy[] {
  return situation.destinations.flatMap((id) =>
    standing.copies
      .filter((copy) => copy.state === 'good' && copy.destinationId === id)
      .map(({ destinationId, placedAt }) => ({ destinationId, placedAt })),
  );
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
