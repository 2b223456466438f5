/**
 * The loop: what is in now, against what was in before.
 *
 * Level-triggered: hints only wake it, and each turn compares whole listings. A listing that failed changes nothing.
 */
import type { MediumId, RollId } from '../core/ids.ts';
import type { Insertion, VolumeTrouble } from '../ports/volume-source.ts';
import { Bell } from './bell.ts';
import { Breath } from './breath.ts';
import type { MountDesk } from './mount-desk.ts';
import type { KeeperParts } from './roll-keeper.ts';
import { type KeeperSubject, RollKeeper } from './roll-keeper.ts';
import { otherContent } from './known-content.ts';
import { twinsIn } from './twins.ts';
import { type ContentCheck, takeInventory } from './take-inventory.ts';

/** Something that is in and may be a card, with the keeper of its roll if it has one. */
export interface PresentCard {
  readonly insertion: Insertion;
  readonly keeper?: RollKeeper;
  /** It is being listed for the first time. */
  readonly isNew: boolean;
}

/** The source wakes the loop; this is for a source that went silent. Milliseconds. */
const LIST_EVERY_MS = 60_000;

type Parts = Omit<KeeperParts, 'onStrangeCard'> & { readonly mountDesk: MountDesk };

export class Reconciler {
  readonly #parts: Parts;
  readonly #bell = new Bell();
  readonly #keepers = new Map<RollId, RollKeeper>();
  readonly #runs = new Set<Promise<void>>();
  /** Insertions that are being kept or were refused, by key. */
  readonly #seen = new Map<string, 'kept' | 'refused' | 'listing'>();
  /** The listings of what was just put in, by key; aborted when it is out. */
  readonly #admissions = new Map<string, AbortController>();
  /** What cannot be told apart from something else that is in, by key. */
  #twins: ReadonlyMap<string, VolumeTrouble> = new Map();
  /** Roots that a person offered as cards. */
  readonly #offered = new Set<string>();
  readonly #onFatal: (error: unknown) => void;
  #signal: AbortSignal = AbortSignal.abort();
  #lastTurnAt: number | undefined;
  /** What the last listing showed. */
  #listed: readonly Insertion[] = [];

  constructor(parts: Parts, onFatal: (error: unknown) => void) {
    this.#parts = parts;
    this.#onFatal = onFatal;
  }

  /** When the loop last came round, as `Clock.elapsed` counts; a service that does not come round any more is stuck. */
  get lastTurnAt(): number | undefined {
    return this.#lastTurnAt;
  }

  /** Lists again at once. */
  wake(): void {
    this.#bell.ring();
  }

