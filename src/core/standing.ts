/**
 * What the evidence says about one file: its settled hash, the places that hold it, and what is missing.
 *
 * Distinct media and remotes are counted, never rows. Within one place a failure outweighs everything recorded
 * before it; only later good evidence of the same place outweighs the failure.
 *
 * Large cards have a hundred thousand files: what is made for each has one shape and is made without spreading, which
 * costs the engine more than everything else here.
 */
import { assertNever } from './assert-never.ts';
import type {
  CopyLost,
  CopyReadBack,
  Evidence,
  OffsiteAbsent,
  OffsiteSighting,
  SourceRead,
  SourceSample,
  SourceUnreadable,
  UploadPass,
} from './evidence.ts';
import type { Finding } from './finding.ts';
import type { ContentHash, DestinationId, MediumId, RemoteId } from './ids.ts';
import type { CardFile } from './inventory.ts';
import {
  type AgeRule,
  type CopyStanding,
  copyStanding,
  failureOf,
  type RemoteStanding,
  remoteStanding,
} from './place-standing.ts';
import { copiesNeeded, offsiteNeeded, type Policy } from './policy.ts';
import { type SourceStanding, settleSource } from './source-standing.ts';

export interface FileStanding {
  /** The one hash of the source, once it is beyond dispute. */
  readonly hash: ContentHash | undefined;
  /** Two equal whole reads of the card, or matching samples, are on record. */
  readonly reread: boolean;
  readonly copies: readonly CopyStanding[];
  readonly remotes: readonly RemoteStanding[];
  /** Distinct media with a counting copy. */
  readonly media: ReadonlySet<MediumId>;
  /** Distinct offsite remotes with a counting sighting. */
  readonly offsite: ReadonlySet<RemoteId>;
  readonly findings: readonly Finding[];
  /** The oldest of the evidence that counts; undefined when none does. */
  readonly oldestAt: number | undefined;
}

/** The evidence of one file sorted into its kinds; order within a kind is the ledger's. */
interface Sorted {
  readonly reads: SourceRead[];
  readonly samples: SourceSample[];
  readonly unreadable: SourceUnreadable[];
  readonly copies: Map<DestinationId, (CopyReadBack | CopyLost)[]>;
  readonly passes: UploadPass[];
  readonly offsite: Map<RemoteId, (OffsiteSighting | OffsiteAbsent | UploadPass)[]>;
}

/**
 * Weighs all evidence about one file. The order of `evidence` does not matter; a record handed over twice counts
 * once, and records of other files are passed over.
 */
export function standingOf(
  file: CardFile,
  evidence: readonly Evidence[],
  policy: Policy,
  now: number,
): FileStanding {
  const sorted = sortOut(recordsOf(file, evidence));
  const source = settleSource(file, sorted, policy);
  const age: AgeRule = { now, maxAgeMs: policy.maxEvidenceAgeMs };

  const copies: CopyStanding[] = [];
  const remotes: RemoteStanding[] = [];
  if (source.hash !== undefined) {
    for (const [id, records] of sorted.copies) {
      if (!policy.destinations.has(id)) continue;
      copies.push(copyStanding(id, records, { hash: source.hash, sizeBytes: file.sizeBytes }, age));
    }
    for (const [id, all] of sorted.offsite) {
      const movedAfter = policy.movedAfter.get(id) ?? 0;
      // What was sent may lie at the new place all the same (a new address of the old store): a look tells.
      const records = all.filter((r) => r.kind === 'upload-pass' || r.seq > movedAfter);
      if (records.length === 0) continue;
      const expected = { hash: source.hash, sizeBytes: file.sizeBytes, passes: sorted.passes };
      remotes.push(remoteStanding(id, records, expected, { ...age, policy }));
    }
  }
  return assemble(source, copies, remotes, policy);
}

/** The file's own records, oldest first, each once. */
function recordsOf(file: CardFile, evidence: readonly Evidence[]): readonly Evidence[] {
  if (areInOrder(file, evidence)) return evidence;
  const own = evidence.filter((item) => item.fileId === file.id).toSorted((a, b) => a.seq - b.seq);
  return own.filter((item, index) => item.seq !== own[index - 1]?.seq);
}

