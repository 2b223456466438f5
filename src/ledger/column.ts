/** Checked doors for values that come out of the database, or are about to go into it. */

/** What a column of ours can hold. */
export type Value = string | number | null;

/** One row by column names. */
export type Row = Readonly<Record<string, unknown>>;

/** @throws TypeError unless it is text. */
export function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`its ${what} is no text`);
  return value;
}

/** @throws TypeError unless it is a whole number from 0 up that JavaScript holds exactly. */
export function countOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`its ${what} is no count: ${String(value)}`);
  }
  return value;
}

/** @throws TypeError unless it is a finite number. */
export function timeOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(`its ${what} is no time: ${String(value)}`);
  }
  return value;
}

/** @throws TypeError unless it is one of the words. */
export function wordOf<Word extends string>(
  value: unknown,
  words: readonly Word[],
  what: string,
): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new TypeError(`its ${what} is not a known one: ${String(value)}`);
  return found;
}

/** @throws TypeError unless it is the JSON text of an object. */
export function detailsOf(value: unknown, what: string): Row {
  const parsed = jsonOf(value, what);
  if (!isRow(parsed)) throw new TypeError(`its ${what} are no JSON object`);
  return parsed;
}

/** @throws TypeError unless it is the JSON text of an array of objects. */
export function rowsOf(value: unknown, what: string): readonly Row[] {
  return rowListOf(jsonOf(value, what), what);
}

/** @throws TypeError unless it is an array. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`its ${what} are no list`);
  return value;
}

/** @throws TypeError unless it is an array of objects. */
export function rowListOf(value: unknown, what: string): readonly Row[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [undefined];
  return list.map((item) => {
    if (!isRow(item)) throw new TypeError(`its ${what} are no list of objects`);
    return item;
  });
}

/** @throws TypeError unless it is an object with named values. */
export function rowOf(value: unknown, what: string): Row {
  if (!isRow(value)) throw new TypeError(`its ${what} is no object`);
  return value;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonOf(value: unknown, what: string): unknown {
  try {
    return JSON.parse(textOf(value, what));
  } catch (cause) {
    throw new TypeError(`its ${what} are no JSON`, { cause });
  }
}

const HALF_CHARACTER = /\p{Surrogate}/u;

/**
 * Refuses text that SQLite would not give back as it is: half characters (lone surrogates) become U+FFFD in UTF-8.
 * @throws TypeError naming the text
 */
export function refuseHalfCharacters(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === 'string' && HALF_CHARACTER.test(value)) {
      throw new TypeError(`half a character in the text ${JSON.stringify(value)}`);
    }
  }
}
