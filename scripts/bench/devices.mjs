/**
 * A card and two drives that are real to the kernel: ext4 on loop devices with direct I/O, images in memory, slowed
 * down to the speed of a card where the kernel lets us. Needs root on Linux.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from '../lib/run.mjs';

const SECTOR_BYTES = 512;
const MINUTE_MS = 60_000;

/** Why no devices can be made here; undefined when they can. */
export function whyNoDevices() {
  if (process.platform !== 'linux') return 'loop devices are a thing of Linux';
  if (process.getuid() !== 0) return 'loop devices need root';
  if (!existsSync('/dev/loop-control')) return 'there is no /dev/loop-control (a container?)';
  return undefined;
}

/** A memory filesystem of its own for the images, so that what is measured is the software. */
export class ImageRoom {
  folder = mkdtempSync(join(tmpdir(), 'safelight-bench-'));
  images = join(this.folder, 'images');
  #mounted = false;

  async open() {
    mkdirSync(this.images);
    const options = `size=90%,huge=${hugeMemory()}`;
    await must('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.images]);
    this.#mounted = true;
  }

  async close() {
    if (this.#mounted) await unmount(this.images);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Large pages, where the kernel has them for files in memory: then the device itself costs next to nothing. */
function hugeMemory() {
  return existsSync('/sys/kernel/mm/transparent_hugepage/shmem_enabled') ? 'always' : 'never';
}

export class Device {
  /** Bytes of the device; all of them are in memory from the start. `files`: how many it must be able to hold. */
  constructor(room, name, sizeBytes, files) {
    this.image = join(room.images, `${name}.img`);
    this.mountPoint = join(room.folder, name);
    this.sizeBytes = sizeBytes;
    this.inodes = files === undefined ? [] : ['-N', String(Math.ceil(files * 1.1) + 1_000)];
    this.loop = '';
  }

  async make() {
    // A drive does not look for memory while it is written to: the image has all its pages, and keeps them.
    const fill = ['if=/dev/zero', `of=${this.image}`, 'bs=4M', 'iflag=count_bytes', 'status=none'];
    await must('dd', [...fill, `count=${this.sizeBytes}`], { timeoutMs: 5 * MINUTE_MS });
    const args = ['--find', '--show', '--direct-io=on', this.image];
    this.loop = (await must('losetup', args)).trim();
    const lazy = 'nodiscard,lazy_itable_init=0,lazy_journal_init=0';
    const options = ['-q', '-m0', ...this.inodes, '-E', lazy];
    await must('mkfs.ext4', [...options, this.loop], { timeoutMs: MINUTE_MS });
    mkdirSync(this.mountPoint);
    await this.mount();
    await rmdir(join(this.mountPoint, 'lost+found'));
  }

  async mount(...options) {
    const all = ['noatime', ...options].join(',');
    await must('mount', ['-o', all, this.loop, this.mountPoint]);
  }

  async unmount() {
    await unmount(this.mountPoint);
  }

  /** Nothing on it, and nothing of it in memory. */
  async empty() {
    for (const name of await readdir(this.mountPoint)) {
      await rm(join(this.mountPoint, name), { recursive: true });
    }
    await this.unmount();
    await this.mount();
  }

  /** Bytes that the device has delivered and taken since it was made (Documentation/block/stat.rst). */
  moved() {
    const text = readFileSync(`/sys/block/${basename(this.loop)}/stat`, 'utf8');
    const fields = text.trim().split(/\s+/);
    return { read: Number(fields[2]) * SECTOR_BYTES, written: Number(fields[6]) * SECTOR_BYTES };
  }

  get number() {
    return readFileSync(`/sys/block/${basename(this.loop)}/dev`, 'utf8').trim();
  }

  async remove() {
    try {
      await this.unmount();
    } catch {
      // It was never mounted, or a run that failed has done it.
    }
    if (this.loop !== '') await must('losetup', ['--detach', this.loop]);
    await rm(this.image, { force: true });
  }
}

/** Something on the machine may be looking at a fresh mount at this very moment. */
async function unmount(path) {
  for (let tries = 0; ; tries += 1) {
    try {
      await must('umount', [path], { timeoutMs: MINUTE_MS });
      return;
    } catch (error) {
      if (tries === 20) throw error;
      await pause(100);
    }
  }
}

/** Forgets what the kernel holds of any file; only what is written down can be forgotten. */
export async function coldCaches() {
  await must('sync', [], { timeoutMs: MINUTE_MS });
  await writeFile('/proc/sys/vm/drop_caches', '3');
}

const V1 = '/sys/fs/cgroup/blkio/blkio.throttle';
const V2 = '/sys/fs/cgroup';

/** Slows devices down to so many bytes a second. `prefix` goes before every command that is to feel it. */
export class Throttle {
  prefix = [];
  #group;

  /** Why there is none; undefined when there is one. */
  static why() {
    if (existsSync(`${V1}.read_bps_device`)) return undefined;
    const controllers = `${V2}/cgroup.controllers`;
    if (existsSync(controllers) && readFileSync(controllers, 'utf8').split(/\s/).includes('io')) {
      return undefined;
    }
    return 'this kernel has no blkio throttle (cgroup v1) and no io controller (cgroup v2)';
  }

  open() {
    if (existsSync(`${V1}.read_bps_device`)) return;
    // In version 2 the root group has no limits: a group of its own, and every command enters it first.
    appendFileSync(`${V2}/cgroup.subtree_control`, '+io +memory');
    this.#group = `${V2}/safelight-bench-${process.pid}`;
    mkdirSync(this.#group);
    const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
    this.prefix = ['sh', '-c', enter, this.#group];
  }

  /** Bytes per second; 0 for no limit. */
  async set(device, readBps, writeBps) {
    const { number } = device;
    if (this.#group === undefined) {
      await writeFile(`${V1}.read_bps_device`, `${number} ${readBps}`);
      await writeFile(`${V1}.write_bps_device`, `${number} ${writeBps}`);
      return;
    }
    const [read, write] = [readBps, writeBps].map((bps) => (bps === 0 ? 'max' : String(bps)));
    await writeFile(`${this.#group}/io.max`, `${number} rbps=${read} wbps=${write}`);
  }

  async close() {
    if (this.#group !== undefined) await rmdir(this.#group);
  }
}
