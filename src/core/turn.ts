/** Which change of a card's state is worth telling a person: one message per turn, never per file. */
import type { Light } from './light.ts';

export type TurnKind = 'started' | 'on-two-drives' | 'safe' | 'hold' | 'empty';

/**
 * The turn between two states of one card, or undefined when there is nothing to tell. `before` is undefined for
 * a card that has just been put in.
 */
export function turnBetween(before: Light | undefined, after: Light): TurnKind | undefined {
  if (before === after) return undefined;
  switch (after) {
    case 'copying':
      // Back from a better state is news as well: the card has changed or a copy is gone.
      return before === 'safe' || before === 'on-two-drives' ? 'hold' : 'started';
    case 'on-two-drives':
      return before === 'safe' ? 'hold' : 'on-two-drives';
    case 'safe':
      return 'safe';
    case 'do-not-format':
      return 'hold';
    case 'empty':
      return 'empty';
    default:
      return undefined;
  }
}
