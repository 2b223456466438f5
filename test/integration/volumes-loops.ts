/** Real drives for tests: image files on loop devices, mounted and taken away again. Needs root. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ImageType = 'ext4' | 'exfat' | 'vfat' | 'xfs';

/** Runs a tool; its words on stderr are part of the failure. */
export function tool(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whether this machine has a program. */
export function has(program: string): boolean {
  try {
    tool('sh', '-c', 'command -v "$1"', 'sh', program);
    return true;
  } catch {
    return false;
  }
}

const MKFS: Readonly<Record<ImageType, readonly string[]>> = {
  ext4: ['mkfs.ext4', '-q', '-F', '-L'],
  exfat: ['mkfs.exfat', '-L'],
  vfat: ['mkfs.vfat', '-n'],
  xfs: ['mkfs.xfs', '-q', '-L'],
};

/** Everything that one test made; `close` takes it all away, whatever state it is in. */
export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'safelight-loops-'));
  readonly #mounts: string[] = [];
  readonly #loops: string[] = [];
  readonly #partitioned: string[] = [];

  folder(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Makes an image with a filesystem; XFS needs 300 MiB, the others 48. */
  image(name: string, type: ImageType, label = name.toUpperCase()): string {
    const path = join(this.root, `${name}.img`);
    closeSync(openSync(path, 'w'));
    truncateSync(path, (type === 'xfs' ? 300 : 48) * 1024 * 1024);
    const [mkfs = '', ...options] = MKFS[type];
    tool(mkfs, ...options, label, path);
    return path;
  }

  /** Makes an image of one disk with two ext4 partitions of 24 MiB each. */
  partitioned(name: string): string {
    const path = join(this.root, `${name}.img`);
    const file = openSync(path, 'w');
    writeSync(file, partitionTable([2048, 49_152], [51_200, 49_152]));
    closeSync(file);
    truncateSync(path, 50 * 1024 * 1024);
    return path;
  }

  /** Puts an image into a loop device and returns the device's node. */
  attach(image: string): string {
    const device = tool('losetup', '--find', '--show', image).trim();
    this.#loops.push(device);
    return device;
  }

  attachReadOnly(image: string): string {
    const device = tool('losetup', '--find', '--show', '--read-only', image).trim();
    this.adopt(device);
    return device;
  }

  /** Takes over a device that the test attached itself. */
  adopt(device: string): void {
    this.#loops.push(device);
  }

  /** Puts another image of the same size into a read-only device that stays mounted (LOOP_CHANGE_FD, loop(4)). */
  swap(device: string, image: string): void {
    const script =
      'open(D,"<",$ARGV[0]) or die; open(F,"<",$ARGV[1]) or die; ioctl(D,0x4C06,fileno(F)+0) or die $!';
    tool('perl', '-e', script, device, image);
  }

  /** Makes the partitions of an attached disk known: by partx, since not every kernel reads tables itself. */
  addPartitions(device: string): readonly [string, string] {
    tool('partx', '--add', device);
    this.#partitioned.push(device);
    return [`${device}p1`, `${device}p2`];
  }

  detach(device: string): void {
    tool('losetup', '--detach', device);
    this.#loops.splice(this.#loops.indexOf(device), 1);
  }

  /** Mounts a device on a folder of the bench and returns the mount point. */
  mount(device: string, name: string, ...options: readonly string[]): string {
    const point = this.folder(name);
    tool('mount', ...options, device, point);
    this.#mounts.push(point);
    return point;
  }

  /** Mounts an exFAT device by its FUSE driver, which also works without the kernel's own. */
  mountExfat(device: string, name: string): string {
    const point = this.folder(name);
    tool('mount.exfat-fuse', device, point);
    this.#mounts.push(point);
    return point;
  }

  unmount(point: string, ...options: readonly string[]): void {
    tool('umount', ...options, point);
    this.#mounts.splice(this.#mounts.indexOf(point), 1);
  }

  /** An image of this type, attached and mounted. */
  drive(
    name: string,
    type: ImageType = 'ext4',
  ): { readonly point: string; readonly device: string } {
    const device = this.attach(this.image(name, type));
    const point = type === 'exfat' ? this.mountExfat(device, name) : this.mount(device, name);
    return { point, device };
  }

  close(): void {
    for (const point of this.#mounts.toReversed()) tryTool('umount', '-l', point);
    for (const device of this.#partitioned) tryTool('partx', '--delete', device);
    for (const device of this.#loops.toReversed()) tryTool('losetup', '--detach', device);
    rmSync(this.root, { recursive: true, force: true });
  }
}

function tryTool(file: string, ...args: readonly string[]): void {
  try {
    tool(file, ...args);
  } catch {
    // A test that took it away itself leaves nothing to do.
  }
}

/** A DOS partition table with these Linux partitions; numbers are sectors of 512 bytes. */
function partitionTable(...parts: readonly (readonly [start: number, sectors: number])[]): Buffer {
  const table = Buffer.alloc(512);
  table.writeUInt16LE(0xaa55, 510);
  for (const [i, [start, sectors]] of parts.entries()) {
    const at = 446 + 16 * i;
    table.writeUInt8(0x83, at + 4);
    table.writeUInt32LE(start, at + 8);
    table.writeUInt32LE(sectors, at + 12);
  }
  return table;
}
