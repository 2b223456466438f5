/** Tells how one offered card fares, until its verdict stands. */
import { lightOf } from '../core/light.ts';
import { type CardView, cardView, type InFlightView } from '../core/status.ts';
import type { Clock } from '../ports/clock.ts';
import { Bell } from './bell.ts';
import type { Board, BoardCard } from './board.ts';
import { timeText } from './status-builder.ts';

export interface FollowStep {
  readonly card: CardView | null;
  readonly inFlight: InFlightView | null;
  /** Whether the card's files are on enough drives. */
  readonly onDrives: boolean;
  /** The verdict stands: safe, nothing to protect, or a hold that does not end by itself just now. */
  readonly ended: boolean;
}

/** Steps come on change and at least this often. Milliseconds. */
const EVERY_MS = 1_000;

/** Follows the card whose tree is at `root`. Ends after the step with `ended`. */
export async function* follow(
  board: Board,
  clock: Clock,
  root: string,
  signal: AbortSignal,
): AsyncGenerator<FollowStep> {
  const bell = new Bell();
  const off = board.onChange(() => bell.ring());
  try {
    for (;;) {
      const step = stepOf(board, root);
      yield step;
      if (step.ended) return;
      await bell.wait(clock, EVERY_MS, signal);
    }
  } finally {
    off();
  }
}

function stepOf(board: Board, root: string): FollowStep {
  const card = [...board.cards.values()].find((one) => one.root === root && one.present);
  if (card?.verdict === undefined) {
    return { card: null, inFlight: null, onDrives: false, ended: false };
  }
  const light = lightOf(card.verdict);
  const final = light === 'safe' || light === 'empty';
  return {
    card: viewOf(card, card.verdict),
    inFlight: board.inFlight.get(card.roll.id) ?? null,
    onDrives: final || light === 'on-two-drives',
    ended: final || card.resting,
  };
}

function viewOf(card: BoardCard, verdict: NonNullable<BoardCard['verdict']>): CardView {
  const { cardId: id, label, roll, present } = card;
  return cardView({ id, label, rollFolder: roll.folder, present }, verdict, timeText);
}
