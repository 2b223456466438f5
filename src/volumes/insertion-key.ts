/** The key of an insertion: text that is equal exactly while the same medium stays in. */
import type { MountedMedium } from './found-volume.ts';

/** What a folder's key is made of. Change times are not in it: files come and go in a folder. */
export interface FolderIdentity {
  readonly realPath: string;
  readonly deviceNumber: number;
  readonly inode: number;
  /** The sequence of the medium it is on; empty where there is none. */
  readonly sequence: string;
}

/** Key of a mounted volume. */
export function volumeKey(medium: Omit<MountedMedium, 'root'>, volumeSerial: string): string {
  return `volume ${medium.sequence} ${medium.device} ${volumeSerial}`;
}

/** Key of a folder that counts as a card. */
export function folderKey(folder: FolderIdentity): string {
  const { sequence, deviceNumber, inode, realPath } = folder;
  return `folder ${sequence} ${deviceNumber} ${inode} ${realPath}`;
}

/** What a volume's key says; undefined for any other text. */
export function readVolumeKey(key: string): Omit<MountedMedium, 'root'> | undefined {
  const [, sequence, device] = /^volume (\S*) (\S+) /.exec(key) ?? [];
  return sequence === undefined || device === undefined ? undefined : { sequence, device };
}
