/** A turn of events as a message for a desktop. */
import type { Turn } from '../../ports/signal.ts';

export interface Message {
  /** Messages with the same group replace one another. */
  readonly group: string;
  readonly title: string;
  readonly body: string;
  /** Stays on the screen until somebody has seen it. */
  readonly critical: boolean;
  /** Absolute path. */
  readonly picture?: string;
}

export function messageOf({ kind, card, title, body, picture }: Turn): Message {
  return {
    group: card,
    title: plainText(title).replaceAll('\n', ' '),
    body: plainText(body),
    critical: kind === 'hold' || kind === 'alarm',
    ...(picture === undefined ? {} : { picture }),
  };
}

/** Labels and file names come from cards: no control characters but line ends, and nothing that reorders text. */
function plainText(text: string): string {
  return (
    text
      .replace(/\p{Surrogate}/gu, '\uFFFD')
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
      .trim()
  );
}

/** For servers that take the body for markup: everything in it is meant as it stands. */
export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
