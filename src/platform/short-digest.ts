/** A short name for a long text: the first 16 hex digits of its SHA-256. */
import { createHash } from 'node:crypto';

/** 16 lower-case hex digits; the same text gives the same name on every machine. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}
