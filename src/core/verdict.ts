/** The only place that may say "safe to format". Pure: same inventory, evidence, policy and now, same answer. */
import {
  type Blocker,
  blockerOf,
  cardBlocker,
  countFinding,
  type FindingCount,
} from './blocker.ts';
import type { Evidence } from './evidence.ts';
import type { FileId, InventoryId, RemoteId } from './ids.ts';
import type { CardFile, Inventory, ScanProblem } from './inventory.ts';
import { copiesNeeded, offsiteNeeded, type Policy } from './policy.ts';
import { type FileStanding, standingOf } from './standing.ts';

interface Judged {
  /** Which inventory was judged; absent only in a hold about a card that nobody has listed yet. */
  readonly inventoryId?: InventoryId;
  readonly inventoryAt: number;
  readonly judgedAt: number;
  readonly counts: VerdictCounts;
}

/** How far a card is, in files and bytes. */
export interface VerdictCounts {
  readonly total: number;
  readonly bytes: number;
  /** Files with counting copies on enough distinct media. */
  readonly onDrives: number;
  /** Files with enough counting offsite sightings. */
  readonly offsite: number;
  readonly bytesOnDrives: number;
  readonly bytesOffsite: number;
}

export interface SafeVerdict extends Judged {
  readonly inventoryId: InventoryId;
  readonly kind: 'safe-to-format';
  /** The oldest evidence that this answer rests on. */
  readonly oldestEvidenceAt: number;
  /** On how many separate drives every file is, at least. */
  readonly drives: number;
  /** The remotes at which every file is confirmed. */
  readonly confirmedAt: readonly RemoteId[];
}

export interface HoldVerdict extends Judged {
  readonly kind: 'hold';
  readonly blockers: readonly [Blocker, ...Blocker[]];
  readonly oldestEvidenceAt?: number;
}

export interface NothingVerdict extends Judged {
  readonly kind: 'nothing-to-protect';
}

export type Verdict = SafeVerdict | HoldVerdict | NothingVerdict;

/** The running sums of a judgement; lets very large cards be judged without holding all evidence at once. */
export interface Tally {
  readonly inventory: Inventory;
  readonly policy: Policy;
  readonly now: number;
  readonly findings: Map<string, FindingCount>;
  /** The files weighed so far. */
  readonly seen: Set<FileId>;
  files: number;
  bytes: number;
  onDrives: number;
  offsite: number;
  bytesOnDrives: number;
  bytesOffsite: number;
  precious: number;
  nonEmpty: number;
  reread: number;
  oldestAt: number;
  fewestMedia: number;
  readonly confirmed: Map<RemoteId, number>;
}

/** Judges everything at once. `evidence` may hold records of other files; they are passed over. */
export function judge(
  inventory: Inventory,
  files: readonly CardFile[],
  evidence: readonly Evidence[],
  context: { readonly policy: Policy; readonly now: number },
): Verdict {
  const byFile = new Map<FileId, Evidence[]>();
  for (const item of evidence) {
    const list = byFile.get(item.fileId);
    if (list) list.push(item);
    else byFile.set(item.fileId, [item]);
  }
  const tally = startTally(inventory, context.policy, context.now);
  for (const file of files) addFile(tally, file, byFile.get(file.id) ?? []);
  return conclude(tally);
}

export function startTally(inventory: Inventory, policy: Policy, now: number): Tally {
  return {
    inventory,
    policy,
    now,
    findings: new Map(),
    seen: new Set(),
    files: 0,
    bytes: 0,
    onDrives: 0,
    offsite: 0,
    bytesOnDrives: 0,
    bytesOffsite: 0,
    precious: 0,
    nonEmpty: 0,
    reread: 0,
    oldestAt: Number.POSITIVE_INFINITY,
    fewestMedia: Number.POSITIVE_INFINITY,
    confirmed: new Map(),
  };
}

/**
 * Weighs one file of the inventory into the tally and returns its standing. A file that comes again is not counted
 * again, so that it can never stand in for one that did not come.
 */
export function addFile(tally: Tally, file: CardFile, evidence: readonly Evidence[]): FileStanding {
  const { policy } = tally;
  const standing = standingOf(file, evidence, policy, tally.now);
  if (tally.seen.has(file.id)) return standing;
  tally.seen.add(file.id);
  for (const finding of standing.findings) countFinding(tally.findings, finding, file.path);
  tally.files += 1;
  tally.bytes += file.sizeBytes;
  if (file.role !== 'management') tally.precious += 1;
  if (file.sizeBytes > 0) tally.nonEmpty += 1;
  if (file.sizeBytes > 0 && standing.reread) tally.reread += 1;
  if (standing.media.size >= copiesNeeded(policy)) {
    tally.onDrives += 1;
    tally.bytesOnDrives += file.sizeBytes;
  }
  if (standing.offsite.size >= offsiteNeeded(policy)) {
    tally.offsite += 1;
    tally.bytesOffsite += file.sizeBytes;
  }
  tally.fewestMedia = Math.min(tally.fewestMedia, standing.media.size);
  for (const id of standing.offsite) tally.confirmed.set(id, (tally.confirmed.get(id) ?? 0) + 1);
  tally.oldestAt = Math.min(tally.oldestAt, standing.oldestAt ?? Number.POSITIVE_INFINITY);
  return standing;
}

