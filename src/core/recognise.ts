/**
 * Whether a tree comes from a camera or a recorder, and from which: told from one listing, no file is opened.
 *
 * Signs are weighed because no single one can be trusted: a stick can hold a DCIM folder, a card can hold a program
 * its maker put there.
 */
import type { FileRole, Scan } from './inventory.ts';
import { junkFilter } from './junk.ts';
import { LAYOUTS, type Layout, type LayoutId } from './layouts.ts';
import { roleOf } from './roles.ts';

/** What is known about a tree besides its listing. */
export interface VolumeTraits {
  readonly fsType: string;
  /** `volume`: it was plugged in. `watch`, `offered`: a person put or named it there. */
  readonly origin: 'volume' | 'watch' | 'offered';
  readonly label: string;
}

export interface Recognition {
  readonly layouts: ReadonlySet<LayoutId>;
  /** The most telling of the layouts. */
  readonly primary?: LayoutId;
  /**
   * Whether to offload it without being asked. A folder that a person offers is offloaded whatever this says.
   * Own destinations and excluded volumes must have been refused before.
   */
  readonly isCameraCard: boolean;
  /** The sum of all signs; a plugged-in volume is a card from `CARD_SCORE` on. */
  readonly score: number;
  /** What was found, in words, for and against. */
  readonly reasons: readonly string[];
  /** Pictures, clips and recordings; a card can have hundreds of files and none of these. */
  readonly mediaFiles: number;
  readonly mediaBytes: number;
}

/** The least score that makes a plugged-in volume a camera card. */
export const CARD_SCORE = 4;
/** From this weight against it a watched folder with media is still an ordinary stick's tree. */
const ORDINARY_WEIGHT = 5;
const MEDIA_SHARE = 0.8;
const STRANGE_SHARE = 0.3;

interface Sign {
  readonly weight: number;
  readonly reason: string;
}

/** Weighs a listing. Linear in the number of files and folders. */
export function recognise(
  scan: Pick<Scan, 'files' | 'folders'>,
  volume: VolumeTraits,
): Recognition {
  const listing = listingOf(scan);
  const media = listing.files.filter((file) => file.role === 'media');
  const mediaBytes = bytesOf(media);
  const found = layoutsIn(listing.names);
  const signs = [
    ...layoutSigns(found),
    ...cameraSigns(listing, found, volume),
    ...mediaSign(listing.files, media.length, mediaBytes),
    ...ordinarySigns(listing, volume),
  ];
  const score = signs.reduce((sum, sign) => sum + sign.weight, 0);
  const against = signs.reduce((sum, sign) => sum + Math.max(0, -sign.weight), 0);
  const putThere = volume.origin !== 'volume' && media.length > 0 && against < ORDINARY_WEIGHT;
  const [primary] = found;
  return {
    layouts: new Set(found.map(({ layout }) => layout.id)),
    ...(primary === undefined ? {} : { primary: primary.layout.id }),
    isCameraCard: score >= CARD_SCORE || putThere,
    score,
    reasons: signs.map((sign) => sign.reason),
    mediaFiles: media.length,
    mediaBytes,
  };
}

/** A scan made ready for weighing, without junk. */
interface Listing {
  readonly files: readonly WeighedFile[];
  /** All paths; a folder's ends with a slash. */
  readonly names: readonly string[];
  readonly hasDcim: boolean;
}

interface WeighedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly role: FileRole;
}

function listingOf(scan: Pick<Scan, 'files' | 'folders'>): Listing {
  const isJunk = junkFilter([]);
  const files = scan.files
    .filter((file) => isJunk(file.path) === undefined)
    .map(({ path, sizeBytes }) => ({ path, sizeBytes, role: roleOf(path) }));
  const paths = files.map((file) => file.path);
  const folders = foldersOf(paths, scan.folders).filter((f) => isJunk(f) === undefined);
  const hasDcim = folders.some((folder) => /^dcim\/$/i.test(folder));
  return { files, names: [...folders, ...paths], hasDcim };
}

/** Every folder with a slash at its end: those listed, and those that must exist because something is in them. */
function foldersOf(files: readonly string[], listed: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  const add = (path: string): void => {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash + 1);
      if (folders.has(folder)) return;
      folders.add(folder);
    }
  };
  for (const folder of listed) add(`${folder}/`);
  for (const file of files) add(file);
  return [...folders];
}

/** The layouts among paths of files, relative to the card's root. */
export function layoutsOf(paths: readonly string[]): ReadonlySet<LayoutId> {
  const names = [...foldersOf(paths, []), ...paths];
  return new Set(layoutsIn(names).map(({ layout }) => layout.id));
}

interface FoundLayout {
  readonly layout: Layout;
  /** The path that met the signature's first pattern. */
  readonly example: string;
}

