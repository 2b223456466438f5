/** Turns what the board shows into light and messages: the light at once, one message per turn of a card. */
import type { RollId } from '../core/ids.ts';
import type { Light } from '../core/light.ts';
import { type CardView, cardView, lightWord } from '../core/status.ts';
import { type TurnKind, turnBetween } from '../core/turn.ts';
import type { Signal, Turn } from '../ports/signal.ts';
import type { Board, BoardCard } from './board.ts';
import type { PreviewDesk } from './preview-desk.ts';
import type { ServiceDeps } from './service-deps.ts';
import { timeText } from './status-builder.ts';

/** The state is shown again this often even without change: a signal's lease. Milliseconds. */
const LEASE_MS = 10_000;
/** How long a message may wait for its picture. Milliseconds. */
const PICTURE_PATIENCE_MS = 10_000;

export class Announcer {
  readonly #deps: Pick<ServiceDeps, 'clock' | 'log'>;
  readonly #signal: Signal;
  readonly #board: Board;
  readonly #previews: PreviewDesk;
  readonly #comesRound: () => boolean;
  readonly #told = new Map<RollId, Light>();
  #showing: Promise<void> = Promise.resolve();

  constructor(
    deps: Pick<ServiceDeps, 'clock' | 'log' | 'signal'>,
    board: Board,
    parts: { readonly previews: PreviewDesk; readonly comesRound: () => boolean },
  ) {
    this.#deps = deps;
    this.#signal = deps.signal;
    this.#board = board;
    this.#previews = parts.previews;
    this.#comesRound = parts.comesRound;
  }

  async run(signal: AbortSignal): Promise<void> {
    const telling = new Set<Promise<void>>();
    const off = this.#board.onChange((rollId) => {
      this.#show();
      const card = rollId === undefined ? undefined : this.#board.cards.get(rollId);
      if (card === undefined || card.verdict === undefined) return;
      const told = this.#tell(card, signal).finally(() => telling.delete(told));
      telling.add(told);
    });
    try {
      while (!signal.aborted) {
        // A light is renewed for as long as somebody looks at the cards, not for as long as this timer runs.
        if (this.#comesRound()) this.#show();
        await this.#deps.clock.after(LEASE_MS, signal).catch(() => undefined);
      }
    } finally {
      off();
      await Promise.allSettled([...telling, this.#showing]);
    }
  }

  #show(): void {
    const { light, cards } = this.#board;
    const worst = [...cards.values()].find((card) => card.present && card.light === light);
    const view = worst === undefined ? undefined : viewOf(worst);
    const line = view?.sentence ?? lightWord(light);
    this.#showing = this.#showing
      .then(() => this.#signal.show({ light, line }))
      .catch((error: unknown) => this.#deps.log.warn('a light does not work', { error }));
  }

  async #tell(card: BoardCard, signal: AbortSignal): Promise<void> {
    const rollId = card.roll.id;
    const kind = this.#turnOf(card);
    const view = viewOf(card);
    if (kind === undefined || view === undefined) return;
    const picture =
      kind === 'safe' || kind === 'on-two-drives' ? await this.#picture(rollId, signal) : undefined;
    if (signal.aborted) return;
    const turn: Turn = {
      kind,
      card: card.cardId,
      title: `${card.label}: ${titleOf(kind)}`,
      body: view.sentence,
      ...(picture === undefined ? {} : { picture }),
    };
    this.#deps.log.info('turn', { card: card.cardId, kind, sentence: view.sentence });
    await this.#signal.tell(turn).catch((error: unknown) => {
      this.#deps.log.warn('a message could not be shown', { error });
    });
  }

  /** A roll first met while its card is out (after a restart) has told its story before, unless it is safe now. */
  #turnOf(card: BoardCard): TurnKind | undefined {
    const before = this.#told.get(card.roll.id);
    this.#told.set(card.roll.id, card.light);
    if (before === undefined && !card.present) return undefined;
    return turnBetween(before, card.light);
  }

  async #picture(rollId: RollId, signal: AbortSignal): Promise<string | undefined> {
    const over = new AbortController();
    const patience = this.#deps.clock
      .after(PICTURE_PATIENCE_MS, AbortSignal.any([signal, over.signal]))
      .catch(() => undefined);
    const preview = await Promise.race([this.#previews.of(rollId), patience]);
    over.abort();
    return preview?.firstFrame ?? undefined;
  }
}

function viewOf(card: BoardCard): CardView | undefined {
  if (card.verdict === undefined) return undefined;
  const { cardId: id, roll, label, present } = card;
  return cardView({ id, label, rollFolder: roll.folder, present }, card.verdict, timeText);
}

function titleOf(kind: TurnKind): string {
  const titles: Readonly<Record<TurnKind, string>> = {
    started: 'copying',
    'on-two-drives': 'on two drives',
    safe: 'SAFE TO FORMAT',
    hold: 'DO NOT FORMAT',
    empty: 'empty',
  };
  return titles[kind];
}
