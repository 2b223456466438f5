/** Understands an LED's `trigger` file: all triggers there are, the present one in brackets. */

export interface TriggerList {
  /** `none` when the lamp follows nothing but what is written to it. */
  readonly current: string;
  readonly all: ReadonlySet<string>;
}

/** A plain folder's file may hold one bare word: then that is the present one. */
export function parseTriggerList(text: string): TriggerList {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const bracketed = words.find((word) => /^\[.+\]$/.test(word));
  const names = words.map((word) => word.replace(/^\[(.+)\]$/, '$1'));
  const alone = names.length === 1 ? names[0] : undefined;
  return { current: bracketed?.slice(1, -1) ?? alone ?? 'none', all: new Set(names) };
}
