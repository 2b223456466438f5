/**
 * An ingest station in a guest: the installed service under systemd, two drives, a real S3 server outside, and the
 * slots for cards. All waits are generous: Node is 20 to 50 times slower in there.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { StatusView } from '../../src/core/status.ts';
import type { CheckedCard } from '../support/studio.ts';
import { makeBucket, type TestBucket } from '../support/servers/bucket.ts';
import { type RealServer, startRadosgw } from '../support/servers/real-servers.ts';
import { type CardFilesystem, type CardImage, cameraTree, makeCardImage } from './card-image.ts';
import { type BlockOptions, Guest, type GuestOptions, type GuestResult } from './guest.ts';
import { installedImage } from './installed-image.ts';
import { configText, type DriveFilesystem, setUpText } from './station-files.ts';

export const BASE = resolve(import.meta.dirname, '../../.cache/vm');
/** Where the guest finds the server. */
const SERVER_PORT = 9000;
const DRIVES = ['a', 'b'] as const;
export type Drive = (typeof DRIVES)[number];
/** USB ports of the drives; 1 to 4 are for cards. */
const DRIVE_PORT = { a: '7', b: '8' } as const;

export interface NewCard {
  readonly filesystem: CardFilesystem;
  readonly label: string;
  readonly clipBytes?: number;
  /** Instead of a camera's tree: path → size. */
  readonly tree?: Readonly<Record<string, number>>;
}

export interface Lit {
  readonly light: string;
  readonly line: string;
}

type DriveFilesystems = Readonly<Record<Drive, DriveFilesystem>>;

const NO_CARD = { id: '', node: '' } as const;

export class Station {
  readonly folder = mkdtempSync(join(tmpdir(), 'safelight-vm-'));
  readonly guest: Guest;
  readonly server: RealServer;
  readonly bucket: TestBucket;
  readonly #blocks = new Map<string, string>();
  #installed = '';
  #card: { readonly id: string; readonly node: string } = NO_CARD;
  #insertions = 0;

  private constructor(guest: Guest, server: RealServer, bucket: TestBucket) {
    this.guest = guest;
    this.server = server;
    this.bucket = bucket;
  }

  /** Restores a guest, installs and starts the service in it. */
  static async open(
    name: string,
    filesystems: DriveFilesystems = { a: 'ext4', b: 'ext4' },
  ): Promise<Station> {
    await Guest.prepare(BASE);
    const installed = installedImage(BASE);
    const server = await startRadosgw();
    if ('missing' in server) throw new Error(server.missing);
    const bucket = await makeBucket(server);
    const station = new Station(new Guest(BASE, name), server, bucket);
    try {
      await station.#setUp(installed, filesystems);
    } catch (error) {
      await station.close();
      throw error;
    }
    return station;
  }

  async #setUp(installed: string, filesystems: DriveFilesystems): Promise<void> {
    const { guest, bucket, server } = this;
    for (const disk of DRIVES) makeDrive(this.image(disk), `drive-${disk}`, filesystems[disk]);
    makeDrive(this.image('state'), 'drive-state', 'ext4');
    this.#installed = installed;
    await guest.restore(this.#options());
    await this.#plugFixed();
    await this.run(setUpText(filesystems), 300_000);
    const config = configText({ bucket: bucket.name, port: SERVER_PORT });
    const { accessKeyId, secretAccessKey } = server;
    await this.write('/etc/safelight/config.toml', config);
    await this.write('/etc/safelight/s3.id', accessKeyId);
    await this.write('/etc/safelight/s3.key', secretAccessKey);
    await this.run('chmod 600 /etc/safelight/s3.*; systemctl enable -q safelight', 60_000);
    await this.run(
      'setsid stdbuf -oL udevadm monitor --kernel --subsystem-match=block >/tmp/uevents </dev/null 2>&1 &',
    );
    await this.startService();
  }

