/** Lists the mounted volumes of a Linux system. */
import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { errnoOf } from '../errno.ts';
import type { FoundVolume, ListingWishes, MountedMedium, VolumeLister } from '../found-volume.ts';
import { orAbort, within } from '../or-abort.ts';
import type { VolumeTrouble } from '../../ports/volume-source.ts';
import type { Medium } from '../place.ts';
import { cannotOpen, NOT_IDENTIFIED, STUCK, SWAPPED } from '../volume-trouble.ts';
import { probeFilesystem } from './blkid.ts';
import { Identifier, type Identity, type JustLearnt, type Probes } from './identify.ts';
import { LINUX_SOURCES, type LinuxSources } from './linux-places.ts';
import { listBlockDevices } from './lsblk.ts';
import { deviceText, mediaAreIn, mediumOf, sequenceIfIn } from './media.ts';
import { type Mount, readMounts } from './mountinfo.ts';
import type { Sysfs } from './sysfs.ts';
import { filesystemName, volumeFacts } from './volume-facts.ts';

export interface LinuxListerOptions {
  /** Loop-mounted images count as cards. */
  readonly loopDevices: boolean;
  readonly sources?: LinuxSources;
  readonly probes?: Probes;
  readonly justLearnt?: JustLearnt;
}

/** Filesystems that cameras and recorders format their cards with. `fuseblk` hides which one it is. */
const CARD_TYPES: ReadonlySet<string> = new Set(['vfat', 'exfat', 'ntfs', 'udf', 'fuseblk']);
/** Images that hold programs, not frames. */
const PROGRAM_IMAGES: ReadonlySet<string> = new Set(['squashfs', 'erofs', 'cramfs', 'romfs']);
/** A root that does not answer within this time belongs to a medium in trouble. */
const ROOT_PATIENCE_MS = 5_000;

export function linuxVolumes(options: LinuxListerOptions): VolumeLister {
  return new LinuxVolumes(options);
}

class LinuxVolumes implements VolumeLister {
  readonly #loopDevices: boolean;
  readonly #sources: LinuxSources;
  readonly #identifier: Identifier;
  /** The medium each mount was first seen with. */
  #mountedWith = new Map<string, string>();

  constructor({ loopDevices, sources = LINUX_SOURCES, probes, justLearnt }: LinuxListerOptions) {
    this.#loopDevices = loopDevices;
    this.#sources = sources;
    this.#identifier = new Identifier(probes ?? { probeFilesystem, listBlockDevices }, justLearnt);
  }

