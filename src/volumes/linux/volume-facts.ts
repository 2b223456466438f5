/** What tells one card from another, told in the same way of one that is mounted and of one that is not. */
import type { VolumeFacts } from '../../core/card.ts';
import { cardSerial } from './disk-name.ts';
import type { Identity } from './identify.ts';
import { disksOfSequence } from './media.ts';
import type { Sysfs } from './sysfs.ts';

/** One filesystem under several names of drivers. */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['msdos', 'vfat'],
  ['ntfs3', 'ntfs'],
]);

export function filesystemName(type: string): string {
  return TYPE_NAMES.get(type) ?? type;
}

/** `name`: the block device's; `type`: what counts where the identity does not say. */
export async function volumeFacts(
  sysfs: Sysfs,
  of: {
    readonly name: string;
    readonly sequence: string;
    readonly identity: Identity;
    readonly type: string;
  },
): Promise<VolumeFacts> {
  const { name, sequence, identity, type } = of;
  const [disk, ...others] = disksOfSequence(sequence);
  const hardwareSerial =
    disk === undefined || others.length > 0 ? undefined : await cardSerial(sysfs, disk);
  return {
    kind: 'volume',
    fsType: filesystemName(identity?.fsType ?? type),
    // Without a serial nothing ties two insertions together: each is a card of its own, which only costs a copy.
    volumeSerial: identity?.volumeSerial ?? `none:${sequence}`,
    sizeBytes: (await sysfs.sizeBytes(name)) ?? 0,
    ...(hardwareSerial === undefined ? {} : { hardwareSerial }),
  };
}
