/** Images of memory cards, formatted and filled on this machine: one partition, as cameras make it. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type CardFilesystem = 'fat32' | 'exfat';

export interface CardImageOptions {
  /** Path of the image that is made. */
  readonly file: string;
  readonly filesystem: CardFilesystem;
  readonly label: string;
  /** A power of two where the card goes into the SD slot. */
  readonly sizeMiB: number;
  /** What is on it: path below the root → size in bytes. */
  readonly tree: Readonly<Record<string, number>>;
}

export interface CardImage {
  readonly file: string;
  readonly label: string;
  /** Path below the root → SHA-256 of the content. */
  readonly files: ReadonlyMap<string, string>;
  /** Path below the root → first sector of the content in the image. */
  readonly sectors: ReadonlyMap<string, number>;
  /** SHA-256 of the image when it was made. */
  readonly digest: string;
}

const SECTOR = 512;
const START_SECTOR = { fat32: 8_192, exfat: 32_768 } as const;
const PARTITION_TYPE = { fat32: 'c', exfat: '7' } as const;

/** What a camera leaves behind after a few frames and one clip of `clipBytes`. */
export function cameraTree(clipBytes = 1_500_000): Readonly<Record<string, number>> {
  return {
    'DCIM/100CANON/IMG_0001.CR3': 700_137,
    'DCIM/100CANON/IMG_0002.CR3': 512_000,
    'DCIM/100CANON/IMG_0003.JPG': 90_001,
    'DCIM/100CANON/MVI_0004.MP4': clipBytes,
  };
}

/** Random content: no two cards are alike, and nothing can be right by chance. */
export function makeCardImage(options: CardImageOptions): CardImage {
  const { file, filesystem, label, sizeMiB } = options;
  const tree = mkdtempSync(join(tmpdir(), 'safelight-card-'));
  try {
    const content = fill(tree, options.tree);
    const start = START_SECTOR[filesystem];
    writeFileSync(file, '');
    truncateSync(file, sizeMiB * 1024 * 1024);
    const table = `${start},,${PARTITION_TYPE[filesystem]}\n`;
    run('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', file], table);
    const sectors = (sizeMiB * 1024 * 1024) / SECTOR - start;
    const place = { file, start, sectors, label, tree };
    if (filesystem === 'fat32') formatFat(place);
    else formatExfat(place);
    const image = readFileSync(file);
    const files = new Map<string, string>();
    const at = new Map<string, number>();
    for (const [path, bytes] of content) {
      files.set(path, sha256(bytes));
      // The content is random: its beginning is found in one place only.
      at.set(path, image.indexOf(bytes.subarray(0, SECTOR)) / SECTOR);
    }
    return { file, label, files, sectors: at, digest: sha256(image) };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

export function digestOf(file: string): string {
  return sha256(readFileSync(file));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function fill(root: string, tree: Readonly<Record<string, number>>): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [path, size] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const bytes = randomBytes(size);
    writeFileSync(join(root, path), bytes);
    files.set(path, bytes);
  }
  return files;
}

interface Place {
  readonly file: string;
  readonly start: number;
  readonly sectors: number;
  readonly label: string;
  readonly tree: string;
}

function formatFat({ file, start, sectors, label, tree }: Place): void {
  const format = ['-F', '32', '-s', '1', '-n', label, '--offset', String(start)];
  run('mkfs.vfat', [...format, file, String(sectors / 2)]);
  run('mcopy', ['-i', `${file}@@${start * SECTOR}`, '-s', join(tree, 'DCIM'), '::']);
}

/** exFAT-fuse works on block devices only. */
function formatExfat({ file, start, label, tree }: Place): void {
  const offset = String(start * SECTOR);
  const loop = run('losetup', ['-f', '--show', '-o', offset, file]).trim();
  const mounted = mkdtempSync(join(tmpdir(), 'safelight-exfat-'));
  try {
    run('mkfs.exfat', ['-L', label, loop]);
    run('mount.exfat-fuse', [loop, mounted]);
    try {
      run('cp', ['-r', `${tree}/.`, mounted]);
    } finally {
      run('umount', [mounted]);
    }
  } finally {
    run('losetup', ['-d', loop]);
    // Another test's mount namespace may have seen the mount, and lets go of it a moment later.
    rmSync(mounted, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

function run(file: string, args: readonly string[], input = ''): string {
  return execFileSync(file, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}