  async list(wishes: ListingWishes, signal: AbortSignal): Promise<readonly FoundVolume[]> {
    const mounts = await orAbort(readMounts(this.#sources.mountinfo), signal);
    const found = await Promise.all(
      oneMountEach(mounts).map((mount) => this.#look(mount, wishes, signal)),
    );
    const seen = found.filter((one) => one !== undefined);
    this.#mountedWith = new Map(seen.map((one) => [one.mountKey, one.firstMedium]));
    this.#identifier.keepOnly(new Set(seen.map((one) => one.firstMedium)));
    return seen.flatMap(({ volume }) => (volume === undefined ? [] : [volume]));
  }

  /** Asked before and after each file, so it must be cheap. Where another thing is mounted the device differs. */
  async stillMounted({ root, device, sequence }: MountedMedium): Promise<boolean> {
    if ((await sequenceIfIn(this.#sources.sysfs, sequence)) !== sequence) return false;
    const stats = await within(stat(root), ROOT_PATIENCE_MS, undefined);
    return stats !== undefined && deviceText(stats.dev) === device;
  }

  async #look(mount: Mount, wishes: ListingWishes, signal: AbortSignal): Promise<Seen | undefined> {
    const { sysfs } = this.#sources;
    const name = await sysfs.nameOf(mount.device);
    const medium = await mediumOf(sysfs, mount);
    // A device that has vanished from /sys below its mount is a card that was pulled.
    if (name === undefined || !(await mediaAreIn(sysfs, medium.sequence))) return undefined;
    const type = filesystemName(mount.fsType);
    const image = medium.kind === 'image' && this.#loopDevices && !PROGRAM_IMAGES.has(type);
    const wished = wishes.roots.has(mount.mountPoint);
    const cardType = CARD_TYPES.has(type) && (medium.kind !== 'image' || this.#loopDevices);
    if (!cardType && !image && !wished) return undefined;

    const mountKey = `${mount.id} ${mount.device} ${mount.mountPoint}`;
    const mediumNow = `${medium.sequence} ${mount.device}`;
    const firstMedium = this.#mountedWith.get(mountKey) ?? mediumNow;
    const seen = { mountKey, firstMedium };
    const root = await rootOf(mount);
    if (root.state === 'hidden') return seen;
    const devicePath = mount.source.startsWith('/dev/') ? mount.source : `/dev/${name}`;
    const target = { medium: mediumNow, device: mount.device, devicePath };
    const swapped = firstMedium !== mediumNow;
    // Below a stale mount the kernel answers for the former card: nothing is asked.
    const identity = swapped ? undefined : await this.#identifier.identify(target, signal);
    // A FUSE block driver may turn out to serve something that no camera uses.
    const trueType = identity?.fsType ?? type;
    const cardLike = image || (cardType && CARD_TYPES.has(filesystemName(trueType)));
    const trouble = swapped
      ? SWAPPED
      : (root.trouble ?? (identity === undefined ? NOT_IDENTIFIED : undefined));
    const volume = await describe(sysfs, { mount, name, medium, identity, devicePath, type });
    return {
      ...seen,
      volume: { ...volume, cardLike, ...(trouble === undefined ? {} : { trouble }) },
    };
  }
}

interface Seen {
  /** The mount as far as the kernel lets it be told from later ones. */
  readonly mountKey: string;
  /** Sequence and device when this mount was seen for the first time. */
  readonly firstMedium: string;
  readonly volume?: FoundVolume;
}

/** Whole filesystems on block devices, each once: the read-only mount if there is one, else the oldest. */
function oneMountEach(mounts: readonly Mount[]): readonly Mount[] {
  const chosen = new Map<string, Mount>();
  for (const mount of mounts) {
    // Bind mounts and subvolumes show a part; the whole is what a card is.
    if (mount.device.startsWith('0:') || mount.fsRoot !== '/') continue;
    const other = chosen.get(mount.device);
    if (other === undefined || (mount.options.has('ro') && !other.options.has('ro'))) {
      chosen.set(mount.device, mount);
    }
  }
  return [...chosen.values()];
}

type RootState =
  | { readonly state: 'open'; readonly trouble?: VolumeTrouble }
  /** Another filesystem is mounted over it. */
  | { readonly state: 'hidden' };

async function rootOf(mount: Mount): Promise<RootState> {
  let stats: Stats | undefined;
  try {
    stats = await within(stat(mount.mountPoint), ROOT_PATIENCE_MS, undefined);
  } catch (error) {
    return { state: 'open', trouble: cannotOpen(mount.mountPoint, error) };
  }
  if (stats === undefined) return { state: 'open', trouble: STUCK };
  if (deviceText(stats.dev) !== mount.device) return { state: 'hidden' };
  const refused = await access(mount.mountPoint, constants.R_OK | constants.X_OK).catch(
    (error: unknown) => error,
  );
  return errnoOf(refused) === 'EACCES'
    ? { state: 'open', trouble: cannotOpen(mount.mountPoint, refused) }
    : { state: 'open' };
}

async function describe(
  sysfs: Sysfs,
  facts: {
    readonly mount: Mount;
    readonly name: string;
    readonly medium: Medium;
    readonly identity: Identity;
    readonly devicePath: string;
    readonly type: string;
  },
): Promise<Omit<FoundVolume, 'cardLike' | 'trouble'>> {
  const { mount, name, medium, identity, devicePath, type } = facts;
  const { sequence } = medium;
  const { kind: _kind, ...known } = await volumeFacts(sysfs, { name, sequence, identity, type });
  return {
    root: mount.mountPoint,
    devicePath,
    device: mount.device,
    label: identity?.label ?? basename(mount.mountPoint),
    medium,
    ...known,
  };
}
