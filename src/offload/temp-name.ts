/** Names of files that are not copies yet. */
import { randomUUID } from 'node:crypto';

const MARK = '.safelight-';
const RANDOM_DIGITS = 12;
const OURS = new RegExp(`^\\..+\\${MARK}[0-9a-f]{${RANDOM_DIGITS}}$`, 's');

/** Filesystems take names of 255 bytes (or characters); what we add must fit in too. */
const MAX_NAME_BYTES = 200;

/** A new name beside the target: `.IMG_1.CR3.safelight-0a1b2c3d4e5f`. Long names are cut; only ours is unique. */
export function tempPathFor(target: string): string {
  const nameAt = target.lastIndexOf('/') + 1;
  let name = target.slice(nameAt);
  while (Buffer.byteLength(name) > MAX_NAME_BYTES) name = name.slice(0, -1);
  // Half a character would be another name on the drive than the one that we know.
  if (/[\uD800-\uDBFF]$/.test(name)) name = name.slice(0, -1);
  // The last group of an UUID is random, and it is had from a stock: small files come by the thousand.
  const random = randomUUID().slice(-RANDOM_DIGITS);
  return `${target.slice(0, nameAt)}.${name}${MARK}${random}`;
}

/** Whether a name was made by `tempPathFor`, so that after a crash it may be removed. */
export function isTempName(name: string): boolean {
  return OURS.test(name);
}
