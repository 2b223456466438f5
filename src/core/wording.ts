/** Numbers as a photographer reads them. */

/** 1840 → "1,840". */
export function groupDigits(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 file", "1,840 files". */
export function filesText(count: number): string {
  return `${groupDigits(count)} ${count === 1 ? 'file' : 'files'}`;
}

/** From here on one decimal would round up to 1000.0. */
const NEXT_UNIT = 999.95;
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, as on the card's label: 64000000000 → "64.0 GB". */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= (unit === 0 ? 1000 : NEXT_UNIT) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${groupDigits(value)} bytes` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds as somebody waiting wants them: "40 s", "9 min", "2 h 5 min". */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
