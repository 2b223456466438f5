/** Sets of row numbers as ascending runs. */

/** Both ends included. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** The runs that hold exactly these numbers. @throws TypeError when one is given twice */
export function rangesOf(ids: readonly number[]): readonly IdRange[] {
  const ranges: { first: number; last: number }[] = [];
  let current: { first: number; last: number } | undefined;
  for (const id of ids.toSorted((a, b) => a - b)) {
    if (current !== undefined && id <= current.last) throw new TypeError(`${id} is listed twice`);
    if (current !== undefined && id === current.last + 1) {
      current.last = id;
    } else {
      current = { first: id, last: id };
      ranges.push(current);
    }
  }
  return ranges;
}

export function sizeOfRange({ first, last }: IdRange): number {
  return last - first + 1;
}

/** Whether both hold the same numbers. */
export function sameRanges(a: readonly IdRange[], b: readonly IdRange[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ first, last }, i) => b[i]?.first === first && b[i]?.last === last)
  );
}
