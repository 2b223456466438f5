/** Real filesystems on loop devices, and ways to hurt them. Needs root. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export type DriveKind =
  | 'ext4'
  | 'ext4-journal'
  | 'ext4-journal-default'
  | 'ext4-inline'
  | 'ext4-unchecked'
  | 'xfs'
  | 'btrfs'
  | 'btrfs-compress'
  | 'exfat-fuse'
  | 'tmpfs';

interface Recipe {
  readonly make?: readonly string[];
  /** Called with the device before it is mounted. */
  readonly tune?: readonly string[];
  readonly mount: readonly string[];
  readonly mib: number;
}

const RECIPES: Readonly<Record<DriveKind, Recipe>> = {
  ext4: { make: ['mkfs.ext4', '-q', '-b', '4096', '-m0'], mount: ['mount'], mib: 96 },
  'ext4-journal': {
    make: ['mkfs.ext4', '-q', '-b', '4096', '-m0'],
    mount: ['mount', '-o', 'data=journal'],
    mib: 96,
  },
  // The superblock's own default: no mount option tells it.
  'ext4-journal-default': {
    make: ['mkfs.ext4', '-q', '-b', '4096', '-m0'],
    tune: ['tune2fs', '-o', 'journal_data'],
    mount: ['mount'],
    mib: 96,
  },
  'ext4-inline': {
    make: ['mkfs.ext4', '-q', '-b', '4096', '-m0', '-O', 'inline_data', '-I', '1024'],
    mount: ['mount'],
    mib: 96,
  },
  // Without checksums a damaged folder goes unnoticed, as on FAT and exFAT.
  'ext4-unchecked': {
    make: ['mkfs.ext4', '-q', '-b', '4096', '-m0', '-O', '^metadata_csum'],
    mount: ['mount'],
    mib: 96,
  },
  xfs: { make: ['mkfs.xfs', '-q', '-f'], mount: ['mount'], mib: 320 },
  btrfs: { make: ['mkfs.btrfs', '-q', '-f'], mount: ['mount'], mib: 160 },
  'btrfs-compress': {
    make: ['mkfs.btrfs', '-q', '-f'],
    mount: ['mount', '-o', 'compress-force=lzo'],
    mib: 160,
  },
  'exfat-fuse': { make: ['mkfs.exfat'], mount: ['mount.exfat-fuse'], mib: 96 },
  tmpfs: { mount: ['mount', '-t', 'tmpfs', '-o', 'size=64m'], mib: 0 },
};

/** In memory where there is room: every flush of a drive is one of its image, and hundreds are made here. */
const IMAGES = roomIn('/dev/shm') > 2e9 ? '/dev/shm' : tmpdir();

function roomIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Whether loop devices can be made and mounted here. */
export function canMountLoops(): boolean {
  return process.getuid?.() === 0 && existsSync('/dev/loop-control');
}

/** Whether the programs for this kind of drive are installed. */
export function canMake(kind: DriveKind): boolean {
  const { make, tune, mount } = RECIPES[kind];
  const programs = [make?.[0], tune?.[0], mount[0]];
  return canMountLoops() && programs.every((name) => name === undefined || has(name));
}

function has(program: string): boolean {
  return ['/sbin', '/usr/sbin', '/bin', '/usr/bin'].some((dir) => existsSync(join(dir, program)));
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}

/** One drive of its own, mounted below a folder of its own. */
export class TestDrive {
  readonly folder = mkdtempSync(join(IMAGES, 'drive-'));
  readonly mount = join(this.folder, 'mnt');
  readonly image = join(this.folder, 'image');
  readonly kind: DriveKind;
  loop = '';

  constructor(kind: DriveKind, mib = RECIPES[kind].mib) {
    this.kind = kind;
    const { make, tune, mount } = RECIPES[kind];
    mkdirSync(this.mount);
    if (make !== undefined) {
      closeSync(openSync(this.image, 'w'));
      truncateSync(this.image, mib << 20);
      this.loop = run('losetup', '--find', '--show', this.image).trim();
      const [program = '', ...args] = make;
      run(program, ...args, this.loop);
    }
    if (tune !== undefined) run(tune[0] ?? '', ...tune.slice(1), this.loop);
    const [program = '', ...args] = mount;
    run(program, ...args, make === undefined ? 'tmpfs' : this.loop, this.mount);
  }