/** How many files must have been read twice when the policy asks for a sample: one in a hundred, at least one. */
export function requiredRereads(tally: Pick<Tally, 'nonEmpty' | 'policy'>): number {
  if (tally.policy.sourceVerify !== 'sample') return 0;
  return Math.ceil(tally.nonEmpty / 100);
}

/** Turns the sums into the answer. */
export function conclude(tally: Tally): Verdict {
  const { inventory } = tally;
  const judged: Judged = {
    inventoryId: inventory.id,
    inventoryAt: inventory.scannedAt,
    judgedAt: tally.now,
    counts: {
      total: tally.files,
      bytes: tally.bytes,
      onDrives: tally.onDrives,
      offsite: tally.offsite,
      bytesOnDrives: tally.bytesOnDrives,
      bytesOffsite: tally.bytesOffsite,
    },
  };
  const cardLevel = cardBlockers(tally);
  if (tally.precious === 0 && cardLevel.length === 0)
    return { ...judged, kind: 'nothing-to-protect' };

  const blockers = [...cardLevel, ...[...tally.findings.values()].map((c) => blockerOf(c))];
  const [first, ...rest] = blockers;
  const oldest = Number.isFinite(tally.oldestAt) ? { oldestEvidenceAt: tally.oldestAt } : {};
  if (first !== undefined)
    return { ...judged, ...oldest, kind: 'hold', blockers: [first, ...rest] };
  return {
    ...judged,
    inventoryId: inventory.id,
    kind: 'safe-to-format',
    oldestEvidenceAt: tally.oldestAt,
    drives: tally.fewestMedia,
    confirmedAt: [...tally.confirmed].flatMap(([id, files]) => (files === tally.files ? [id] : [])),
  };
}

function cardBlockers(tally: Tally): readonly Blocker[] {
  const { inventory, policy } = tally;
  const blockers: Blocker[] = [];
  if (tally.files !== inventory.fileCount || tally.bytes !== inventory.totalBytes) {
    blockers.push(cardBlocker('card-changed'));
  }
  const missing = inventory.problems.filter((problem) => problem.missing === true);
  const unreadable = inventory.problems.filter((problem) => problem.missing !== true);
  if (unreadable.length > 0) blockers.push(cardBlocker('card-unreadable', pathsOf(unreadable)));
  if (missing.length > 0) blockers.push(cardBlocker('card-incomplete', pathsOf(missing)));
  if (tally.precious === 0) return blockers;
  if (policy.offsiteRemotes.size === 0) blockers.push(cardBlocker('no-offsite-remote'));
  if (tally.reread < requiredRereads(tally)) blockers.push(cardBlocker('source-sample-missing'));
  return blockers;
}

function pathsOf(problems: readonly ScanProblem[]): readonly string[] {
  return problems.map(({ path }) => path);
}

const FOR_A_PERSON = { needs: 'person' } as const;

/** The answer about a card whose files were never weighed: hold. `listed` is what is on it, if that is known. */
export function unjudged(
  judgedAt: number,
  listed?: { readonly at: number; readonly files: number; readonly bytes: number },
): HoldVerdict {
  const { at: inventoryAt, files: total, bytes } = listed ?? { at: judgedAt, files: 0, bytes: 0 };
  const none = { onDrives: 0, offsite: 0, bytesOnDrives: 0, bytesOffsite: 0 };
  return {
    kind: 'hold',
    inventoryAt,
    judgedAt,
    counts: { total, bytes, ...none },
    // Nobody works on what was only looked at in passing: "copying, leave it in" would not be true.
    blockers: [{ ...cardBlocker('never-scanned'), ...(listed === undefined ? {} : FOR_A_PERSON) }],
  };
}

/** The same answer with one more reason against it; a safe answer becomes hold. */
export function withBlocker(verdict: Verdict, blocker: Blocker): HoldVerdict {
  const earlier = verdict.kind === 'hold' ? verdict.blockers : [];
  return { ...verdict, kind: 'hold', blockers: [blocker, ...earlier] };
}
