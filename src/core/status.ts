/** All that faces (command line, page, signals) get to see. Serialisable and versioned. */
import type { Blocker } from './blocker.ts';
import type { CardId } from './ids.ts';
import { type Light, lightOf } from './light.ts';
import type { Verdict } from './verdict.ts';
import { durationText, filesText, groupDigits } from './wording.ts';

/** The answer about one card, as `check --json` prints it. Times are ISO 8601 in UTC, or null. */
export interface CardView {
  readonly id: CardId;
  readonly label: string;
  readonly roll: string;
  readonly present: boolean;
  readonly verdict: Verdict['kind'];
  readonly light: Light;
  readonly sentence: string;
  readonly blockers: readonly BlockerView[];
  readonly files: {
    readonly total: number;
    readonly bytes: number;
    readonly onDrives: number;
    readonly offsite: number;
  };
  readonly inventoryAt: string | null;
  readonly judgedAt: string | null;
  readonly oldestEvidenceAt: string | null;
}

export type BlockerView = Pick<Blocker, 'kind' | 'files' | 'sentence' | 'hint'>;

/** What is known about a card besides the verdict. */
export interface CardFaceFacts {
  readonly id: CardId;
  readonly label: string;
  readonly rollFolder: string;
  readonly present: boolean;
}

/** One piece of work going on now. */
export interface InFlightView {
  readonly card: CardId;
  readonly phase: 'listing' | 'copying' | 'rereading' | 'uploading' | 'confirming';
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly etaSeconds: number | null;
}

export interface DestinationView {
  readonly name: string;
  readonly path: string;
  readonly medium: string | null;
  readonly state: string;
  readonly freeBytes: number | null;
  readonly sentence: string | null;
}

export interface RemoteView {
  readonly name: string;
  readonly kind: string;
  readonly state: 'ok' | 'trouble' | 'unknown';
  readonly queuedFiles: number;
  readonly queuedBytes: number;
  readonly lastSightingAt: string | null;
  readonly lastAuditAt: string | null;
  readonly sentence: string | null;
}

export interface StatusView {
  readonly version: 1;
  readonly service: {
    readonly running: boolean;
    readonly pid: number | null;
    readonly startedAt: string | null;
  };
  readonly light: Light;
  readonly cards: readonly CardView[];
  readonly inFlight: readonly InFlightView[];
  readonly destinations: readonly DestinationView[];
  readonly remotes: readonly RemoteView[];
  /** What is in but cannot be got at, or cannot be told; missing when there is nothing of the kind. */
  readonly troubles?: readonly { readonly sentence: string; readonly hint: string }[];
  /** Volumes that look like no camera card: offered for "safelight offload", otherwise left alone. */
  readonly unknownVolumes: readonly { readonly mountPoint: string; readonly label: string }[];
}

/** ISO 8601 text for a time in milliseconds; the pure core has no Date. */
export type IsoTime = (ms: number) => string;

/** How times are told to people and programs. */
export interface TimeText {
  readonly iso: IsoTime;
  /** Local time of day, hours and minutes: "22:14". */
  readonly timeOfDay: (ms: number) => string;
}

/** Builds the one view of a card that every face shows. */
export function cardView(
  facts: CardFaceFacts,
  verdict: Verdict,
  { iso, timeOfDay }: TimeText,
  eta?: number,
): CardView {
  const { counts } = verdict;
  const oldest = verdict.kind === 'nothing-to-protect' ? undefined : verdict.oldestEvidenceAt;
  return {
    id: facts.id,
    label: facts.label,
    roll: facts.rollFolder,
    present: facts.present,
    verdict: verdict.kind,
    light: lightOf(verdict),
    sentence: `${facts.label}: ${sentenceOf(verdict, { present: facts.present, timeOfDay, eta })}`,
    blockers:
      verdict.kind === 'hold'
        ? verdict.blockers.map(({ kind, files, sentence, hint }) => ({
            kind,
            files,
            sentence,
            hint,
          }))
        : [],
    files: {
      total: counts.total,
      bytes: counts.bytes,
      onDrives: counts.onDrives,
      offsite: counts.offsite,
    },
    inventoryAt: iso(verdict.inventoryAt),
    judgedAt: iso(verdict.judgedAt),
    oldestEvidenceAt: oldest === undefined || !Number.isFinite(oldest) ? null : iso(oldest),
  };
}

/** The light's word, as printed beside it. */
export function lightWord(light: Light): string {
  const words: Readonly<Record<Light, string>> = {
    off: 'NO CARD',
    copying: 'COPYING',
    'on-two-drives': 'ON TWO DRIVES',
    safe: 'SAFE TO FORMAT',
    'do-not-format': 'DO NOT FORMAT',
    empty: 'EMPTY',
  };
  return words[light];
}

interface Telling extends Pick<TimeText, 'timeOfDay'> {
  readonly present: boolean;
  /** Seconds. */
  readonly eta: number | undefined;
}

function sentenceOf(verdict: Verdict, { present, timeOfDay, eta }: Telling): string {
  const { counts } = verdict;
  if (verdict.kind === 'nothing-to-protect') return 'nothing to protect on this card.';
  if (verdict.kind === 'safe-to-format') {
    const { drives, confirmedAt } = verdict;
    const where = confirmedAt.length === 0 ? 'offsite' : `at ${confirmedAt.join(' and ')}`;
    const checked = timeOfDay(verdict.judgedAt);
    return `all ${filesText(counts.total)} on ${drives} drives and confirmed ${where} (checked ${checked}).`;
  }
  const light = lightOf(verdict);
  const [first] = verdict.blockers;
  if (light === 'copying' && present) {
    const left = eta === undefined ? '' : `, ${durationText(eta)} left`;
    return `${groupDigits(counts.onDrives)} of ${filesText(counts.total)} on both drives${left}. Leave the card in.`;
  }
  if (light === 'on-two-drives') {
    const missing = counts.total - counts.offsite;
    // Enough remotes may have everything while another one has lost something.
    const about = eta === undefined ? '' : `, about ${durationText(eta)}`;
    const what = missing > 0 ? `${filesText(missing)} not yet offsite${about}.` : first.sentence;
    return `all files on two drives. You may pull the card. DO NOT FORMAT: ${what}`;
  }
  const worst = verdict.blockers.find((blocker) => blocker.needs === 'person') ?? first;
  return `DO NOT FORMAT. ${worst.sentence} What to do: ${worst.hint}`;
}
