/** Finds the physical medium below a mount. */
import { stat } from 'node:fs/promises';
import { asMediumId } from '../../core/ids.ts';
import type { Medium } from '../place.ts';
import { diskName } from './disk-name.ts';
import type { Mount } from './mountinfo.ts';
import type { Sysfs } from './sysfs.ts';

const NETWORK_TYPES: ReadonlySet<string> = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'ceph',
  'afs',
  'davfs',
  'ncpfs',
  '9p',
  'virtiofs',
  'fuse.sshfs',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.davfs2',
  'fuse.curlftpfs',
  'fuse.gvfsd-fuse',
]);
const MEMORY_TYPES: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'devtmpfs', 'hugetlbfs']);

/** The medium below a mount. Never fails: what cannot be told is of the kind `unseen`. */
export async function mediumOf(sysfs: Sysfs, mount: Mount): Promise<Medium> {
  if (NETWORK_TYPES.has(mount.fsType)) return networkMedium(mount);
  if (MEMORY_TYPES.has(mount.fsType)) return plainMedium('memory', `fs:${mount.device}`);
  // A pool names itself as source; all datasets of a pool share its disks.
  if (mount.fsType === 'zfs') {
    return plainMedium('disk', `pool:${mount.source.split('/', 1)[0] ?? ''}`);
  }
  const names = await deviceNames(sysfs, mount);
  const disks: string[] = [];
  for (const name of names) disks.push(...(await sysfs.wholeDisks(name)));
  return disks.length === 0
    ? plainMedium('unseen', `fs:${mount.device}`)
    : diskMedium(sysfs, [...new Set(disks)].toSorted());
}

/** Kernel names of the devices that the filesystem is made of. */
async function deviceNames(sysfs: Sysfs, mount: Mount): Promise<readonly string[]> {
  if (!mount.device.startsWith('0:')) {
    const name = await sysfs.nameOf(mount.device);
    return name === undefined ? [] : [name];
  }
  const names: string[] = [];
  // bcachefs names all its devices, with colons between them.
  for (const source of mount.source.split(':')) {
    const name = source.startsWith('/dev/') ? await nodeName(sysfs, source) : undefined;
    if (name === undefined) continue;
    names.push(name, ...(mount.fsType === 'btrfs' ? await sysfs.btrfsMembers(name) : []));
  }
  return names;
}

async function nodeName(sysfs: Sysfs, node: string): Promise<string | undefined> {
  try {
    return await sysfs.nameOf(deviceText((await stat(node)).rdev));
  } catch {
    // Hardened units have no nodes in /dev; the name itself is the next best.
    const name = node.slice('/dev/'.length);
    return (await sysfs.sizeBytes(name)) === undefined ? undefined : name;
  }
}

async function diskMedium(sysfs: Sysfs, disks: readonly string[]): Promise<Medium> {
  const names: string[] = [];
  const carriers: string[] = [];
  let images = 0;
  for (const disk of disks) {
    names.push(await diskName(sysfs, disk));
    const backing = await sysfs.backingFile(disk);
    if (backing === undefined) continue;
    images += 1;
    carriers.push(...(await carriersOf(sysfs, backing)));
  }
  return {
    kind: images === disks.length ? 'image' : 'disk',
    id: asMediumId(names.toSorted().join(' + ')),
    disks: names,
    carriers: [...new Set(carriers)],
    sequence: await sequenceOf(sysfs, disks),
  };
}

/** The numbers of the media now in these disks, as one text. */
export async function sequenceOf(sysfs: Sysfs, disks: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const disk of disks) parts.push(`${disk}=${(await sysfs.diskSequence(disk)) ?? ''}`);
  return parts.join(',');
}

/** The disks named in a sequence text. */
export function disksOfSequence(sequence: string): readonly string[] {
  return sequence.split(',').map((part) => part.slice(0, part.lastIndexOf('=')));
}

/** Whether all disks of a sequence have a medium: a reader that stays while its card is out has the size 0. */
export async function mediaAreIn(sysfs: Sysfs, sequence: string): Promise<boolean> {
  if (sequence === '') return false;
  for (const disk of disksOfSequence(sequence)) {
    if (((await sysfs.sizeBytes(disk)) ?? 0) === 0) return false;
  }
  return true;
}

/** The sequence now; undefined when a medium is out. The number changes on removal too, so it mostly tells alone. */
export async function sequenceIfIn(sysfs: Sysfs, sequence: string): Promise<string | undefined> {
  const now = await sequenceOf(sysfs, disksOfSequence(sequence));
  // Kernels before 5.15 give no number.
  const unnumbered = /=(,|$)/.test(now);
  return unnumbered && !(await mediaAreIn(sysfs, sequence)) ? undefined : now;
}

async function carriersOf(sysfs: Sysfs, backing: string): Promise<readonly string[]> {
  try {
    const name = await sysfs.nameOf(deviceText((await stat(backing)).dev));
    if (name === undefined) return [];
    const names: string[] = [];
    for (const disk of await sysfs.wholeDisks(name)) names.push(await diskName(sysfs, disk));
    return names;
  } catch {
    // The file may be deleted, or in another mount namespace: then there is nothing to warn of.
    return [];
  }
}

function networkMedium({ fsType, source }: Mount): Medium {
  const server =
    /^\/\/([^/]+)/.exec(source)?.[1] ?? /^(.*?\[[^\]]+\]|[^:]*):/.exec(source)?.[1] ?? source;
  // `user@` before the server's name is not part of the place.
  const place = source.replace(/^(\/\/)?[^/@:]*@/, '$1').replace(/\/+$/, '');
  return {
    ...plainMedium('network', `net:${place === '' ? fsType : place}`),
    server: server.replace(/^.*@/, '').replace(/^\[|\]$/g, ''),
  };
}

function plainMedium(kind: Medium['kind'], name: string): Medium {
  return { kind, id: asMediumId(name), disks: [name], carriers: [], sequence: '' };
}

/** `major:minor` from a device number as `stat` gives it (encoding of glibc's makedev). */
export function deviceText(dev: number): string {
  const value = BigInt(dev);
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n);
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