  remove(): void {
    for (const undo of [
      () => run('umount', this.mount),
      // Somebody on the machine may be looking at it at this very moment; gone it must be all the same.
      () => isMounted(this.mount) && run('umount', '--lazy', this.mount),
      () => this.loop !== '' && run('losetup', '--detach', this.loop),
    ]) {
      try {
        undo();
      } catch {
        // Some tests have done it already.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Takes the mount away under whoever uses it; the path then leads to the disk below. */
  unmountLazily(): void {
    run('umount', '--lazy', this.mount);
  }

  /** Mounts it again, with options. */
  remount(...options: readonly string[]): void {
    run('mount', '-o', ['remount', ...options].join(','), this.mount);
  }

  /** What the drive gives after everything in memory has been forgotten. */
  afterFreshMount<T>(look: () => T): T {
    run('umount', this.mount);
    const [program = '', ...args] = RECIPES[this.kind].mount;
    run(program, ...args, this.loop, this.mount);
    return look();
  }

  /**
   * Mounts what reached the medium before the power went. By another loop device: the old one may still be held by
   * somebody's copy of the mount, and with it a filesystem that is shut down.
   */
  powerBack(): void {
    run('umount', this.mount);
    run('losetup', '--detach', this.loop);
    this.loop = run('losetup', '--find', '--show', this.image).trim();
    const [program = '', ...args] = RECIPES[this.kind].mount;
    run(program, ...args, this.loop, this.mount);
  }

  /** Damages a folder: an entry gets another name of the same length, whatever else has it. */
  renameOnMedium(from: string, to: string): void {
    run('umount', this.mount);
    const image = readFileSync(this.image);
    const file = openSync(this.image, 'r+');
    for (let at = image.indexOf(from); at >= 0; at = image.indexOf(from, at + 1)) {
      writeSync(file, to, at);
    }
    fsyncSync(file);
    closeSync(file);
    run('blockdev', '--flushbufs', this.loop);
    const [program = '', ...args] = RECIPES[this.kind].mount;
    run(program, ...args, this.loop, this.mount);
  }

  /** Changes one bit wherever these bytes stand on the medium, below every cache. @returns how many places */
  flipOnMedium(needle: Uint8Array): number {
    const file = openSync(this.image, 'r+');
    try {
      const window = Buffer.alloc(8 << 20);
      let flips = 0;
      for (let at = 0; at < statSync(this.image).size; at += window.length - needle.length) {
        const got = readSync(file, window, 0, window.length, at);
        const part = window.subarray(0, got);
        for (let i = part.indexOf(needle); i >= 0; i = part.indexOf(needle, i + 1)) {
          writeSync(file, Buffer.of((needle[0] ?? 0) ^ 1), 0, 1, at + i);
          flips += 1;
        }
      }
      fsyncSync(file);
      return flips;
    } finally {
      closeSync(file);
    }
  }

  /** Bytes that the drive has delivered since it was made. */
  bytesDelivered(): number {
    const fields = readFileSync(`/sys/block/${basename(this.loop)}/stat`, 'utf8')
      .trim()
      .split(/\s+/);
    return Number(fields[2]) * 512;
  }

  /** Where the blocks of a file lie on the medium, in bytes from its start. */
  extentOf(path: string): { readonly from: number; readonly to: number } {
    const blocks = run('filefrag', '-b4096', '-e', path)
      .split('\n')
      .flatMap((line) => {
        const found = /^\s*\d+:\s+\d+\.\.\s*\d+:\s+(\d+)\.\.\s*(\d+):/.exec(line);
        return found === null ? [] : [Number(found[1]), Number(found[2]) + 1];
      });
    return { from: Math.min(...blocks) * 4096, to: Math.max(...blocks) * 4096 };
  }

  /** Ends the medium early: what lies beyond gives errors, to readers and writers. */
  cutOff(bytes: number): void {
    truncateSync(this.image, bytes);
    run('losetup', '--set-capacity', this.loop);
  }
}
