/** Keeps one roll moving: lists, judges, plans, does what can be done, and waits for what cannot. */
import { cardBlocker, type PlaceTrouble } from '../core/blocker.ts';
import type { ReadyDestination } from '../core/destination.ts';
import { explain } from '../core/explain.ts';
import type { CardId, InventoryId } from '../core/ids.ts';
import type { Inventory } from '../core/inventory.ts';
import { lightOf } from '../core/light.ts';
import { unjudged, type Verdict, withBlocker } from '../core/verdict.ts';
import { isLedgerError, type Roll } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import { Bell } from './bell.ts';
import type { Board } from './board.ts';
import type { Drives } from './drives.ts';
import { errorText } from './error-text.ts';
import { Glance } from './glance.ts';
import { LiveProgress } from './live-progress.ts';
import type { PreviewDesk } from './preview-desk.ts';
import type { Queues } from './queues.ts';
import { type RoundContext, runDriveRound, runOffsiteRounds } from './rounds.ts';
import type { ServiceDeps } from './service-deps.ts';
import { heldIn, type HeldVisitor, pendingCount, type Survey, surveyInventory } from './survey.ts';
import { type TakenInventory, takeInventory } from './take-inventory.ts';

/** Pauses after rounds that brought nothing, the last one repeating. Milliseconds. */
const BACKOFF_MS = [2_000, 5_000, 10_000, 30_000, 60_000] as const;
/** After so many rounds in a row that brought nothing, a hold is told to whoever waits for the verdict. */
const RESTS_AFTER_FAILURES = 3;
/** A card that stays in is listed again at least this far apart, and never more than 1/500 of the time. */
const RESCAN_MS = 30_000;
const RESCAN_SHARE = 500;

export interface KeeperParts {
  readonly deps: ServiceDeps;
  readonly board: Board;
  readonly drives: Drives;
  readonly queues: Queues;
  readonly previewDesk: PreviewDesk;
  /** Called when the card in the slot turns out to hold another roll, or is gone. */
  readonly onStrangeCard: (insertion: Insertion) => void;
}

export interface KeeperSubject {
  readonly cardId: CardId;
  readonly roll: Roll;
  readonly label: string;
  readonly root: string;
}

export class RollKeeper {
  readonly roll: Roll;
  readonly #parts: KeeperParts;
  readonly #bell = new Bell();
  readonly #progress: LiveProgress;
  #subject: KeeperSubject;
  #insertion: Insertion | undefined;
  #taken: TakenInventory | undefined;
  /** Drives whose copies were looked for since something was plugged in or out. */
  #glanced = new Set<string>();
  /** Aborted when the card is out or put in anew: a listing of a pulled card may never come to its end. */
  #cardGone = new AbortController();
  /** Aborted when there is something to do that comes before sending. */
  #sending = new AbortController();
  #pendingBefore:
    | { readonly count: number; readonly inventoryId: InventoryId | undefined }
    | undefined;
  #failures = 0;
  #paused = false;
  #finished = false;
  /** The card is in, but was unmounted here when all that needs it was done. */
  #isAside = false;
  #cardUse: 'listing' | 'working' | undefined;
  /** The last verdict, and what broke off a turn since; a whole turn clears it. */
  #verdict: Verdict | undefined;
  #brokeOff: string | undefined;

