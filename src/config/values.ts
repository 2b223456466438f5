/** How single values are written: times, shares, addresses. Pure; undefined means "not such a value". */

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** "30d", "12h", "15m", "30s", "0s", "1.5h" → milliseconds. A number needs its unit. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?) ?([a-z]{1,3})$/.exec(text.trim());
  const unit = UNIT_MS.get(match?.[2] ?? '');
  if (match === null || unit === undefined) return undefined;
  return Math.round(Number(match[1]) * unit);
}

/** "1%", "0.5%", "100%" → a share between 0 and 1. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(text.trim());
  const percent = match === null ? Number.NaN : Number(match[1]);
  return percent <= 100 ? percent / 100 : undefined;
}

/** Where the page is served. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Only this machine can reach it. */
  readonly loopback: boolean;
}

/** "127.0.0.1:7878", "[::1]:7878", "localhost:7878", "0.0.0.0:80". */
export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) return undefined;
  return { host, port, loopback: isLoopback(host) };
}

/** Whether a host name or address, brackets or not, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** An http or https address without a user name or password in it; undefined for anything else. */
export function parseHttpUrl(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? url : undefined;
}
