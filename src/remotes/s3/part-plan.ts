/** How a file is cut into parts. Depends on its size alone, so that every try cuts it the same way. */

/** Files up to this size go in one request. */
export const SINGLE_PUT_MAX_BYTES = 16 * 1024 * 1024;

const SMALLEST_PART_BYTES = 8 * 1024 * 1024;
/** S3 allows 10,000; a little room is left for stores that count differently. */
const MAX_PARTS = 9_000;

/** 8 MiB, doubled until 9,000 parts are enough. */
export function partSizeFor(sizeBytes: number): number {
  let partSize = SMALLEST_PART_BYTES;
  while (sizeBytes > partSize * MAX_PARTS) partSize *= 2;
  return partSize;
}

/** The lengths of all parts, in order; their sum is the size. */
export function partLengths(sizeBytes: number, partSize: number): readonly number[] {
  const lengths: number[] = [];
  for (let rest = sizeBytes; rest > 0; rest -= partSize) lengths.push(Math.min(rest, partSize));
  return lengths;
}