  constructor(parts: KeeperParts, subject: KeeperSubject) {
    this.#parts = parts;
    this.#subject = subject;
    this.roll = subject.roll;
    this.#progress = new LiveProgress(parts.deps.clock, parts.board, {
      rollId: subject.roll.id,
      cardId: subject.cardId,
    });
  }

  get insertion(): Insertion | undefined {
    return this.#insertion;
  }

  /** What the card is being read for just now; undefined while it could be unmounted. */
  get cardUse(): 'listing' | 'working' | undefined {
    return this.#cardUse;
  }

  get isAside(): boolean {
    return this.#isAside;
  }

  /** Nothing is left to do and the card is out. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The card of this roll is in; `taken` is its listing of just now. */
  attach(insertion: Insertion, taken: TakenInventory): void {
    this.#letGo();
    this.#insertion = insertion;
    this.#taken = taken;
    this.#finished = false;
    this.#isAside = false;
    this.#subject = { ...this.#subject, label: insertion.label, root: insertion.root };
    this.wakeForDrives();
  }

  /** The card is out; what does not need it goes on. */
  detach(): void {
    this.#letGo();
    this.#insertion = undefined;
    this.#taken = undefined;
    this.#isAside = false;
    this.wake();
  }

  #letGo(): void {
    this.#cardGone.abort();
    this.#cardGone = new AbortController();
  }

  /** The card stays in, but is about to be unmounted: it is not read any more, and told about as before. */
  putAside(): void {
    this.#taken = undefined;
    this.#isAside = true;
  }

  /** A person says that this is a card, as it is. */
  offered(): void {
    if (this.#insertion !== undefined) this.#insertion = { ...this.#insertion, origin: 'offered' };
    this.wake();
  }

  /** A card or a drive is back: what can be copied comes before what is being sent, which goes on afterwards. */
  wakeForDrives(): void {
    this.#sending.abort();
    this.wake();
  }

  /** Something changed that may let this roll go on: try at once. */
  wake(): void {
    this.#glanced = new Set();
    this.#failures = 0;
    this.#paused = false;
    this.#pendingBefore = undefined;
    this.#parts.board.setResting(this.roll.id, false);
    this.#bell.ring();
  }

  /** @throws what the ledger throws; any other error holds this card and leaves the others alone. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#finished) {
      const pauseMs = await this.#advance(signal).catch((error: unknown) =>
        this.#stumble(error, signal),
      );
      if (this.#finished) break;
      if (pauseMs > 0) await this.#bell.wait(this.#parts.deps.clock, pauseMs, signal);
    }
  }

  /** One turn. Returns how long to wait before the next, 0 for none. */
  async #advance(signal: AbortSignal): Promise<number> {
    const { deps, drives } = this.#parts;
    const startedAt = deps.clock.elapsed();
    const taken = await this.#list(signal);
    if (taken === 'strange') return Number.POSITIVE_INFINITY;
    if (taken === 'again') return 0;
    const inventory = taken?.inventory ?? (await deps.ledger.latestInventory(this.roll.id));
    if (inventory === undefined) return this.#finish();

    await drives.ready();
    const survey = await this.#surveyAndGlance(inventory);
    if (this.#isPutInAnew) return 0;
    this.#publish(survey.verdict);
    const scanMs = deps.clock.elapsed() - startedAt;
    if (!this.#worthTrying(survey)) {
      const idle = pendingCount(survey) === 0 || this.#failures >= RESTS_AFTER_FAILURES;
      this.#parts.board.setResting(this.roll.id, idle);
      this.#cameThrough();
      return this.#pauseFor(survey, scanMs);
    }
    if (this.#failures === 0) this.#parts.board.setResting(this.roll.id, false);

    await this.#work(survey, { taken, inventory }, signal);
    this.#cameThrough();
    return 0;
  }

  /** A turn that looked at the card and did what there was to do takes back what broke off an earlier one. */
  #cameThrough(): void {
    if (this.#brokeOff === undefined || this.#isPutInAnew) return;
    this.#brokeOff = undefined;
    if (this.#verdict !== undefined) this.#publish(this.#verdict);
  }

  /** An error that nobody foresaw: said in the log and as a reason for hold, and tried again after a pause. */
  #stumble(error: unknown, signal: AbortSignal): number {
    if (signal.aborted || isLedgerError(error)) throw error;
    const { deps } = this.#parts;
    const { label, cardId: card } = this.#subject;
    deps.log.error('the work on a card broke off', { card, label, error: errorText(error) });
    this.#cardUse = undefined;
    this.#taken = undefined;
    this.#failures += 1;
    this.#brokeOff = error instanceof Error ? error.message : String(error);
    this.#publish(this.#verdict ?? unjudged(deps.clock.now()));
    this.#parts.board.setResting(this.roll.id, this.#failures >= RESTS_AFTER_FAILURES);
    return BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? 0;
  }

  /** Looks for the copies, too, on drives that were not looked at since something changed. */
  async #surveyAndGlance(inventory: Inventory): Promise<Survey> {
    const { deps, drives } = this.#parts;
    const ready = drives.lastReady();
    const fresh = ready.filter((drive) => !this.#glanced.has(driveKey(drive)));
    this.#glanced = new Set(ready.map(driveKey));
    if (fresh.length === 0) return this.#survey(inventory);
    const glance = new Glance(deps, fresh);
    const survey = await this.#survey(inventory, glance.visit);
    const losses = await glance.losses();
    for (const drive of glance.unsure) this.#glanced.delete(driveKey(drive));
    if (losses.length === 0) return survey;
    await deps.ledger.append(losses);
    return this.#survey(inventory);
  }

  /** `again`: the card was pulled or put in anew meanwhile. */
  async #list(signal: AbortSignal): Promise<TakenInventory | undefined | 'strange' | 'again'> {
    const insertion = this.#insertion;
    if (insertion === undefined || this.#isAside) return undefined;
    const gone = this.#cardGone.signal;
    this.#cardUse = 'listing';
    const fresh = this.#taken ?? (await this.#listAgain(insertion, signal, gone));
    this.#cardUse = undefined;
    if (gone.aborted) return 'again';
    this.#taken = undefined;
    if (fresh === 'gone' || fresh === 'not-a-card' || fresh.roll.id !== this.roll.id) {
      this.#parts.onStrangeCard(insertion);
      return 'strange';
    }
    return fresh;
  }

  async #listAgain(insertion: Insertion, signal: AbortSignal, gone: AbortSignal) {
    try {
      const either = AbortSignal.any([signal, gone]);
      return await takeInventory(this.#parts.deps, insertion, either);
    } catch (error) {
      if (signal.aborted || !gone.aborted) throw error;
      return 'gone' as const;
    }
  }

  async #work(
    survey: Survey,
    listed: { readonly taken: TakenInventory | undefined; readonly inventory: Inventory },
    signal: AbortSignal,
  ): Promise<void> {
    const insertion = this.#isAside ? undefined : this.#insertion;
    const context: RoundContext = {
      ...this.#parts,
      roll: this.roll,
      survey,
      progress: this.#progress,
      folders: listed.taken?.folders ?? [],
      ...(insertion === undefined ? {} : { insertion }),
    };
    const judgeLive = (): Promise<void> => this.#judgeLive(listed.inventory);
    try {
      if (survey.driveSteps.length > 0) {
        if (insertion !== undefined) this.#cardUse = 'working';
        const { sourceGone } = await runDriveRound(context, judgeLive, signal);
        if (sourceGone && insertion !== undefined) this.#parts.onStrangeCard(insertion);
      } else {
        this.#requestPreview(listed.inventory, survey.held);
        await this.#send(context, judgeLive, signal);
      }
    } finally {
      this.#cardUse = undefined;
      this.#progress.end();
    }
  }

  #requestPreview(inventory: Inventory, files: number): void {
    const { deps, previewDesk } = this.#parts;
    const { policy } = deps.settings;
    previewDesk.request(this.roll, this.#subject.label, files, (ready) =>
      heldIn(deps.ledger.records(inventory), { policy, now: deps.clock.now(), ready }),
    );
  }

  /** Ends early when a card or a drive is back; what was not sent stays in the plan. */
  async #send(
    context: RoundContext,
    judgeLive: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#sending = new AbortController();
    const { signal: ended } = this.#sending;
    try {
      await runOffsiteRounds(context, judgeLive, AbortSignal.any([signal, ended]));
    } catch (error) {
      if (signal.aborted || !ended.aborted || isLedgerError(error)) throw error;
    }
  }

  async #judgeLive(inventory: Inventory): Promise<void> {
    const { verdict } = await this.#survey(inventory);
    if (!this.#isPutInAnew) this.#publish(verdict);
  }

  /** A newer listing waits for the next turn; what was judged from an older one says nothing about the card now in. */
  get #isPutInAnew(): boolean {
    return this.#taken !== undefined;
  }

  async #survey(inventory: Inventory, visit?: HeldVisitor): Promise<Survey> {
    const { deps, drives, board } = this.#parts;
    const context = {
      policy: deps.settings.policy,
      now: deps.clock.now(),
      situation: {
        cardPresent: this.#insertion !== undefined && !this.#isAside,
        destinations: drives.lastReady().map(({ id }) => id),
        remotes: deps.offsite.map(({ remote }) => remote.id),
        sourceVerify: deps.settings.policy.sourceVerify,
      },
    };
    const survey = await surveyInventory(deps.ledger, inventory, context, visit);
    board.queued.set(this.roll.id, this.#progress.queueOf(survey));
    return survey;
  }

  #publish(verdict: Verdict): void {
    const { board, drives } = this.#parts;
    this.#verdict = verdict;
    const known =
      this.#brokeOff === undefined
        ? verdict
        : withBlocker(verdict, cardBlocker('work-failed', [this.#brokeOff]));
    const remotes: readonly PlaceTrouble[] = board.remoteTroubles();
    const explained = explain(known, { destinations: drives.troubles(), remotes });
    const { cardId, roll, label, root } = this.#subject;
    const present = this.#insertion !== undefined;
    const light = lightOf(explained);
    const resting = board.cards.get(roll.id)?.resting ?? false;
    board.setCard({ cardId, roll, label, root, present, verdict: explained, light, resting });
    if (this.#insertion !== undefined) board.judged(this.#insertion.key);
  }

  /** False when nothing is left, or when the round before brought nothing and no pause has been made since. */
  #worthTrying(survey: Survey): boolean {
    const count = pendingCount(survey);
    const before = this.#pendingBefore;
    const { inventoryId } = survey.verdict;
    this.#pendingBefore = { count, inventoryId };
    if (count === 0) return false;
    const moved =
      before === undefined || before.inventoryId !== inventoryId || count < before.count;
    if (moved) this.#failures = 0;
    else if (!this.#paused) {
      this.#failures += 1;
      this.#paused = true;
      return false;
    }
    this.#paused = false;
    return true;
  }

  #pauseFor(survey: Survey, scanMs: number): number {
    const pending = pendingCount(survey);
    if (pending > 0) return BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? 0;
    const present = this.#insertion !== undefined;
    if (!present && survey.verdict.kind !== 'hold') return this.#finish();
    // A leg that is missing comes back with its drive: the reconcile loop rings then.
    return present ? Math.max(RESCAN_MS, scanMs * RESCAN_SHARE) : Number.POSITIVE_INFINITY;
  }

  #finish(): number {
    this.#finished = true;
    return 0;
  }
}

function driveKey({ id, mediumId, deviceNumber }: ReadyDestination): string {
  return `${id} ${mediumId} ${deviceNumber}`;
}
