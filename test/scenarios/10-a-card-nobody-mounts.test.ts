/**
 * Story 10. A box without a desktop under the desk of a studio: nobody mounts cards there. A card is put in, mounted
 * read-only, copied, sent, confirmed, unmounted, and its light stays green until it is taken out. Another time
 * somebody looks into the card while it is to be ejected.
 *
 * The service runs in a mount namespace of its own that shows it no other loop devices than these: other tests have
 * some too. Needs root, loop devices and exfat-fuse.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { canMountLoops, type CommandResult, MAIN, Studio } from '../support/studio.ts';

const here = canMountLoops();
const story = here ? describe : describe.skip;
if (!here) console.warn('Story 10 is skipped: it needs root and loop devices.');

const run = promisify(execFile);
const tool = (file: string, ...args: readonly string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

interface StatusOfCards {
  readonly light: string;
  readonly cards: readonly { label: string; present: boolean; light: string }[];
  readonly troubles?: readonly { sentence: string }[];
}

/** The box: a studio whose service mounts cards by itself, with one slot. */
class Box {
  readonly studio: Studio;
  readonly image: string;
  readonly slot: string;
  #service: ChildProcess | undefined;

  constructor(eject: string) {
    this.studio = new Studio({
      cards: `loopDevices = true\nmount = "mount"\neject = "${eject}"`,
    });
    this.image = this.#makeCard();
    this.slot = tool('losetup', '-f', '--show', this.image).trim();
    tool('losetup', '-d', this.slot);
  }

