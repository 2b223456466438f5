/**
 * Reads XML property lists (Apple's PropertyList-1.0.dtd), as far as diskutil writes them.
 *
 * Tolerant: unknown tags and everything between elements are passed over. Binary property lists are not read.
 */
import { VolumeError } from '../volume-error.ts';

/** Dates and data stay text. */
export type PlistValue =
  | string
  | number
  | boolean
  | readonly PlistValue[]
  | ReadonlyMap<string, PlistValue>;

/** @throws VolumeError when there is no value in the text */
export function parsePlist(text: string): PlistValue {
  const tokens = [...text.matchAll(TOKEN)].map(
    ([, close, tag, selfClosing, body]): Token => ({
      kind: kindOf(close, selfClosing),
      tag: tag ?? '',
      text: unescapeXml(body ?? ''),
    }),
  );
  const reader = new Reader(tokens.filter(({ tag }) => tag !== 'plist'));
  const value = reader.value();
  if (value === undefined) {
    throw new VolumeError(
      'unexpected-answer',
      'diskutil answered with something that is no property list.',
      'Run "diskutil list -plist" by hand to see what it says.',
    );
  }
  return value;
}

/** One tag with the text that follows it. Comments, the prologue and the document type do not match. */
const TOKEN = /<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>([^<]*)/g;

interface Token {
  readonly kind: 'open' | 'close' | 'empty';
  readonly tag: string;
  readonly text: string;
}

function kindOf(close: string | undefined, selfClosing: string | undefined): Token['kind'] {
  if (close === '/') return 'close';
  return selfClosing === '/' ? 'empty' : 'open';
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next value; undefined at the end of the enclosing element or of the text. */
  value(): PlistValue | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'close') return undefined;
    this.#at += 1;
    if (token.kind === 'empty') return emptyValue(token.tag);
    if (token.tag === 'dict') return this.#dict();
    if (token.tag === 'array') return this.#array();
    this.#skipClose();
    if (token.tag === 'integer' || token.tag === 'real') return Number(token.text.trim());
    return token.text;
  }

  #array(): readonly PlistValue[] {
    const items: PlistValue[] = [];
    for (let item = this.value(); item !== undefined; item = this.value()) items.push(item);
    this.#skipClose();
    return items;
  }

  #dict(): ReadonlyMap<string, PlistValue> {
    const entries = new Map<string, PlistValue>();
    for (let key = this.value(); key !== undefined; key = this.value()) {
      const value = this.value();
      if (value !== undefined && typeof key === 'string') entries.set(key, value);
    }
    this.#skipClose();
    return entries;
  }

  #skipClose(): void {
    if (this.#tokens[this.#at]?.kind === 'close') this.#at += 1;
  }
}

function emptyValue(tag: string): PlistValue {
  switch (tag) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'array':
      return [];
    case 'dict':
      return new Map();
    default:
      return '';
  }
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

function unescapeXml(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES.get(name) ?? whole;
  });
}
