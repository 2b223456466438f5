/** Names of files that are not copies yet. */
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

const MARK = '.safelight-';
const RANDOM_BYTES = 6;
const OURS = new RegExp(`^\\..+\\${MARK}[0-9a-f]{${RANDOM_BYTES * 2}}$`, 's');

/** Filesystems take names of 255 bytes (or characters); what we add must fit in too. */
const MAX_NAME_BYTES = 200;

/** A new name beside the target: `.IMG_1.CR3.safelight-0a1b2c3d4e5f`. Long names are cut; only ours is unique. */
export function tempPathFor(target: string): string {
  let name = basename(target);
  while (Buffer.byteLength(name) > MAX_NAME_BYTES) name = name.slice(0, -1);
  const random = randomBytes(RANDOM_BYTES).toString('hex');
  return join(dirname(target), `.${name}${MARK}${random}`);
}

/** Whether a name was made by `tempPathFor`, so that after a crash it may be removed. */
export function isTempName(name: string): boolean {
  return OURS.test(name);
}
