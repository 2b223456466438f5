/**
 * Understands `diskutil info -plist` and the output of `mount`.
 *
 * Written from Apple's documentation (diskutil(8), mount(8)) and not run on a Mac.
 */
import { parsePlist, type PlistValue } from './plist.ts';

/** What diskutil says about one disk or one volume on it. Sizes in bytes. */
export interface DiskInfo {
  /** `disk4s1` */
  readonly identifier: string;
  /** `disk4`: the whole disk, or an APFS container that poses as one. */
  readonly wholeDisk: string;
  /** `exfat`, `msdos`, `ntfs`, `udf`, `apfs`, `hfs`; empty for a whole disk. */
  readonly fsType: string;
  readonly label: string;
  readonly volumeSerial: string;
  readonly sizeBytes: number;
  readonly model: string;
  /** Where in the device tree it hangs: port and slot, not the medium. */
  readonly treePath: string;
  /** The partitions below an APFS container. */
  readonly physicalStores: readonly string[];
  /** A disk image. */
  readonly image: boolean;
}

/** @throws VolumeError when the answer is no property list */
export function parseDiskInfo(text: string): DiskInfo {
  const info = parsePlist(text);
  return {
    identifier: textAt(info, 'DeviceIdentifier'),
    wholeDisk: textAt(info, 'ParentWholeDisk'),
    fsType: textAt(info, 'FilesystemType'),
    label: textAt(info, 'VolumeName'),
    volumeSerial: textAt(info, 'VolumeUUID'),
    sizeBytes: numberAt(info, 'TotalSize') || numberAt(info, 'Size'),
    model: textAt(info, 'MediaName'),
    treePath: textAt(info, 'DeviceTreePath'),
    physicalStores: storesOf(info),
    image: textAt(info, 'BusProtocol') === 'Disk Image',
  };
}

function storesOf(info: PlistValue): readonly string[] {
  const stores = at(info, 'APFSPhysicalStores');
  if (!Array.isArray(stores)) return [];
  const list: readonly PlistValue[] = stores;
  return list.map((store) => textAt(store, 'APFSPhysicalStore')).filter((name) => name !== '');
}

function at(value: PlistValue, key: string): PlistValue | undefined {
  return value instanceof Map ? value.get(key) : undefined;
}

function textAt(value: PlistValue, key: string): string {
  const found = at(value, key);
  return typeof found === 'string' ? found : '';
}

function numberAt(value: PlistValue, key: string): number {
  const found = at(value, key);
  return typeof found === 'number' ? found : 0;
}

/** One line of `mount`. */
export interface DarwinMount {
  /** `/dev/disk4s1`, `//user@server/share`, `map auto_home`. */
  readonly source: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly readOnly: boolean;
}

/** Lines look like `/dev/disk4s1 on /Volumes/EOS DIGITAL (exfat, local, nodev, nosuid, read-only)`. */
export function parseMountTable(text: string): readonly DarwinMount[] {
  return text.split('\n').flatMap((line) => {
    const [, source, mountPoint, options] = /^(.+?) on (\/.*) \(([^()]*)\)$/.exec(line) ?? [];
    if (source === undefined || mountPoint === undefined || options === undefined) return [];
    const [fsType = '', ...flags] = options.split(', ');
    return [{ source, mountPoint, fsType, readOnly: flags.includes('read-only') }];
  });
}
