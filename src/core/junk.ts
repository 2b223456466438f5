/** Which paths on a card are the operating system's litter: left out of the copies, but always listed as ignored. */

/** One entry of the list. Names are matched without regard to case. */
export interface JunkRule {
  /** A name as a person writes it; `*` stands for any text within a name. */
  readonly name: string;
  /** `root`: only at the top of the card, where systems put it. `anywhere`: in every folder. */
  readonly where: 'root' | 'anywhere';
  /** Who makes it; completes the sentence "left out: …". */
  readonly reason: string;
}

/**
 * The whole built-in list. What a camera writes for itself is never in it, and neither is what a repair saved:
 * `FOUND.000` and `LOST.DIR` can hold frames.
 */
export const BUILT_IN_JUNK: readonly JunkRule[] = [
  { name: '.Spotlight-V100', where: 'root', reason: 'search index of macOS' },
  { name: '.fseventsd', where: 'root', reason: 'change log of macOS' },
  { name: '.Trashes', where: 'root', reason: 'wastebasket of macOS' },
  { name: '.TemporaryItems', where: 'root', reason: 'temporary files of macOS' },
  { name: '.DocumentRevisions-V100', where: 'root', reason: 'document versions of macOS' },
  { name: '.VolumeIcon.icns', where: 'root', reason: 'icon of macOS' },
  { name: '.metadata_never_index', where: 'root', reason: 'search setting of macOS' },
  { name: '.apdisk', where: 'root', reason: 'sharing note of macOS' },
  { name: '.com.apple.timemachine.*', where: 'root', reason: 'backup note of macOS' },
  { name: '.DS_Store', where: 'anywhere', reason: 'folder view of macOS' },
  { name: '._*', where: 'anywhere', reason: 'AppleDouble file of macOS' },
  { name: '.Trash', where: 'root', reason: 'wastebasket of Linux' },
  { name: '.Trash-*', where: 'root', reason: 'wastebasket of Linux' },
  {
    name: 'lost+found',
    where: 'root',
    reason: 'made with every ext filesystem; no camera has one',
  },
  { name: 'System Volume Information', where: 'root', reason: 'system folder of Windows' },
  { name: '$RECYCLE.BIN', where: 'root', reason: 'wastebasket of Windows' },
  { name: 'RECYCLER', where: 'root', reason: 'wastebasket of Windows' },
  { name: 'RECYCLED', where: 'root', reason: 'wastebasket of Windows' },
  { name: 'Thumbs.db', where: 'anywhere', reason: 'picture cache of Windows' },
  { name: 'ehthumbs.db', where: 'anywhere', reason: 'picture cache of Windows' },
  { name: 'desktop.ini', where: 'anywhere', reason: 'folder view of Windows' },
];

/** Tells why a path is left out, or undefined when it is to be copied. */
export type JunkFilter = (path: string) => string | undefined;

/**
 * Makes a filter from the built-in list and the globs of `[cards] ignore`; make it once per scan.
 *
 * A pattern without a slash names a file or folder anywhere; one with a slash is taken from the card's root. `*`
 * and `?` stay within one name, `**` spans folders. A pattern that fits a folder leaves out all that is in it.
 */
export function junkFilter(extraPatterns: readonly string[]): JunkFilter {
  const extra = extraPatterns.map((pattern) => ({ pattern, matcher: globMatcher(pattern) }));
  return (path) => {
    const builtIn = builtInReason(path);
    if (builtIn !== undefined) return builtIn;
    const own = extra.find(({ matcher }) => matcher.test(path));
    return own === undefined ? undefined : `matches "${own.pattern}" in [cards] ignore`;
  };
}

/** The same for one path, relative to the card's root with forward slashes; a file's or a folder's. */
export function junkReason(path: string, extraPatterns: readonly string[]): string | undefined {
  return junkFilter(extraPatterns)(path);
}

const GLOB_PARTS: ReadonlyMap<string, string> = new Map([
  ['**/', '(?:.*/)?'],
  ['**', '.*'],
  ['*', '[^/]*'],
  ['?', '[^/]'],
]);

const MATCHERS = BUILT_IN_JUNK.map(({ name, where, reason }) => ({
  matcher: globMatcher(where === 'root' ? `/${name}` : name),
  reason,
}));

/** All of them in one, since nearly every path on a card of 100,000 files is none of them. */
const ANY_OF_THEM = new RegExp(MATCHERS.map(({ matcher }) => matcher.source).join('|'), 'iu');

function builtInReason(path: string): string | undefined {
  if (!ANY_OF_THEM.test(path)) return undefined;
  return MATCHERS.find(({ matcher }) => matcher.test(path))?.reason;
}

function globMatcher(pattern: string): RegExp {
  const anchored = pattern.replace(/\/+$/, '').includes('/');
  const names = pattern.replace(/^\/+|\/+$/g, '');
  // A pattern without any name would fit every path; it shall fit none.
  if (names === '') return /(?!)/;
  const body = names.replace(
    /\*\*\/|\*\*|\*|\?|[^*?]+/g,
    (part) => GLOB_PARTS.get(part) ?? literal(part),
  );
  return new RegExp(`${anchored ? '^' : '(?:^|/)'}${body}(?:/|$)`, 'iu');
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
