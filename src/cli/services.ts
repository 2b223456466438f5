/** What the commands need done; `main.ts` does it with real parts, tests with fakes. */
import type { FileView } from '../core/file-view.ts';
import type { CardId } from '../core/ids.ts';
import type { ShotsView } from '../core/shots.ts';
import type { Light } from '../core/light.ts';
import type { CardView, InFlightView, StatusView } from '../core/status.ts';
import type { Verdict } from '../core/verdict.ts';

/** What stood on the command line for every command. */
export interface Call {
  /** What stood after --config. */
  readonly configFlag?: string;
  /** What stood after --state-dir. */
  readonly stateDirFlag?: string;
  readonly verbose: boolean;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
}

/** Why there is no answer about a card. */
export type NoAnswer =
  | { readonly kind: 'no-such-card'; readonly selector: string }
  | { readonly kind: 'ambiguous'; readonly selector: string; readonly ids: readonly CardId[] }
  | { readonly kind: 'cannot-tell'; readonly sentence: string; readonly hint: string };

export type CheckAnswer =
  | { readonly kind: 'answers'; readonly cards: readonly CardView[] }
  | NoAnswer;

export type ShowAnswer =
  | {
      readonly kind: 'shown';
      readonly card: CardView;
      readonly shots: ShotsView;
      /** What it has to do with what was seen before, one sentence each. */
      readonly notes: readonly string[];
      /** In listing order, in batches that fit in memory. */
      readonly files: AsyncIterable<readonly FileView[]>;
    }
  | NoAnswer;

/** One card of the roster. Times are ISO 8601 in UTC, or null. */
export interface RosterView {
  readonly id: CardId;
  readonly label: string;
  /** Folder of its newest roll; null when it was never listed. */
  readonly roll: string | null;
  readonly present: boolean;
  readonly firstSeenAt: string | null;
  readonly lastSeenAt: string | null;
  readonly files: number | null;
  readonly bytes: number | null;
  /** What is on it in shots; null when it was never listed. */
  readonly shots: ShotsView | null;
  /** Null when it could not be judged. */
  readonly verdict: Verdict['kind'] | null;
  readonly light: Light | null;
}

export interface OffloadRequest {
  /** Absolute path of a mounted card or a folder. */
  readonly path: string;
  readonly label?: string;
  /** Stay until the verdict stands. */
  readonly wait: boolean;
}

/** How far an offload is. */
export interface OffloadStep {
  readonly card: CardView | null;
  readonly inFlight: InFlightView | null;
}

export type EjectAnswer =
  | {
      readonly kind: 'ejected';
      readonly sentence: string;
      readonly note: string | null;
      /** Null for what was never listed as a card. */
      readonly card: CardView | null;
    }
  | { readonly kind: 'busy' | 'failed'; readonly sentence: string; readonly hint: string }
  | NoAnswer;

export type OffloadAnswer =
  /** The service took it over and goes on by itself. */
  | { readonly kind: 'handed-over'; readonly sentence: string }
  | { readonly kind: 'ended'; readonly card: CardView }
  /** It cannot be offloaded: no such folder, a destination, nothing readable. */
  | { readonly kind: 'refused'; readonly sentence: string; readonly hint: string };

export const SERVICE_TASKS = ['install', 'uninstall', 'status', 'logs'] as const;

export interface ServiceRequest {
  readonly task: (typeof SERVICE_TASKS)[number];
  /** Of the session or of the whole machine; what fits when left out. */
  readonly scope?: 'user' | 'system';
  /** Only tell what would be done. */
  readonly dryRun: boolean;
  /** How many lines of the log. */
  readonly lines: number;
}

export interface ServiceAnswer {
  /** `status`: it is running. Else: it was done. */
  readonly ok: boolean;
  readonly scope: 'user' | 'system';
  /** What was done, step by step, or the lines of the log. */
  readonly lines: readonly string[];
  readonly sentence: string;
  /** Null when there is nothing to do. */
  readonly hint: string | null;
}

/** What one trial of the doctor, of a light or of a message found. */
export interface TrialFinding {
  readonly part: string;
  readonly ok: boolean;
  /** A failing part that is not required is only a warning. */
  readonly required: boolean;
  readonly sentence: string;
  readonly hint?: string;
}

/** Methods throw RoomErrors with a sentence and a hint. */
export interface CliServices {
  /** Of the program, such as 0.1.0. */
  readonly version: string;
  /** Whether an error means that the configuration cannot be used. */
  isBadConfig(error: unknown): boolean;
  /** Serves until the signal; resolves when everything is down. */
  daemon(call: Call): Promise<void>;
  /** From the running service, else from the ledger with `service.running` false. */
  status(call: Call): Promise<StatusView>;
  /** No selectors: every card that is in. */
  check(call: Call, selectors: readonly string[]): Promise<CheckAnswer>;
  cards(call: Call): Promise<readonly RosterView[]>;
  show(call: Call, selector: string): Promise<ShowAnswer>;
  offload(
    call: Call,
    request: OffloadRequest,
    onStep: (step: OffloadStep) => void,
  ): Promise<OffloadAnswer>;
  /** Through the running service alone: nobody else knows whether the card is being read. */
  eject(call: Call, selector: string): Promise<EjectAnswer>;
  /** Makes safelight a service, or tells about it. Needs no configuration. */
  service(call: Call, request: ServiceRequest): Promise<ServiceAnswer>;
  doctor(call: Call): Promise<readonly TrialFinding[]>;
  /** Sets every configured light; empty when there is none. */
  led(call: Call, light: Light): Promise<readonly TrialFinding[]>;
  /** Sends a message by every configured way; empty when there is none. */
  notify(call: Call, text: string): Promise<readonly TrialFinding[]>;
}