  #makeCard(): string {
    const image = join(this.studio.folder, 'card.img');
    tool('truncate', '-s', '24M', image);
    tool('mkfs.exfat', '-L', 'A003', image);
    const filling = join(this.studio.folder, 'filling');
    mkdirSync(filling);
    const device = tool('losetup', '-f', '--show', image).trim();
    tool('mount.exfat-fuse', device, filling);
    mkdirSync(join(filling, 'DCIM', '100CANON'), { recursive: true });
    for (const number of [1, 2, 3]) {
      const frame = join(filling, 'DCIM', '100CANON', `IMG_000${number}.CR3`);
      writeFileSync(frame, Buffer.alloc(300_000, number));
    }
    tool('umount', filling);
    tool('losetup', '-d', device);
    return image;
  }

  /** Starts the service where /sys shows only our own loop devices. */
  async start(): Promise<void> {
    const ours = new Set(
      [this.slot, this.studio.loop(0), this.studio.loop(1)].map((path) => basename(path)),
    );
    const shown = readdirSync('/sys/class/block')
      .filter((name) => !name.startsWith('loop') || ours.has(name))
      .map((name) => realpathSync(join('/sys/class/block', name)));
    const script = `mount -t tmpfs none /sys/class/block
while [ "$1" != -- ]; do ln -s "$1" /sys/class/block/; shift; done
shift
exec "$@"`;
    const daemon = [process.execPath, MAIN, 'daemon', ...this.#places()];
    this.#service = spawn(
      'unshare',
      ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...shown, '--', ...daemon],
      {
        stdio: 'ignore',
        env: { ...process.env, RUNTIME_DIRECTORY: join(this.studio.folder, 'run') },
      },
    );
    await this.studio.until('the service answers', async () => {
      return (await this.command('status', '--json')).code === 0;
    });
  }

  #places(): readonly string[] {
    return ['--config', this.studio.config, '--state-dir', this.studio.state];
  }

  get #inside(): readonly string[] {
    return ['-t', String(this.#service?.pid ?? 0), '-m'];
  }

  async command(...args: readonly string[]): Promise<CommandResult> {
    const all = [...this.#inside, process.execPath, MAIN, ...args, ...this.#places()];
    try {
      const { stdout, stderr } = await run('nsenter', all, { timeout: 60_000 });
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as CommandResult;
      return { code, stdout, stderr };
    }
  }

  async status(): Promise<StatusOfCards> {
    return JSON.parse((await this.command('status', '--json')).stdout) as StatusOfCards;
  }

  /** What udev would tell where it runs: something came or went. A mount wakes the service as well. */
  nudge(): void {
    const inside = this.#inside;
    const folder = join(this.studio.folder, 'nudge');
    mkdirSync(folder, { recursive: true });
    tool('nsenter', ...inside, 'mount', '-t', 'tmpfs', 'none', folder);
    tool('nsenter', ...inside, 'umount', folder);
  }

  insert(): void {
    tool('losetup', this.slot, this.image);
    this.nudge();
  }

  pull(): void {
    tool('losetup', '-d', this.slot);
    this.nudge();
  }

  /** Where the card is mounted, as the service sees it. */
  mountPoint(): string {
    try {
      return tool('nsenter', ...this.#inside, 'findmnt', '-n', '-o', 'TARGET', this.slot).trim();
    } catch {
      return '';
    }
  }

  /** Somebody works in the card's folder; returns how to leave it. */
  lookInto(): () => Promise<void> {
    const script = 'cd "$1" && exec sleep 600';
    const sh = ['sh', '-c', script, 'sh', this.mountPoint()];
    const child = spawn('nsenter', [...this.#inside, ...sh], { stdio: 'ignore' });
    return async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
    };
  }

  imageHash(): string {
    return createHash('sha256').update(readFileSync(this.image)).digest('hex');
  }

  async close(): Promise<void> {
    const child = this.#service;
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
    }
    try {
      tool('losetup', '-d', this.slot);
    } catch {
      // The slot is empty.
    }
    await this.studio.close();
  }
}

let box: Box;
afterEach(async () => {
  await box.close();
}, 60_000);

const isIn = ({ cards }: StatusOfCards): boolean => cards.some(({ present }) => present);

story('a card on a box without a desktop', () => {
  it('is mounted, made safe, unmounted, told about while it is in, and let go when it is out', async () => {
    box = new Box('when-safe');
    const before = box.imageHash();
    await box.start();
    box.insert();
    await box.studio.until('the card is safe', async () => (await box.status()).light === 'safe');
    await box.studio.until('it is unmounted', async () => box.mountPoint() === '');
    const check = await box.command('check', '--json');
    expect(check.code).toBe(0);
    expect(JSON.parse(check.stdout)).toMatchObject({
      cards: [{ label: 'A003', present: true, verdict: 'safe-to-format' }],
    });
    box.nudge();
    expect(await box.status()).toMatchObject({ light: 'safe', cards: [{ present: true }] });
    expect(box.mountPoint()).toBe('');
    expect(box.imageHash()).toBe(before);

    box.pull();
    await box.studio.until('it is out', async () => !isIn(await box.status()));
    expect(await box.status()).toMatchObject({ light: 'off' });
    expect((await box.command('check')).code).toBe(5);

    box.insert();
    await box.studio.until('it is safe again', async () => (await box.status()).light === 'safe');
    const eject = await box.command('eject', 'A003');
    expect(eject).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('you may take it out'),
    });
    expect(isIn(await box.status())).toBe(false);
    expect((await box.command('check')).code).toBe(5);
    expect((await box.command('check', 'A003')).code).toBe(0);
    box.nudge();
    expect(box.mountPoint()).toBe('');
  }, 240_000);

  it('is not ejected while somebody looks into it, and goes on as before', async () => {
    box = new Box('never');
    await box.start();
    box.insert();
    await box.studio.until('the card is safe', async () => (await box.status()).light === 'safe');
    expect(box.mountPoint()).not.toBe('');

    const leave = box.lookInto();
    const refused = await box.command('eject', 'A003');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('A003 is in use') });
    await box.studio.until('it is told about again', async () => isIn(await box.status()));
    expect((await box.command('check')).code).toBe(0);
    await leave();

    expect((await box.command('eject', box.mountPoint())).code).toBe(0);
    expect(box.mountPoint()).toBe('');
    expect((await box.command('eject', 'A003')).code).toBe(3);
    expect((await box.command('eject', 'nothing')).code).toBe(3);
  }, 240_000);
});
