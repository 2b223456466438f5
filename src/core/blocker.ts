/** Reasons for hold: one plain sentence and one hint each. */
import { assertNever } from './assert-never.ts';
import type { Finding, FindingKind } from './finding.ts';
import { filesText } from './wording.ts';

/** Reasons that are about the card as a whole rather than about one of its files. */
export type CardFindingKind =
  | 'never-scanned'
  | 'card-changed'
  | 'card-unreadable'
  | 'card-incomplete'
  | 'no-offsite-remote'
  | 'source-sample-missing'
  | 'work-failed';

/** Reasons that explain why something cannot go on; the adapter that met it words it. */
export type TroubleKind = 'destination-trouble' | 'remote-trouble';

export type BlockerKind = FindingKind | CardFindingKind | TroubleKind;

/**
 * Who can end it. `work`: goes by itself while the card is in. `offsite`: goes by itself, the card may be pulled.
 * `person`: needs somebody.
 */
export type BlockerNeeds = 'work' | 'offsite' | 'person';

export interface Blocker {
  readonly kind: BlockerKind;
  /** How many files it concerns; 0 when it is about the card as a whole. */
  readonly files: number;
  readonly sentence: string;
  readonly hint: string;
  readonly needs: BlockerNeeds;
  /** The destination or remote it is about. */
  readonly place?: string;
  /** Some of the paths concerned, at most ten. */
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 10;

/** Findings of one kind and place, counted; what a blocker is made from. */
export interface FindingCount {
  readonly finding: Finding;
  files: number;
  readonly examples: string[];
}

/** Adds one file's finding to the counts. The only mutation in core: the fold over very large cards. */
export function countFinding(
  counts: Map<string, FindingCount>,
  finding: Finding,
  path: string,
): void {
  const key = `${finding.kind}\0${finding.place ?? ''}`;
  const count = counts.get(key) ?? { finding, files: 0, examples: [] };
  count.files += 1;
  if (count.examples.length < MAX_EXAMPLES) count.examples.push(path);
  counts.set(key, count);
}

/** The blocker for counted findings. */
export function blockerOf({ finding, files, examples }: FindingCount): Blocker {
  const place = finding.place === undefined ? {} : { place: finding.place };
  return { ...worded(finding, files, examples), kind: finding.kind, files, examples, ...place };
}

/** The blocker for a reason that concerns the card as a whole. */
export function cardBlocker(kind: CardFindingKind, examples: readonly string[] = []): Blocker {
  return { ...cardWorded(kind, examples), kind, files: 0, examples };
}

/** The blocker for trouble that an adapter met and worded. */
export function troubleBlocker(kind: TroubleKind, trouble: PlaceTrouble): Blocker {
  const { place, sentence, hint } = trouble;
  const needs = kind === 'destination-trouble' ? 'person' : 'offsite';
  return { kind, files: 0, sentence, hint, needs, place, examples: [] };
}

/** What stands in the way at one destination or remote, in the words of the one who met it. */
export interface PlaceTrouble {
  readonly place: string;
  readonly sentence: string;
  readonly hint: string;
}

type Worded = Pick<Blocker, 'sentence' | 'hint' | 'needs'>;

function worded(finding: Finding, files: number, examples: readonly string[]): Worded {
  const n = filesText(files);
  const are = files === 1 ? 'is' : 'are';
  const place = finding.place === undefined ? '' : `"${finding.place}"`;
  const which = examples.length > 0 && files <= 3 ? ` (${examples.join(', ')})` : '';
  switch (finding.kind) {
    case 'not-read':
      return {
        sentence: `${n} ${are} not copied yet.`,
        hint: 'Leave the card in. If it is out, put it in again: the copy goes on where it stopped.',
        needs: 'work',
      };
    case 'source-unreadable':
      return {
        sentence: `${n} could not be read from the card${which}.`,
        hint: 'Do not format and do not shoot on it: the card seems damaged. Try another reader; then rescue the rest from an image of it (docs/RESCUE.md: ddrescue, photorec).',
        needs: 'person',
      };
    case 'source-unstable':
      return {
        sentence: `${n} gave different bytes when read twice from the card${which}.`,
        hint: 'Do not format. Try another reader or cable and put the card in again: two equal reads clear this.',
        needs: 'person',
      };
    case 'source-not-reread':
      return {
        sentence: `${n} ${are} not yet read a second time from the card.`,
        hint: 'Leave the card in, or put it in again.',
        needs: 'work',
      };
    case 'too-few-copies':
      return {
        sentence: `${n} ${are} not yet on enough separate drives.`,
        hint: 'Leave the card in and see that the drives are connected; the missing copy is made by itself.',
        needs: 'work',
      };
    case 'copy-mismatch':
      return {
        sentence: `${n} on drive ${place} did not read back the same as on the card${which}.`,
        hint: 'A new copy is made by itself while the card or another good copy is there. If it happens again, replace the drive.',
        needs: 'person',
      };
    case 'copy-lost':
      return {
        sentence: `${n} ${are} no longer on drive ${place} where the copy was put${which}.`,
        hint: 'Put the file back, or leave the card in: the copy is made again by itself.',
        needs: 'person',
      };
    case 'read-back-weak':
      return {
        sentence: `${n} on drive ${place} could only be read back from memory, which proves nothing.`,
        hint: 'Unmount and mount the drive again, or use a filesystem that can be read past the cache (see docs).',
        needs: 'person',
      };
    case 'copy-evidence-old':
      return {
        sentence: `The last look at ${n} on drive ${place} is too long ago.`,
        hint: 'Connect the drive; the copies are read again by themselves, or at once with "safelight audit --drives".',
        needs: 'work',
      };
    default:
      return offsiteWorded(finding.kind, n, are, place);
  }
}

function offsiteWorded(
  kind: Exclude<FindingKind, CopySideKind>,
  n: string,
  are: string,
  place: string,
): Worded {
  switch (kind) {
    case 'too-few-offsite':
      return {
        sentence: `${n} ${are} not yet confirmed offsite.`,
        hint: 'Nothing to do: sending and confirming go on by themselves while the drives and the network are there.',
        needs: 'offsite',
      };
    case 'offsite-mismatch':
      return {
        sentence: `${n} at ${place} ${are} not what was on the card.`,
        hint: 'It is sent again by itself. If it stays, look at the store: something there changes objects.',
        needs: 'offsite',
      };
    case 'offsite-absent':
      return {
        sentence: `${n} ${are} not to be found at ${place}.`,
        hint: 'It is sent again by itself. If it stays, somebody or something deletes from the store.',
        needs: 'offsite',
      };
    case 'offsite-grade-low':
      return {
        sentence: `${n} at ${place} ${are} only seen by a proof too weak to count.`,
        hint: 'Use a store that answers with its own checksum, or lower minimumGrade for this remote by name under its [[remote]].',
        needs: 'person',
      };
    case 'offsite-evidence-old':
      return {
        sentence: `The last look at ${n} at ${place} is too long ago.`,
        hint: 'The store is asked again by itself, or at once with "safelight audit --offsite".',
        needs: 'offsite',
      };
    case 'evidence-from-future':
      return {
        sentence: `The records of ${n} at ${place} are dated later than now: the clock is or was wrong.`,
        hint: 'Set the clock right. Everything is looked at again by itself.',
        needs: 'person',
      };
    default:
      return assertNever(kind);
  }
}

type CopySideKind =
  | 'not-read'
  | 'source-unreadable'
  | 'source-unstable'
  | 'source-not-reread'
  | 'too-few-copies'
  | 'copy-mismatch'
  | 'copy-lost'
  | 'read-back-weak'
  | 'copy-evidence-old';

function cardWorded(kind: CardFindingKind, examples: readonly string[]): Worded {
  const which = examples.length > 0 ? ` (${examples.slice(0, 3).join(', ')})` : '';
  switch (kind) {
    case 'never-scanned':
      return {
        sentence: 'Nobody has listed this card yet.',
        hint: 'Put the card in while the service runs, or use "safelight offload PATH".',
        needs: 'work',
      };
    case 'card-changed':
      return {
        sentence: `The card is not what it was when its copies were made${which}.`,
        hint: 'Leave it in: what is new is copied by itself.',
        needs: 'work',
      };
    case 'card-unreadable':
      return {
        sentence: `A part of the card could not be listed${which}.`,
        hint: 'Do not format. Take the card out and put it in again, or try another reader.',
        needs: 'person',
      };
    case 'card-incomplete':
      return {
        sentence: `The camera's own list names files that are not on the card${which}.`,
        hint: 'Do not format: the card may be damaged, and what is missing may still be rescued. If you have deleted it on a computer, say so: safelight offload PATH takes the card as it is.',
        needs: 'person',
      };
    case 'work-failed':
      return {
        sentence: `The work on this card broke off with an error that was not foreseen${which}.`,
        hint: 'It is tried again by itself. If this stays, look into the log ("safelight service logs") and report it.',
        needs: 'person',
      };
    case 'no-offsite-remote':
      return {
        sentence: 'No offsite place is set up, so nothing can be confirmed offsite.',
        hint: 'Add a [[remote]] to the configuration (for a mounted NAS that stands elsewhere: offsite = true).',
        // The card stays amber, not red: both drives hold it, and nothing is wrong with it.
        needs: 'offsite',
      };
    case 'source-sample-missing':
      return {
        sentence: 'No part of the card has been read a second time yet.',
        hint: 'Leave the card in, or put it in again.',
        needs: 'work',
      };
    default:
      return assertNever(kind);
  }
}
