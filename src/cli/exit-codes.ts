/** What a command's exit code means; scripts rely on it, so it never changes for a given meaning. */
import type { CardView } from '../core/status.ts';

export const EXIT = {
  ok: 0,
  /** `check`, `show`, `offload`: hold. `doctor`: a required part failed. Else: it could not be done. */
  hold: 1,
  failed: 1,
  usage: 2,
  noSuchCard: 3,
  /** `check`, `show`: nobody can say. `status`: the service is not running. */
  cannotTell: 4,
  nothingToProtect: 5,
  badConfig: 78,
  /** Interrupted from the keyboard. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The worst of several answers: cannot tell, then hold, then safe; "nothing to protect" only when that is all there
 * is. So 0 means that every card with anything on it is safe, and anything unheard of is never 0.
 */
export function exitForCards(cards: readonly CardView[], asked: readonly string[]): ExitCode {
  // Fewer answers than names: one of them would be passed over in silence.
  if (cards.length < new Set(asked).size) return EXIT.cannotTell;
  let code: ExitCode = EXIT.nothingToProtect;
  for (const card of cards) {
    const own = exitForCard(card);
    if (own === EXIT.cannotTell) return own;
    if (own === EXIT.hold || code === EXIT.nothingToProtect) code = own;
  }
  return code;
}

/** A safe verdict beside which a blocker stands contradicts itself, and is a hold. */
function exitForCard({ verdict, blockers }: CardView): ExitCode {
  switch (verdict) {
    case 'safe-to-format':
      return blockers.length === 0 ? EXIT.ok : EXIT.hold;
    case 'hold':
      return EXIT.hold;
    case 'nothing-to-protect':
      return EXIT.nothingToProtect;
    default:
      return EXIT.cannotTell;
  }
}
