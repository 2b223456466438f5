/** Lists the mounted volumes of a Mac. Written from Apple's documentation and not run on a Mac. */
import { opendir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { errnoOf } from '../errno.ts';
import type { FoundVolume, VolumeLister } from '../found-volume.ts';
import type { VolumeTrouble } from '../../ports/volume-source.ts';
import { within } from '../or-abort.ts';
import { cannotOpen } from '../volume-trouble.ts';
import { mediumOn } from './darwin-places.ts';
import type { DiskUtility } from './diskutil.ts';
import type { DarwinMount } from './parse-diskutil.ts';

/** macOS's names of the filesystems that cameras use, and the names the rest of the world uses. */
const CARD_TYPES: ReadonlyMap<string, string> = new Map([
  ['msdos', 'vfat'],
  ['exfat', 'exfat'],
  ['ntfs', 'ntfs'],
  ['udf', 'udf'],
]);
const ROOT_PATIENCE_MS = 5_000;

/** What macOS answers, or fails to answer, when a service has not been allowed to read removable volumes. */
const NOT_ALLOWED: VolumeTrouble = {
  sentence: 'MacOS does not let the service read it.',
  hint: 'Allow it under System Settings, Privacy & Security, Files and Folders (Removable Volumes) or Full Disk Access.',
};

export interface DarwinListerOptions {
  readonly loopDevices: boolean;
  readonly disks: DiskUtility;
}

export function darwinVolumes({ loopDevices, disks }: DarwinListerOptions): VolumeLister {
  return {
    async list({ roots }, signal) {
      const mounts = (await disks.mounts(signal)).filter(({ source }) =>
        source.startsWith('/dev/'),
      );
      const volumes: FoundVolume[] = [];
      for (const mount of mounts) {
        const wished = roots.has(mount.mountPoint);
        // Everything else is not asked about: diskutil takes its time for each.
        if (!CARD_TYPES.has(mount.fsType) && !wished && !loopDevices) continue;
        const volume = await describe(disks, mount, signal);
        const image = volume.medium.kind === 'image';
        const cardLike = image ? loopDevices : CARD_TYPES.has(mount.fsType);
        if (cardLike || wished) volumes.push({ ...volume, cardLike });
      }
      return volumes;
    },
    async stillMounted({ root, device, sequence }) {
      const [node, top] = await Promise.all([stat(`/dev/${device}`), stat(root)]);
      return node.isBlockDevice() && sequence === `${device}@${top.dev}`;
    },
  };
}

async function describe(
  disks: DiskUtility,
  mount: DarwinMount,
  signal: AbortSignal,
): Promise<Omit<FoundVolume, 'cardLike'>> {
  const device = mount.source.slice('/dev/'.length);
  const info = await disks.info(device, signal);
  const medium = await mediumOn(disks, mount, signal);
  const top = await within(
    stat(mount.mountPoint).catch(() => undefined),
    ROOT_PATIENCE_MS,
    undefined,
  );
  const trouble = await rootTrouble(mount.mountPoint);
  return {
    root: mount.mountPoint,
    devicePath: mount.source,
    device,
    fsType: CARD_TYPES.get(mount.fsType) ?? mount.fsType,
    label: info.label === '' ? basename(mount.mountPoint) : info.label,
    volumeSerial: info.volumeSerial,
    sizeBytes: info.sizeBytes,
    // There is no number of the medium on macOS: node and device number come nearest.
    medium: { ...medium, sequence: `${device}@${top?.dev ?? ''}` },
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** Without permission a listing fails or hangs, while `stat` works: so a listing is tried. */
async function rootTrouble(root: string): Promise<VolumeTrouble | undefined> {
  try {
    const dir = await within(opendir(root), ROOT_PATIENCE_MS, undefined);
    if (dir === undefined) return NOT_ALLOWED;
    await dir.close();
    return undefined;
  } catch (error) {
    return openTrouble(root, error);
  }
}

/** The sentence for a root that cannot be opened. */
export function openTrouble(root: string, error: unknown): VolumeTrouble {
  return errnoOf(error) === 'EPERM' ? NOT_ALLOWED : cannotOpen(root, error);
}
