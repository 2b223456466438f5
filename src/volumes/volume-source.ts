/** What is plugged in, put together: mounted volumes, watched sub-folders and offered folders; own places left out. */
import { lstat, realpath } from 'node:fs/promises';
import type { Clock } from '../ports/clock.ts';
import type {
  Insertion,
  InsertionListing,
  VolumeSource,
  VolumeTrouble,
} from '../ports/volume-source.ts';
import { holdsMarker } from './destination-marker.ts';
import {
  OTHER_DESTINATION,
  OWN_DESTINATION,
  type OwnFolder,
  ownFolderAt,
  type OwnPlaces,
  ownPlaces,
  sharesDestination,
  SYSTEM_DISK,
  touchesDestination,
} from './exclusion.ts';
import type { FoundVolume } from './found-volume.ts';
import { folderHint } from './folder-hint.ts';
import { pause } from './hint.ts';
import { folderKey, readVolumeKey, volumeKey } from './insertion-key.ts';
import type { JustLearnt } from './linux/identify.ts';
import { orAbort, within } from './or-abort.ts';
import { type PlatformParts, platformParts } from './platform-parts.ts';
import { troubleOf } from './volume-trouble.ts';
import { type SettledFolder, WatchFolders } from './watch-folders.ts';

export interface VolumeSourceOptions {
  readonly clock: Clock;
  /** `[cards] loopDevices`: loop-mounted images count as cards. */
  readonly loopDevices: boolean;
  /** `[cards] watch`: absolute paths whose sub-folders count as inserted cards. */
  readonly watchFolders: readonly string[];
  /** `[cards] watchSettle` in milliseconds; 0: a sub-folder counts at once. */
  readonly watchSettleMs: number;
  /** The configured destinations: they and their disks are never cards. */
  readonly destinationPaths: readonly string[];
  /** More folders that are never cards: the state folder, and remotes that are folders. */
  readonly ownFolders: readonly OwnFolder[];
  /** Folders that a person offered as cards, asked for at each listing. */
  readonly offers: () => Promise<readonly { readonly path: string; readonly label: string }[]>;
  /** What a mounter of this process tells of the media that it mounts. */
  readonly justLearnt?: JustLearnt;
  /** The system's own parts are taken when these are not given. */
  readonly parts?: PlatformParts;
}

/**
 * The longest time between two listings, however quiet the hints are. Each costs some tens of milliseconds of
 * processor time, so this is most of what an idle service costs.
 */
const LISTING_EVERY_MS = 30_000;
const STILL_IN_PATIENCE_MS = 5_000;

/** The source for this machine: Linux, macOS, or the portable one. */
export function makeVolumeSource(options: VolumeSourceOptions): VolumeSource {
  return new LocalVolumeSource(options, options.parts ?? platformParts(process.platform, options));
}

class LocalVolumeSource implements VolumeSource {
  readonly #options: VolumeSourceOptions;
  readonly #parts: PlatformParts;
  readonly #watchFolders: WatchFolders;
  /** Whether what has this key holds a destination marker; asked once per insertion. */
  #marked = new Map<string, boolean>();
  /** The watched sub-folders of the last listing, by path. */
  #inWatch = new Map<string, Insertion>();
  #nextInMs = LISTING_EVERY_MS;
  #waitAnew: () => void = () => {};

