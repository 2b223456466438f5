/** Gives cards back: when a person asks, and by itself those that this service has mounted. */
import type { CardId } from '../core/ids.ts';
import type { CardView } from '../core/status.ts';
import { Bell } from './bell.ts';
import type { Board, BoardCard } from './board.ts';
import { selected } from './checking.ts';
import type { PresentCard, Reconciler } from './reconcile.ts';
import type { ServiceDeps } from './service-deps.ts';
import { viewOfCard } from './status-builder.ts';
import { cardIdOf } from './take-inventory.ts';

export type EjectAnswer =
  | {
      readonly kind: 'ejected';
      readonly sentence: string;
      /** What could not be done besides, one sentence. */
      readonly note: string | null;
      readonly card: CardView | null;
    }
  | { readonly kind: 'busy' | 'failed'; readonly sentence: string; readonly hint: string }
  | { readonly kind: 'no-such-card'; readonly selector: string }
  | { readonly kind: 'ambiguous'; readonly selector: string; readonly ids: readonly CardId[] };

interface EjectDeskParts {
  readonly deps: Pick<ServiceDeps, 'clock' | 'ledger' | 'log' | 'mounter' | 'settings'>;
  readonly board: Board;
  readonly reconciler: Reconciler;
}

/** A card that stays in is listed again now and then, for a moment: that is waited for. */
const LISTING_TRIES = 20;
const LISTING_PAUSE_MS = 500;

export class EjectDesk {
  readonly #parts: EjectDeskParts;
  readonly #bell = new Bell();
  /** Cards that would not go; not tried again by itself while they stay in. */
  readonly #stubborn = new Set<string>();

  constructor(parts: EjectDeskParts) {
    this.#parts = parts;
  }

  /** A person wants to take the card out. */
  async eject(selector: string, signal: AbortSignal): Promise<EjectAnswer> {
    const matches = selected(selector, this.#parts.reconciler.present(), ({ insertion }) => ({
      id: cardIdOf(insertion),
      label: insertion.label,
      insertion,
    }));
    const [card, second] = matches;
    if (card === undefined) return { kind: 'no-such-card', selector };
    if (second !== undefined) {
      const ids = matches.map(({ insertion }) => cardIdOf(insertion));
      return { kind: 'ambiguous', selector, ids };
    }
    return this.#eject(card, signal);
  }

  /** Unmounts by itself what `[cards] eject` says, until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { board, deps, reconciler } = this.#parts;
    if (deps.settings.eject === 'never') return;
    const off = board.onChange(() => this.#bell.ring());
    try {
      while (!signal.aborted) {
        await this.#bell.wait(deps.clock, Number.POSITIVE_INFINITY, signal).catch(() => undefined);
        if (signal.aborted) return;
        for (const card of reconciler.present()) await this.#setAside(card, signal);
      }
    } finally {
      off();
    }
  }

  async #eject(card: PresentCard, signal: AbortSignal): Promise<EjectAnswer> {
    const { board, deps, reconciler } = this.#parts;
    const { insertion, keeper } = card;
    const { label, root } = insertion;
    if (insertion.origin === 'watch') {
      const sentence = `${label} is a folder that is watched: there is nothing to take out, and it stays as it is.`;
      return { kind: 'ejected', sentence, note: null, card: this.#viewOf(card) };
    }
    const busy = await this.#whyBusy(card, signal);
    if (busy !== undefined) return busy;
    const view = this.#viewOf(card);
    const wasAside = keeper?.isAside === true;
    reconciler.giveUp(card);
    const given = await deps.mounter.giveBack(insertion, 'eject', signal);
    if (given.kind !== 'given-back' && insertion.facts.kind === 'volume') {
      // Set aside means unmounted: there is nothing to take back.
      if (!wasAside) reconciler.takeBack(insertion);
      const { kind, sentence, hint } = given;
      return { kind, sentence, hint };
    }
    if (insertion.origin === 'offered') await deps.ledger.withdrawOffer(root);
    board.unknownVolumes = board.unknownVolumes.filter(({ mountPoint }) => mountPoint !== root);
    reconciler.wake();
    deps.log.info('ejected', { label, root });
    const sentence =
      insertion.facts.kind === 'folder'
        ? `${label} is no longer taken for a card; the folder stays as it is.`
        : `${label} is ejected: you may take it out.`;
    const note = given.kind === 'given-back' ? (given.note ?? null) : null;
    return { kind: 'ejected', sentence, note, card: view };
  }

  async #whyBusy(card: PresentCard, signal: AbortSignal): Promise<EjectAnswer | undefined> {
    const { insertion, keeper } = card;
    for (let tries = 0; tries < LISTING_TRIES; tries += 1) {
      if (keeper?.cardUse !== 'listing') break;
      await this.#parts.deps.clock.after(LISTING_PAUSE_MS, signal);
    }
    const hint = 'Leave the card in until it is done; "safelight status" shows how far it is.';
    if (card.isNew || keeper?.cardUse === 'listing') {
      return { kind: 'busy', sentence: `${insertion.label} is just being listed.`, hint };
    }
    const shown = this.#shown(card);
    const copying = shown?.light === 'copying' && !shown.resting && !keeper?.isAside;
    if (keeper?.cardUse !== 'working' && !copying) return undefined;
    return { kind: 'busy', sentence: `${insertion.label} is still being read.`, hint };
  }

  /**
   * Only what was mounted here: a card that a person's desktop shows is that person's to eject. The card stays told
   * about, and its light on, for as long as it is in.
   */
  async #setAside(card: PresentCard, signal: AbortSignal): Promise<void> {
    const { deps, reconciler } = this.#parts;
    const { insertion, keeper, isNew } = card;
    if (keeper === undefined || isNew || keeper.isAside || keeper.cardUse !== undefined) return;
    if (!this.#isDone(card) || this.#stubborn.has(insertion.key)) return;
    if (insertion.origin !== 'volume' || !(await deps.mounter.isOwn(insertion))) return;
    if (keeper.cardUse !== undefined || keeper.insertion?.key !== insertion.key) return;
    keeper.putAside();
    const given = await deps.mounter
      .giveBack(insertion, 'set-aside', signal)
      .catch(() => undefined);
    if (given?.kind === 'given-back') {
      deps.log.info('unmounted: nothing needs it any more', { label: insertion.label });
      return;
    }
    this.#stubborn.add(insertion.key);
    if (!signal.aborted) reconciler.takeBack(insertion);
  }

  #isDone(card: PresentCard): boolean {
    const shown = this.#shown(card);
    if (shown === undefined) return false;
    if (shown.light === 'safe') return true;
    return shown.light === 'on-two-drives' && this.#parts.deps.settings.eject === 'when-copied';
  }

  #shown({ keeper }: PresentCard): BoardCard | undefined {
    return keeper === undefined ? undefined : this.#parts.board.cards.get(keeper.roll.id);
  }

  #viewOf(card: PresentCard): CardView | null {
    const shown = this.#shown(card);
    return shown === undefined ? null : (viewOfCard(this.#parts.board, shown)[0] ?? null);
  }
}
