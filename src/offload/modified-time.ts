/** Modification times as exactly as Node can set them. */

/**
 * Access and modification time in seconds for Node's own call, which takes a double (exact to 238 ns). Rounded up: cut
 * to the 10 ms or 2 s of a FAT, a time must not fall to the step before.
 */
export function roundedUp(modifiedNs: bigint): [number, number] {
  const seconds = Number(modifiedNs) / 1e9;
  const upward = seconds + Number.EPSILON * Math.abs(seconds);
  return [upward, upward];
}