  /** A person says that what is at `root` is a card: it is taken whatever it looks like. */
  offer(root: string): void {
    this.#offered.add(root);
    for (const [key, state] of this.#seen) if (state === 'refused') this.#seen.delete(key);
    for (const keeper of this.#keepers.values()) {
      if (keeper.insertion?.root === root) keeper.offered();
    }
    this.wake();
  }

  /** What is in now, cards that were put aside included. */
  present(): readonly PresentCard[] {
    const keepers = new Map(
      [...this.#keepers.values()].flatMap((keeper) =>
        keeper.insertion === undefined ? [] : [[keeper.insertion.key, keeper] as const],
      ),
    );
    const aside = [...keepers.values()].flatMap(({ isAside, insertion }) =>
      isAside && insertion !== undefined ? [insertion] : [],
    );
    return oncePerRoot([...this.#listed, ...aside]).map((insertion) => {
      const keeper = keepers.get(insertion.key);
      const isNew = this.#seen.get(insertion.key) === 'listing';
      return { insertion, isNew, ...(keeper === undefined ? {} : { keeper }) };
    });
  }

  /** Goes on without a card that is about to be unmounted. `takeBack` undoes it. */
  giveUp({ insertion, keeper }: PresentCard): void {
    this.#offered.delete(insertion.root);
    if (keeper !== undefined) this.#out(keeper);
  }

  /** The card stays after all: it is admitted anew. */
  takeBack({ key, origin, root }: Insertion): void {
    if (origin === 'offered') this.#offered.add(root);
    this.#seen.delete(key);
    this.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const { deps, mountDesk } = this.#parts;
    const woken = (): void => {
      mountDesk.wake();
      this.wake();
    };
    const watching = deps.volumes.watch(woken, signal);
    for (const { path } of await deps.ledger.offers()) this.#offered.add(path);
    await this.#resumeOpenRolls();
    const breath = new Breath(deps.clock);
    while (!signal.aborted) {
      const startedAt = deps.clock.elapsed();
      await this.#turn(signal);
      this.#lastTurnAt = deps.clock.elapsed();
      await breath.after(startedAt, signal);
      await this.#bell.wait(deps.clock, LIST_EVERY_MS, signal).catch(() => undefined);
    }
    await Promise.allSettled([watching, ...this.#runs]);
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { deps, board } = this.#parts;
    const listing = await deps.volumes.list(signal);
    if (signal.aborted) return;
    if (listing.state === 'unknown') {
      if (board.listingTrouble !== listing.reason) {
        deps.log.warn('cannot list what is plugged in', { reason: listing.reason });
      }
      board.setListingTrouble(listing.reason);
      return;
    }
    board.setListingTrouble(undefined);
    this.#listed = listing.insertions;
    await this.#letGo(listing.insertions);
    const troubles = this.#partTwins();
    this.#tellTroubles([...(listing.troubles ?? []), ...troubles]);
    const candidates = oncePerRoot(listing.insertions).map((insertion) =>
      this.#offered.has(insertion.root) ? { ...insertion, origin: 'offered' as const } : insertion,
    );
    this.#parts.drives.setCardMedia(mediaOf(candidates));
    for (const insertion of candidates) {
      if (this.#seen.has(insertion.key) || this.#twins.has(insertion.key)) continue;
      this.#seen.set(insertion.key, 'listing');
      board.putIn(insertion.key);
      this.#track(this.#admitUntilOut(insertion, signal));
    }
    await this.#watchMissingDrives();
  }

  #tellTroubles(troubles: readonly VolumeTrouble[]): void {
    const { board, deps } = this.#parts;
    const before = new Set(board.volumeTroubles.map(({ sentence }) => sentence));
    const fresh = troubles.filter(({ sentence }) => !before.has(sentence));
    const isSame = fresh.length === 0 && troubles.length === before.size;
    board.volumeTroubles = troubles;
    if (isSame) return;
    board.changed();
    for (const { sentence, hint } of fresh) deps.log.warn(sentence, { hint });
  }

  /** Forgets what is out; rolls whose card is out go on without it. */
  async #letGo(insertions: readonly Insertion[]): Promise<void> {
    const { board, deps } = this.#parts;
    const keys = new Set(insertions.map(({ key }) => key));
    for (const key of this.#seen.keys()) {
      if (keys.has(key)) continue;
      this.#admissions.get(key)?.abort();
      if (this.#seen.get(key) !== 'listing') this.#forget(key);
    }
    for (const keeper of this.#keepers.values()) {
      const { insertion, isAside } = keeper;
      if (insertion === undefined || keys.has(insertion.key)) continue;
      // Unmounted here, so nobody lists it; it is in as long as its slot says so.
      if (isAside && (await deps.mounter.mediumIn(insertion))) continue;
      this.#out(keeper);
    }
    const roots = new Set(insertions.map(({ root }) => root));
    board.unknownVolumes = board.unknownVolumes.filter((v) => roots.has(v.mountPoint));
  }

  #out(keeper: RollKeeper): void {
    const { board } = this.#parts;
    keeper.detach();
    const card = board.cards.get(keeper.roll.id);
    if (card !== undefined) board.setCard({ ...card, present: false });
  }

  /** Cards that cannot be told apart are left alone, all of them: each could lend its evidence to the other. */
  #partTwins(): readonly VolumeTrouble[] {
    const cards = this.present().map(({ insertion }) => insertion);
    this.#twins = twinsIn(cards);
    for (const keeper of this.#keepers.values()) {
      const { insertion, isAside } = keeper;
      if (insertion === undefined || isAside || !this.#twins.has(insertion.key)) continue;
      this.#forget(insertion.key);
      this.#out(keeper);
    }
    return [...new Set(this.#twins.values())];
  }

  #forget(key: string): void {
    this.#seen.delete(key);
    this.#parts.board.judged(key);
  }

  /** A listing of something that was pulled may never come to its end: it is not waited for. */
  async #admitUntilOut(insertion: Insertion, signal: AbortSignal): Promise<void> {
    const { key } = insertion;
    const out = new AbortController();
    this.#admissions.set(key, out);
    try {
      await this.#admit(insertion, AbortSignal.any([signal, out.signal]));
    } catch (error) {
      if (signal.aborted || !out.signal.aborted) throw error;
      this.#forget(key);
    } finally {
      this.#admissions.delete(key);
    }
  }

  async #admit(insertion: Insertion, signal: AbortSignal): Promise<void> {
    const { deps, board, drives } = this.#parts;
    const check: ContentCheck = async (matched) =>
      otherContent(deps, await drives.ready(), { insertion, matched }, signal);
    const taken = await takeInventory(deps, insertion, signal, check);
    if (taken === 'gone' || this.#twins.has(insertion.key)) {
      this.#forget(insertion.key);
      return;
    }
    if (taken === 'not-a-card') {
      this.#outAllBut(insertion);
      this.#seen.set(insertion.key, 'refused');
      board.judged(insertion.key);
      const { root: mountPoint, label } = insertion;
      board.unknownVolumes = [...board.unknownVolumes, { mountPoint, label }];
      board.changed();
      deps.log.info('left alone: does not look like a camera card', { mountPoint, label });
      return;
    }
    this.#seen.set(insertion.key, 'kept');
    const { cardId, roll, inventory } = taken;
    this.#outAllBut(insertion, roll.id);
    deps.log.info('card in', {
      card: cardId,
      label: insertion.label,
      roll: roll.folder,
      files: inventory.fileCount,
    });
    const keeper = this.#keeperFor({
      cardId,
      roll,
      label: insertion.label,
      root: insertion.root,
    });
    keeper.attach(insertion, taken);
  }

  #keeperFor(subject: KeeperSubject): RollKeeper {
    const existing = this.#keepers.get(subject.roll.id);
    if (existing !== undefined && !existing.finished) return existing;
    const keeper = new RollKeeper(
      { ...this.#parts, onStrangeCard: (insertion) => this.#strange(insertion) },
      subject,
    );
    this.#keepers.set(subject.roll.id, keeper);
    // The keeper starts on the next tick, so that the caller can attach the card first.
    this.#track(Promise.resolve().then(() => this.#keep(keeper)));
    return keeper;
  }

  async #keep(keeper: RollKeeper): Promise<void> {
    await keeper.run(this.#signal);
    if (this.#keepers.get(keeper.roll.id) === keeper) {
      this.#keepers.delete(keeper.roll.id);
      this.#parts.board.dropCard(keeper.roll.id);
    }
  }

  /**
   * The card of a roll is gone or is another one now: whatever is in the slot is admitted anew. Until a listing has
   * shown that it is out, it is told about as before: not knowing is no pull.
   */
  #strange(insertion: Insertion): void {
    this.#seen.delete(insertion.key);
    this.wake();
  }

  /** What is in the slot now is not what these keepers had there. */
  #outAllBut(insertion: Insertion, rollId?: RollId): void {
    for (const keeper of this.#keepers.values()) {
      if (keeper.insertion?.key === insertion.key && keeper.roll.id !== rollId) this.#out(keeper);
    }
  }

  /** Rolls that were not safe when the service stopped: their uploads and missing legs go on. */
  async #resumeOpenRolls(): Promise<void> {
    const { deps } = this.#parts;
    for (const card of await deps.ledger.cards()) {
      for (const roll of await deps.ledger.rolls(card.id)) {
        const subject = { cardId: card.id, roll, label: card.label, root: card.lastRoot };
        if (!this.#keepers.has(roll.id)) this.#keeperFor(subject);
      }
    }
  }

  /** While a leg is missing its drive is looked for, and rolls that wait are woken when it is back. */
  async #watchMissingDrives(): Promise<void> {
    const { drives, deps, board } = this.#parts;
    const waiting = [...this.#keepers.values()].some((keeper) => !keeper.finished);
    if (!waiting || board.destinations.length === 0 || drives.allWell()) return;
    const before = new Set(drives.lastReady().map(({ id }) => id));
    await drives.look();
    const back = drives.lastReady().filter(({ id }) => !before.has(id));
    if (back.length === 0) return;
    deps.log.info('drive is back', { destinations: back.map(({ id }) => id) });
    for (const keeper of this.#keepers.values()) keeper.wakeForDrives();
  }

  #track(work: Promise<void>): void {
    const run = work
      .catch((error: unknown) => {
        if (this.#signal.aborted) return;
        this.#onFatal(error);
      })
      .finally(() => this.#runs.delete(run));
    this.#runs.add(run);
  }
}

function mediaOf(insertions: readonly Insertion[]): ReadonlySet<MediumId> {
  return new Set(insertions.flatMap(({ mediumId }) => (mediumId === undefined ? [] : [mediumId])));
}

/** What may be a card; a folder that is both watched and offered is one insertion. */
function oncePerRoot(insertions: readonly Insertion[]): readonly Insertion[] {
  const roots = new Set<string>();
  return insertions.filter(({ excluded, root }) => {
    if (excluded !== undefined || roots.has(root)) return false;
    roots.add(root);
    return true;
  });
}