  constructor(options: VolumeSourceOptions, parts: PlatformParts) {
    this.#options = options;
    this.#parts = parts;
    this.#watchFolders = new WatchFolders({
      roots: options.watchFolders,
      settleMs: options.watchSettleMs,
      clock: options.clock,
    });
  }

  async list(signal: AbortSignal): Promise<InsertionListing> {
    signal.throwIfAborted();
    try {
      return await orAbort(this.#list(signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      return { state: 'unknown', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #list(signal: AbortSignal): Promise<InsertionListing> {
    const { lister, places, systemDisks } = this.#parts;
    const own = await ownPlaces(places, this.#options.destinationPaths);
    const offers = await this.#offers();
    const system = await systemDisks();
    const marked = new Map<string, boolean>();
    const insertions: Insertion[] = [];
    const troubles: VolumeTrouble[] = [];

    for (const volume of await lister.list({ roots: new Set(offers.keys()) }, signal)) {
      const offered = offers.has(volume.root);
      if (!volume.cardLike && !offered) continue;
      offers.delete(volume.root);
      const insertion = fromVolume(volume, offered);
      const excluded =
        (sharesDestination(volume, own) ? OWN_DESTINATION : undefined) ??
        volume.trouble?.sentence ??
        (volume.medium.disks.some((disk) => system.has(disk)) ? SYSTEM_DISK : undefined) ??
        (!offered && (await this.#isMarked(insertion, marked)) ? OTHER_DESTINATION : undefined);
      insertions.push(withExclusion(insertion, excluded));
      const { trouble } = volume;
      if (trouble !== undefined && excluded === trouble.sentence) {
        const { label, facts, root } = insertion;
        const about = { label, facts, places: [root, volume.devicePath] };
        troubles.push({ ...troubleOf(label, volume, trouble), about });
      }
    }
    const watched = await this.#watchFolders.list(signal);
    const inWatch = new Map<string, Insertion>();
    for (const folder of watched.folders) {
      if (offers.has(folder.realPath)) continue;
      const insertion = await this.#fromWatched(folder);
      if (insertion === undefined) continue;
      inWatch.set(folder.realPath, insertion);
      const excluded =
        (await this.#whyOwn(folder.realPath, own)) ??
        ((await this.#isMarked(insertion, marked)) ? OTHER_DESTINATION : undefined);
      insertions.push(withExclusion(insertion, excluded));
    }
    this.#inWatch = inWatch;
    for (const [path, label] of offers) {
      insertions.push(...(await this.#fromOffer(path, label, own)));
    }
    this.#marked = marked;
    this.#nextInMs = Math.min(LISTING_EVERY_MS, watched.nextInMs ?? LISTING_EVERY_MS);
    if (this.#nextInMs < LISTING_EVERY_MS) this.#waitAnew();
    troubles.push(...watched.troubles);
    return { state: 'known', insertions, ...(troubles.length === 0 ? {} : { troubles }) };
  }

  async watch(wake: () => void, signal: AbortSignal): Promise<void> {
    const { clock, watchFolders } = this.#options;
    const context = { wake, clock, signal };
    const hints = [...this.#parts.hints, ...watchFolders.map((folder) => folderHint(folder))];
    await Promise.all([this.#timer(wake, signal), ...hints.map((hint) => hint(context))]);
  }

  /** Wakes when the longest wait is over, or when a watched sub-folder may have settled. */
  async #timer(wake: () => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const early = new AbortController();
      const stop = (): void => early.abort();
      signal.addEventListener('abort', stop, { once: true });
      this.#waitAnew = stop;
      await pause(Math.max(1, this.#nextInMs), { clock, signal: early.signal });
      signal.removeEventListener('abort', stop);
      if (!early.signal.aborted) wake();
    }
  }

  async stillIn(insertion: Insertion): Promise<boolean> {
    const answer = this.#stillIn(insertion).catch(() => false);
    return within(answer, STILL_IN_PATIENCE_MS, false);
  }

  async #stillIn({ key, root }: Insertion): Promise<boolean> {
    const volume = readVolumeKey(key);
    if (volume !== undefined) return this.#parts.lister.stillMounted({ ...volume, root });
    return (await this.#lookAtFolder(root))?.key === key;
  }

  /** Offered folders by their real path; what is not there now is not in. */
  async #offers(): Promise<Map<string, string>> {
    const offers = new Map<string, string>();
    for (const { path, label } of await this.#options.offers()) {
      const real = await realpath(path).catch(() => undefined);
      if (real !== undefined) offers.set(real, label);
    }
    return offers;
  }

  async #fromOffer(path: string, label: string, own: OwnPlaces): Promise<readonly Insertion[]> {
    const found = await this.#lookAtFolder(path).catch(() => undefined);
    if (found === undefined) return [];
    const insertion = fromFolder('offered', path, label, found);
    return [withExclusion(insertion, await this.#whyOwn(path, own))];
  }

  async #whyOwn(path: string, own: OwnPlaces): Promise<string | undefined> {
    if (touchesDestination(path, own)) return OWN_DESTINATION;
    return ownFolderAt(path, this.#options.ownFolders);
  }

  /** A settled folder that cannot be looked at just now is as it was: not knowing is not the same as gone. */
  async #fromWatched({ realPath, name }: SettledFolder): Promise<Insertion | undefined> {
    const before = this.#inWatch.get(realPath);
    const found = await this.#lookAtFolder(realPath).catch(() => before);
    return found === undefined ? undefined : fromFolder('watch', realPath, name, found);
  }

  /** Undefined when there is no folder at this path. */
  async #lookAtFolder(realPath: string): Promise<LookedAt | undefined> {
    const stats = await lstat(realPath);
    if (!stats.isDirectory()) return undefined;
    const { medium, fsType } = await this.#parts.places.placeOf(realPath);
    const { dev: deviceNumber, ino: inode } = stats;
    return { key: folderKey({ realPath, deviceNumber, inode, sequence: medium.sequence }), fsType };
  }

  async #isMarked({ key, root }: Insertion, marked: Map<string, boolean>): Promise<boolean> {
    const known = this.#marked.get(key) ?? (await holdsMarker(root));
    marked.set(key, known);
    return known;
  }
}

function fromVolume(volume: FoundVolume, offered: boolean): Insertion {
  const { root, label, fsType, volumeSerial, sizeBytes, hardwareSerial, medium } = volume;
  return {
    key: volumeKey({ sequence: medium.sequence, device: volume.device }, volumeSerial),
    origin: offered ? 'offered' : 'volume',
    root,
    label: label === '' ? fsType : label,
    facts: {
      kind: 'volume',
      fsType,
      volumeSerial,
      sizeBytes,
      ...(hardwareSerial === undefined ? {} : { hardwareSerial }),
    },
    fsType,
    mediumId: medium.id,
    devicePath: volume.devicePath,
  };
}

type LookedAt = Pick<Insertion, 'key' | 'fsType'>;

/** Without a medium: a folder may well lie on the same disk as a destination, a card may not. */
function fromFolder(
  origin: 'watch' | 'offered',
  realPath: string,
  label: string,
  { key, fsType }: LookedAt,
): Insertion {
  return { key, origin, root: realPath, label, facts: { kind: 'folder', realPath }, fsType };
}

function withExclusion(insertion: Insertion, excluded: string | undefined): Insertion {
  return excluded === undefined ? insertion : { ...insertion, excluded };
}
