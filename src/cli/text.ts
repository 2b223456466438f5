/** Text for people: safe to print, aligned, dated. */
import { durationText } from '../core/wording.ts';

/**
 * Names come from cards and may hold anything: control characters (which could move the cursor and rewrite a verdict)
 * and marks that turn the writing direction are shown as their number instead.
 */
export function printable(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- exactly these are to be found
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Lines with aligned columns, two spaces between; nothing after the last column. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, lengthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - lengthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
}

const LETTERS = new Intl.Segmenter();

/** Letters as people count them, so that a label with emoji does not shift the rest by much. */
function lengthOf(text: string): number {
  return [...LETTERS.segment(text)].length;
}

export function indent(lines: readonly string[], by: string): string[] {
  return lines.map((line) => (line === '' ? '' : `${by}${line}`));
}

/** "2026-11-24 22:14" where the person is; "never" for null. */
export function whenText(iso: string | null, timeZone?: string): string {
  const at = iso === null ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return 'never';
  const zone = timeZone === undefined ? {} : { timeZone };
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    ...zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return format.format(at);
}

/** "40 s ago", "9 min ago", "3 days ago". */
export function agoText(iso: string | null, now: number): string {
  const at = iso === null ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return 'never';
  const seconds = (now - at) / 1000;
  if (seconds < -1) return 'later than now: the clock is or was wrong';
  const days = Math.floor(seconds / 86_400);
  return days >= 2 ? `${days} days ago` : `${durationText(Math.max(0, seconds))} ago`;
}