/** As a ledger gives them. */
function areInOrder(file: CardFile, evidence: readonly Evidence[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const { fileId, seq } of evidence) {
    if (fileId !== file.id || seq <= last) return false;
    last = seq;
  }
  return true;
}

function assemble(
  source: SourceStanding,
  copies: readonly CopyStanding[],
  remotes: readonly RemoteStanding[],
  policy: Policy,
): FileStanding {
  const media = new Set<MediumId>();
  const offsite = new Set<RemoteId>();
  let oldestAt: number | undefined;
  for (const copy of copies) {
    if (copy.state !== 'good' || copy.mediumId === undefined) continue;
    media.add(copy.mediumId);
    oldestAt = older(oldestAt, copy.at);
  }
  for (const remote of remotes) {
    if (remote.state !== 'good' || !policy.offsiteRemotes.has(remote.remoteId)) continue;
    offsite.add(remote.remoteId);
    oldestAt = older(oldestAt, remote.at);
  }
  const { hash, reread } = source;
  const findings = [...source.findings];
  if (hash !== undefined) {
    findings.push(...copyFindings(copies, media.size, policy));
    findings.push(...offsiteFindings(remotes, offsite.size, policy));
  }
  return { hash, reread, copies, remotes, media, offsite, findings, oldestAt };
}

function older(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function sortOut(evidence: readonly Evidence[]): Sorted {
  const sorted: Sorted = {
    reads: [],
    samples: [],
    unreadable: [],
    copies: new Map(),
    passes: [],
    offsite: new Map(),
  };
  for (const item of evidence) {
    switch (item.kind) {
      case 'source-read':
        sorted.reads.push(item);
        break;
      case 'source-sample':
        sorted.samples.push(item);
        break;
      case 'source-unreadable':
        sorted.unreadable.push(item);
        break;
      case 'copy-read-back':
      case 'copy-lost':
        append(sorted.copies, item.destinationId, item);
        break;
      case 'upload-pass':
        sorted.passes.push(item);
        append(sorted.offsite, item.remoteId, item);
        break;
      case 'offsite-sighting':
      case 'offsite-absent':
        append(sorted.offsite, item.remoteId, item);
        break;
      default:
        return assertNever(item);
    }
  }
  return sorted;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function copyFindings(
  copies: readonly CopyStanding[],
  mediaCount: number,
  policy: Policy,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { state, destinationId: place } of copies) {
    if (state === 'mismatch') findings.push({ kind: 'copy-mismatch', place });
    if (state === 'lost') findings.push({ kind: 'copy-lost', place });
  }
  if (mediaCount >= copiesNeeded(policy)) return findings;
  for (const { state, destinationId: place } of copies) {
    if (state === 'old') findings.push({ kind: 'copy-evidence-old', place });
    if (state === 'weak') findings.push({ kind: 'read-back-weak', place });
    if (state === 'future') findings.push({ kind: 'evidence-from-future', place });
  }
  return [...findings, { kind: 'too-few-copies' }];
}

function offsiteFindings(
  remotes: readonly RemoteStanding[],
  offsiteCount: number,
  policy: Policy,
): readonly Finding[] {
  const findings: Finding[] = [];
  const counting = remotes.filter((r) => policy.offsiteRemotes.has(r.remoteId));
  for (const remote of counting) {
    const { failure } = failureOf(remote);
    if (failure !== undefined)
      findings.push({ kind: `offsite-${failure}`, place: remote.remoteId });
  }
  if (offsiteCount >= offsiteNeeded(policy)) return findings;
  for (const { state, remoteId: place } of counting) {
    if (state === 'old') findings.push({ kind: 'offsite-evidence-old', place });
    if (state === 'low-grade') findings.push({ kind: 'offsite-grade-low', place });
    if (state === 'future') findings.push({ kind: 'evidence-from-future', place });
  }
  return [...findings, { kind: 'too-few-offsite' }];
}