function layoutsIn(names: readonly string[]): readonly FoundLayout[] {
  const found: FoundLayout[] = [];
  for (const layout of LAYOUTS) {
    for (const alternative of layout.signature) {
      const hits = alternative.map((pattern) => names.find((name) => pattern.test(name)));
      const [example] = hits;
      if (example === undefined || hits.includes(undefined)) continue;
      found.push({ layout, example });
      break;
    }
  }
  return found;
}

function layoutSigns(found: readonly FoundLayout[]): readonly Sign[] {
  const weight = found.some(isStrong) ? 6 : 2;
  // Layouts explain one another (a Canon card is a DCF card too): only the strength counts, not the number.
  return found.map(({ layout, example }, index) => ({
    weight: index === 0 ? weight : 0,
    reason: `${layout.name} layout: ${example}`,
  }));
}

function isStrong({ layout }: FoundLayout): boolean {
  return layout.strength === 'strong';
}

const FAT = /^(vfat|msdos|fat(12|16|32)?|exfat|fuse\.exfat|exfat-fuse)$/i;
const COMPUTER_FS = /^(ext[234]|btrfs|xfs|zfs|f2fs|apfs|ntfs3?)$/i;
/** Labels that camera makers write. Worth little: people write labels too, and most cameras write none. */
const CAMERA_LABEL = /^(eos_digital|nikon .*|cam_sd|gopro|insta360|dji.*|[a-z]\d{3})$/i;

function cameraSigns(
  listing: Listing,
  found: readonly FoundLayout[],
  volume: VolumeTraits,
): readonly Sign[] {
  const signs: Sign[] = [];
  const plugged = volume.origin === 'volume';
  if (listing.hasDcim && !found.some(isStrong) && plugged && FAT.test(volume.fsType)) {
    signs.push({ weight: 4, reason: `a DCIM folder on ${volume.fsType}` });
  }
  const own = listing.files.find((file) => file.role === 'management');
  if (own !== undefined) {
    signs.push({ weight: 2, reason: `a file that cameras keep for themselves: ${own.path}` });
  }
  if (listing.hasDcim && CAMERA_LABEL.test(volume.label)) {
    signs.push({ weight: 1, reason: `a label as cameras write it: ${volume.label}` });
  }
  return signs;
}

function mediaSign(
  files: readonly WeighedFile[],
  mediaFiles: number,
  mediaBytes: number,
): readonly Sign[] {
  const allBytes = bytesOf(files);
  const share = allBytes > 0 ? mediaBytes / allBytes : mediaFiles / Math.max(1, files.length);
  return share > MEDIA_SHARE ? [{ weight: 1, reason: 'nearly all of it is media' }] : [];
}

/** What computers and people put on sticks and drives, and cameras do not. */
const ORDINARY: readonly (Sign & { readonly pattern: RegExp })[] = [
  { weight: -2, pattern: /^autorun\.inf$/i, reason: 'a program starter' },
  {
    weight: -2,
    pattern: /^([^/]+\/)?[^/]+\.(exe|msi|bat|cmd|dmg|pkg|deb|rpm|appimage)$/i,
    reason: 'a program',
  },
  { weight: -4, pattern: /^(my )?documents\//i, reason: 'a documents folder' },
  { weight: -4, pattern: /^android\//i, reason: "a phone's folder" },
  {
    weight: -2,
    pattern: /^(downloads|desktop|music)\//i,
    reason: "a computer's folder",
  },
  {
    weight: -5,
    pattern: /^(windows|users|program files|system|library|applications|home|usr|etc)\//i,
    reason: 'a system folder',
  },
  {
    weight: -5,
    pattern: /^(backups\.backupdb|[^/]+\.(sparsebundle|backupbundle))\//i,
    reason: 'a Time Machine backup',
  },
];

function ordinarySigns({ names, files }: Listing, volume: VolumeTraits): readonly Sign[] {
  const signs: Sign[] = [];
  for (const { weight, pattern, reason } of ORDINARY) {
    const example = names.find((name) => pattern.test(name));
    if (example !== undefined) signs.push({ weight, reason: `against it: ${reason}, ${example}` });
  }
  // What has its own sign above is not counted against the card twice.
  const strange = files.filter(
    ({ role, path }) => role === 'other' && !ORDINARY.some(({ pattern }) => pattern.test(path)),
  ).length;
  if (strange > files.length * STRANGE_SHARE) {
    signs.push({ weight: -2, reason: 'against it: many files that no camera writes' });
  }
  if (volume.origin === 'volume' && COMPUTER_FS.test(volume.fsType)) {
    signs.push({ weight: -2, reason: `against it: no camera formats ${volume.fsType}` });
  }
  return signs;
}

function bytesOf(files: readonly { readonly sizeBytes: number }[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
