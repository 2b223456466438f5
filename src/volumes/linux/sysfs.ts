/**
 * Walks the kernel's picture of block devices (/sys; format: Documentation/ABI of the kernel).
 *
 * What the kernel has in memory is read without giving up the thread: a listing reads a hundred such files, and each is
 * 10 to 20 times dearer by way of the thread pool. What may wait for a device is read by `readText`.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Sectors in /sys are 512 bytes whatever the device's own are. */
const SECTOR_BYTES = 512;
/** Device-mapper and RAID can be stacked; more storeys than this is a loop in a broken tree. */
const MAX_DEPTH = 8;

/**
 * Attributes that the kernel has in memory. Not among them: `serial` of a virtio disk, for which the disk is asked,
 * behind all that is being written to it.
 */
const IN_MEMORY: ReadonlySet<string> = new Set([
  'dev',
  'device/cid',
  'device/serial',
  'device/wwid',
  'diskseq',
  'loop/backing_file',
  'partition',
  'size',
  'wwid',
]);

/** What may be asked about block devices. Names are kernel names (`sda1`); all answers are read afresh. */
export class Sysfs {
  readonly #root: string;

  constructor(root = '/sys') {
    this.#root = root;
  }

  /** The kernel name of a device given as `major:minor`; undefined when there is none now. */
  async nameOf(device: string): Promise<string | undefined> {
    const path = this.#real(join('dev/block', device));
    return path === undefined ? undefined : basename(path);
  }

  /** Kernel names of all disks and partitions. @throws the system's own error when they cannot be listed */
  async blockNames(): Promise<readonly string[]> {
    return readdirSync(join(this.#root, 'class/block'));
  }

  /** Whether something else (mapper, RAID) is built on a device. */
  async isHeld(name: string): Promise<boolean> {
    return namesIn(join(this.#root, 'class/block', name, 'holders')).length > 0;
  }

  /** The whole disks below a device: partition → disk, mapper and RAID → all members. Empty when it is not there. */
  async wholeDisks(name: string, depth = 0): Promise<readonly string[]> {
    const path = this.#real(join('class/block', name));
    if (path === undefined || depth > MAX_DEPTH) return [];
    const whole = exists(join(path, 'partition')) ? dirname(path) : path;
    const members = namesIn(join(whole, 'slaves'));
    if (members.length === 0) return [basename(whole)];
    const disks: string[] = [];
    for (const member of members) disks.push(...(await this.wholeDisks(member, depth + 1)));
    return [...new Set(disks)].toSorted();
  }

  /** The names of a btrfs filesystem's devices, given one of them. Empty when none is known. */
  async btrfsMembers(name: string): Promise<readonly string[]> {
    for (const id of namesIn(join(this.#root, 'fs/btrfs'))) {
      const members = namesIn(join(this.#root, 'fs/btrfs', id, 'devices'));
      if (members.includes(name)) return members;
    }
    return [];
  }

  /** Number of the medium in a disk: another one each time a medium is put in. Undefined before Linux 5.15. */
  async diskSequence(disk: string): Promise<string | undefined> {
    return this.text(disk, 'diskseq');
  }

  /** Size of a disk or partition in bytes; 0 when no medium is in; undefined when it is not there. */
  async sizeBytes(name: string): Promise<number | undefined> {
    const sectors = await this.text(name, 'size');
    return sectors === undefined ? undefined : Number(sectors) * SECTOR_BYTES;
  }

  /** The file behind a loop device. */
  async backingFile(disk: string): Promise<string | undefined> {
    return this.text(disk, 'loop/backing_file');
  }

  /** One attribute of a device as text; undefined when it is not there or empty. */
  async text(name: string, attribute: string): Promise<string | undefined> {
    const path = join(this.#root, 'class/block', name, attribute);
    return IN_MEMORY.has(attribute) ? readFromMemory(path) : readText(path);
  }

  /** The folders of the device tree above a disk, nearest first: host, bus, controller. */
  async ancestors(disk: string): Promise<readonly string[]> {
    const path = this.#real(join('class/block', disk));
    const root = this.#real('.');
    if (path === undefined || root === undefined) return [];
    const folders: string[] = [];
    for (let at = dirname(path); at.startsWith(root) && at !== root; at = dirname(at)) {
      folders.push(at);
    }
    return folders;
  }

  #real(path: string): string | undefined {
    try {
      return realpathSync.native(join(this.#root, path));
    } catch {
      // Devices come and go: not being there is an answer here.
      return undefined;
    }
  }
}

/** Trimmed content of a small file that waits for no device; undefined when it cannot be read or is empty. */
export function readFromMemory(path: string): string | undefined {
  try {
    return textOf(readFileSync(path, 'utf8'));
  } catch {
    // Attributes differ between kernels and devices, and vanish with the device.
    return undefined;
  }
}

/** As `readFromMemory`, for files that may wait for a device. */
export async function readText(path: string): Promise<string | undefined> {
  return textOf(await readFile(path, 'utf8').catch(() => ''));
}

function textOf(content: string): string | undefined {
  const text = content.trim();
  return text === '' ? undefined : text;
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
