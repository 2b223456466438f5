/**
 * What remains to be done for a file, told from the evidence alone.
 *
 * There is no stored progress: after a crash, a yank or an upgrade the plan is made again and only what the
 * evidence does not already prove is in it.
 */
import { assertNever } from './assert-never.ts';
import type { ContentHash, DestinationId, RemoteId } from './ids.ts';
import type { CardFile } from './inventory.ts';
import type { FileStanding } from './standing.ts';

/** Reads the file off the card once and writes it to every named destination. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly file: CardFile;
  readonly to: readonly DestinationId[];
  /** The settled hash, when an earlier read has one: other bytes must not be placed. */
  readonly expected?: ContentHash;
}

/** Makes a missing copy from a good one on another drive, hash-checked, while the card is out. */
export interface CatchUpStep {
  readonly kind: 'catch-up';
  readonly file: CardFile;
  readonly from: DestinationId;
  readonly fromPlacedAt: string;
  readonly to: readonly DestinationId[];
  readonly expected: ContentHash;
}

/** Reads a placed copy back because the last look is too old or was too weak. */
export interface ReadBackStep {
  readonly kind: 'read-back';
  readonly file: CardFile;
  readonly destinationId: DestinationId;
  readonly placedAt: string;
}

/** Reads the file off the card again without writing. */
export interface RereadStep {
  readonly kind: 'reread-source';
  readonly file: CardFile;
  readonly coverage: 'sample' | 'full';
}

/** Sends the file to a remote from a good drive copy. */
export interface UploadStep {
  readonly kind: 'upload';
  readonly file: CardFile;
  readonly remoteId: RemoteId;
}

/** Has a witness look at the remote. */
export interface LookStep {
  readonly kind: 'look';
  readonly file: CardFile;
  readonly remoteId: RemoteId;
}

export type Step = CopyStep | CatchUpStep | ReadBackStep | RereadStep | UploadStep | LookStep;

/** What can be worked with right now. */
export interface Situation {
  readonly cardPresent: boolean;
  /** Destinations that were looked at and are ready, in configured order. */
  readonly destinations: readonly DestinationId[];
  /** Every configured remote; whether it counts as offsite is the policy's matter. */
  readonly remotes: readonly RemoteId[];
  readonly sourceVerify: 'none' | 'sample' | 'full';
}

/** The steps one file still needs, in the order in which they should be taken. */
export function stepsFor(
  file: CardFile,
  standing: FileStanding,
  situation: Situation,
): readonly Step[] {
  if (standing.hash === undefined) return sourceSteps(file, standing, situation);
  return [
    ...copySteps(file, standing, standing.hash, situation),
    ...(needsFullReread(file, standing, situation)
      ? [{ kind: 'reread-source', file, coverage: 'full' } as const]
      : []),
    ...offsiteSteps(file, standing, situation),
  ];
}

function sourceSteps(
  file: CardFile,
  standing: FileStanding,
  situation: Situation,
): readonly Step[] {
  if (!situation.cardPresent) return [];
  const troubled = standing.findings.some((f) => f.kind !== 'not-read');
  if (troubled) return [{ kind: 'reread-source', file, coverage: 'full' }];
  if (situation.destinations.length === 0) return [];
  return [{ kind: 'copy', file, to: situation.destinations }];
}

function needsFullReread(file: CardFile, standing: FileStanding, situation: Situation): boolean {
  if (situation.sourceVerify !== 'full' || !situation.cardPresent || file.sizeBytes === 0)
    return false;
  return standing.findings.some((finding) => finding.kind === 'source-not-reread');
}

function copySteps(
  file: CardFile,
  standing: FileStanding,
  expected: ContentHash,
  situation: Situation,
): readonly Step[] {
  const steps: Step[] = [];
  const lacking: DestinationId[] = [];
  for (const id of situation.destinations) {
    const copy = standing.copies.find((c) => c.destinationId === id);
    const state = copy?.state ?? 'none';
    if (copy !== undefined && (state === 'old' || state === 'weak' || state === 'future')) {
      steps.push({ kind: 'read-back', file, destinationId: id, placedAt: copy.placedAt });
    } else if (state !== 'good') {
      lacking.push(id);
    }
  }
  if (lacking.length === 0) return steps;
  if (situation.cardPresent) return [{ kind: 'copy', file, to: lacking, expected }, ...steps];
  const good = standing.copies.find(
    (c) => c.state === 'good' && situation.destinations.includes(c.destinationId),
  );
  if (good === undefined) return steps;
  const { destinationId: from, placedAt: fromPlacedAt } = good;
  return [...steps, { kind: 'catch-up', file, from, fromPlacedAt, to: lacking, expected }];
}

function offsiteSteps(
  file: CardFile,
  standing: FileStanding,
  situation: Situation,
): readonly Step[] {
  const readable = standing.copies.some(
    (c) => c.state === 'good' && situation.destinations.includes(c.destinationId),
  );
  return situation.remotes.flatMap((remoteId): readonly Step[] => {
    const state = standing.remotes.find((r) => r.remoteId === remoteId)?.state ?? 'none';
    switch (state) {
      case 'good':
      // Looking again at a proof that is too weak brings nothing new; a person has to change something.
      case 'low-grade':
        return [];
      case 'passed':
      case 'old':
      case 'future':
        return [{ kind: 'look', file, remoteId }];
      case 'none':
      case 'absent':
      case 'mismatch':
        return readable ? [{ kind: 'upload', file, remoteId }] : [];
      default:
        return assertNever(state);
    }
  });
}

/** Reads a piece of the file off the card again and compares it with a good copy. */
export function sampleStep(file: CardFile): RereadStep {
  return { kind: 'reread-source', file, coverage: 'sample' };
}

/** `need` of the candidates, or all, spread evenly over them, so that a card failing in one region is noticed. */
export function chooseSample<T>(candidates: readonly T[], need: number): readonly T[] {
  const count = Math.min(need, candidates.length);
  const chosenBefore = (index: number): number =>
    Math.floor((index * count) / candidates.length + 0.5);
  return candidates.filter((_, index) => chosenBefore(index + 1) > chosenBefore(index));
}