  #options(): GuestOptions {
    return {
      durable: true,
      forwards: { [SERVER_PORT]: Number(new URL(this.server.endpoint).port) },
    };
  }

  image(disk: Drive | 'state'): string {
    return join(this.folder, `drive-${disk}.img`);
  }

  async #plugFixed(): Promise<void> {
    const node = await this.guest.block('installed', this.#installed, { readOnly: true });
    await this.guest.plug('virtio-blk-pci', { id: 'installed', drive: node, bus: 'rp0' });
    const state = await this.guest.block('state', this.image('state'));
    await this.guest.plug('virtio-blk-pci', { id: 'state', drive: state, bus: 'rp1' });
    for (const drive of DRIVES) await this.plugDrive(drive);
  }

  async plugDrive(drive: Drive, bytesPerSecond?: number): Promise<void> {
    const id = `drive-${drive}`;
    const slow = bytesPerSecond === undefined ? {} : { bytesPerSecond };
    const node = await this.guest.block(id, this.image(drive), slow);
    this.#blocks.set(id, node);
    await this.guest.plug('usb-storage', {
      id,
      bus: 'xhci.0',
      port: DRIVE_PORT[drive],
      drive: node,
      removable: false,
      serial: `DRIVE-${drive.toUpperCase()}`,
      werror: 'report',
      rerror: 'report',
    });
  }

  /** @throws Error with the journal when systemd says that the service did not come up */
  async startService(): Promise<void> {
    const { code } = await this.guest.exec('systemctl start safelight', 400_000);
    if (code !== 0) throw new Error(`the service did not start:\n${await this.journal()}`);
  }

  /** Plugs a card in, in a USB reader that comes with it. */
  async insertUsb(card: CardImage, options: BlockOptions = {}): Promise<void> {
    this.#insertions += 1;
    const id = `card-${this.#insertions}`;
    this.#card = { id, node: await this.guest.block(id, card.file, options) };
    await this.guest.plug('usb-storage', {
      id,
      bus: 'xhci.0',
      port: '1',
      drive: this.#card.node,
      removable: true,
      serial: 'READER-1',
    });
  }

  /** Pulls it, at whatever moment. */
  async pullUsb(): Promise<void> {
    const { id, node } = this.#card;
    this.#card = NO_CARD;
    await this.guest.unplug(id);
    await this.guest.unblock(node);
  }

  /** Mounts a drive that was plugged in again, once systemd knows of it: before, it would unmount it at once. */
  async mountAgain(drive: Drive): Promise<void> {
    const unit = `mnt-${drive}.mount`;
    const there = `[ -e /dev/disk/by-label/drive-${drive} ]`;
    await this.run(
      `umount -l /mnt/${drive}; for i in $(seq 100); do ${there} && break; sleep .2; done; systemctl reset-failed ${unit}; for i in $(seq 20); do systemctl start ${unit} && sleep 1 && mountpoint -q /mnt/${drive} && exit; sleep 1; done; systemctl status ${unit}; exit 1`,
      180_000,
    );
  }

  /** After a story that broke off: the next one finds the reader empty and the service running. */
  async tidy(): Promise<void> {
    if (this.#card.id === '') return;
    await this.pullUsb().catch(() => undefined);
    for (const drive of DRIVES) {
      const { code } = await this.guest.exec(`mountpoint -q /mnt/${drive}`);
      if (code !== 0) await this.mountAgain(drive).catch(() => undefined);
    }
    await this.startService().catch(() => undefined);
  }

  async pullDrive(drive: Drive): Promise<void> {
    await this.guest.unplug(`drive-${drive}`);
    await this.guest.unblock(this.#blocks.get(`drive-${drive}`) ?? '');
  }

  /** Power cut; then a cold boot, with the drives plugged in, and the card when one is given. */
  async powerCut(card?: CardImage, options: BlockOptions = {}): Promise<void> {
    await this.guest.kill();
    this.#card = NO_CARD;
    await this.guest.powerOn({
      ...this.#options(),
      onPower: async () => {
        await this.#plugFixed();
        if (card !== undefined) await this.insertUsb(card, options);
      },
    });
    await this.run(`date -s @${Date.now() / 1000}`);
  }

  /** After a boot: both drives are mounted, or systemd tells why not. */
  async drivesMounted(): Promise<void> {
    await this.run(
      'for i in $(seq 300); do mountpoint -q /mnt/a && mountpoint -q /mnt/b && exit; sleep .2; done; systemctl status mnt-a.mount mnt-b.mount; exit 1',
      120_000,
    );
  }

  newCard(name: string, options: NewCard): CardImage {
    const { filesystem, label, clipBytes, tree = cameraTree(clipBytes) } = options;
    const file = join(this.folder, `${name}.img`);
    return makeCardImage({ file, filesystem, label, sizeMiB: 64, tree });
  }

  /** Waits until the light tells of this card. */
  async untilTold(light: string, { label }: CardImage): Promise<void> {
    let seen: Lit | undefined;
    await this.until(
      `${label} is ${light}`,
      async () => {
        seen = await this.light();
        return seen?.light === light && seen.line.includes(label);
      },
      { timeoutMs: 400_000, why: () => JSON.stringify(seen) },
    );
  }

  /** What is known of everything that is in, as `safelight status --json` says it. */
  async status(): Promise<StatusView> {
    return JSON.parse((await this.command('status', '--json')).out);
  }

  /** The files of a card on a drive, under their final names: path below the card's root → SHA-256. */
  async copiesOn(drive: Drive, { label }: CardImage): Promise<ReadonlyMap<string, string>> {
    const find = `find . -path '*${label}_*/DCIM/*' -type f ! -name '.*' -exec sha256sum {} +`;
    const out = await this.run(`cd /mnt/${drive}/Ingest && ${find}`);
    const lines = out.split('\n').filter((line) => line !== '');
    return new Map(lines.map((line) => [line.replace(/^.*?(DCIM.*)$/, '$1'), line.slice(0, 64)]));
  }

  /** What differs from the card on the drives, as read by somebody else's program; empty when all is there. */
  async differences(card: CardImage): Promise<readonly string[]> {
    const found: string[] = [];
    for (const drive of DRIVES) {
      const copies = await this.copiesOn(drive, card);
      for (const [path, digest] of card.files) {
        const copy = copies.get(path);
        if (copy === undefined) found.push(`${drive}: ${path} is missing`);
        else if (copy !== digest) found.push(`${drive}: ${path} is wrong`);
      }
    }
    return found;
  }

  /**
   * Seconds of the guest's own clock from the kernel's event of its partition to the service's "noticed" (it
   * knows filesystem and label, and goes to mount it) and to its "card in" (mounted, listed, recognised).
   */
  async toldAfter(label: string): Promise<{ readonly noticed: number; readonly cardIn: number }> {
    const out = await this.run(
      `cat /tmp/uevents; journalctl -u safelight -o short-monotonic --no-pager | grep '"${label}"' | grep -e '"noticed"' -e '"card in"'`,
    );
    const nodes = [...out.matchAll(/"device":"\/dev\/(\w+)".*"noticed"/g)];
    const node = nodes.at(-1)?.[1] ?? 'unknown';
    const added = new RegExp(`KERNEL\\[([\\d.]+)\\] add +\\S+/${node} \\(block\\)`, 'g');
    const events = [...out.matchAll(added)];
    const after = (word: string): number => {
      const lines = [...out.matchAll(new RegExp(`^\\[ *([\\d.]+)\\].*"${word}"`, 'gm'))];
      return Number(lines.at(-1)?.[1]) - Number(events.at(-1)?.[1]);
    };
    return { noticed: after('noticed'), cardIn: after('card in') };
  }

  /** Runs a line that must succeed and returns what it printed. */
  async run(line: string, timeoutMs = 60_000): Promise<string> {
    const { code, out, err } = await this.guest.exec(line, timeoutMs);
    if (code !== 0) throw new Error(`exit ${code} of: ${line}\n${out}\n${err}`);
    return out;
  }

  async write(path: string, text: string): Promise<void> {
    const encoded = Buffer.from(text).toString('base64');
    await this.run(`echo ${encoded} | base64 -d >${path}`);
  }

  /** `safelight check --json` in the guest: its exit code and the cards it tells of. */
  async check(): Promise<{ readonly code: number; readonly cards: readonly CheckedCard[] }> {
    const { code, out, err } = await this.command('check', '--json');
    if (out.trim() === '') throw new Error(`check printed nothing (exit ${code}): ${err}`);
    const answer: { cards: CheckedCard[] } = JSON.parse(out);
    return { code, cards: answer.cards };
  }

  command(...args: readonly string[]): Promise<GuestResult> {
    return this.guest.exec(`safelight ${args.join(' ')}`, 300_000);
  }

  /** What the service says its light is; undefined without a service. */
  async light(): Promise<Lit | undefined> {
    const { code, out } = await this.guest.exec('cat /run/safelight/light.json');
    return code === 0 ? JSON.parse(out) : undefined;
  }

  async untilLight(light: string, timeoutMs = 240_000): Promise<void> {
    let seen: Lit | undefined;
    await this.until(
      `the light is ${light}`,
      async () => {
        seen = await this.light();
        return seen?.light === light;
      },
      { timeoutMs, why: () => JSON.stringify(seen) },
    );
  }

  /** Waits until the keyboard's lamp is lit; green is dark for a moment at each beat. */
  async untilLit(): Promise<void> {
    await this.until('the lamp is lit', async () => this.ledTrace().at(-1) === true);
  }

  async until(
    what: string,
    holds: () => Promise<boolean>,
    options: { readonly timeoutMs?: number; readonly why?: () => string } = {},
  ): Promise<void> {
    const { timeoutMs = 120_000, why } = options;
    const giveUpAt = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > giveUpAt) {
        throw new Error(`gave up waiting until ${what}: ${why?.() ?? ''}\n${await this.journal()}`);
      }
      await pause(250);
    }
  }

  async journal(): Promise<string> {
    return (
      await this.guest.exec('journalctl -u safelight -o short-monotonic --no-pager | tail -n 60')
    ).out;
  }

  /** The scroll lock's states as they were seen from outside the guest, oldest first. */
  ledTrace(): readonly boolean[] {
    const text = readFileSync(this.guest.traceFile, 'utf8');
    const states = [...text.matchAll(/ps2_set_ledstate.*ledstate (\d+)/g)];
    return states.map(([, state]) => (Number(state) & 1) === 1);
  }

  async close(): Promise<void> {
    await this.guest.quit();
    this.bucket.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const MAKE_FILESYSTEM: Readonly<Record<DriveFilesystem, readonly [string, ...string[]]>> = {
  ext4: ['mke2fs', '-q', '-t', 'ext4', '-m0', '-L'],
  exfat: ['mkfs.exfat', '-L'],
  vfat: ['mkfs.vfat', '-F', '32', '-n'],
};

function makeDrive(image: string, label: string, filesystem: DriveFilesystem): void {
  execFileSync('truncate', ['-s', '256M', image]);
  const [program, ...options] = MAKE_FILESYSTEM[filesystem];
  execFileSync(program, [...options, label, image], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Times that are measured, not judged: emulation makes them long. */
export function noteTimes(
  what: string,
  { noticed, cardIn }: { readonly noticed: number; readonly cardIn: number },
): void {
  const words = `noticed after ${noticed.toFixed(1)} s, in after ${cardIn.toFixed(1)} s`;
  process.stderr.write(`        ${what}: ${words}\n`);
}
