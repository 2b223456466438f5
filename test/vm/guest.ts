/**
 * A Debian guest under QEMU (TCG, no KVM needed): restored from a frozen, booted machine in about a second, with
 * cards and drives that are plugged, swapped and pulled as real ones are.
 *
 * Facts behind the odd steps were measured with QEMU 7.2 and Debian's 6.1 kernel.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { JsonLine } from './json-line.ts';
import { qemuArguments } from './qemu-arguments.ts';

export interface GuestResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface GuestOptions {
  /** Guest port on 10.0.2.100 → loopback port of this machine. Nothing else can be reached. */
  readonly forwards?: Readonly<Record<number, number>>;
  /** Folder of this machine that the guest sees read-only at /mnt/share. */
  readonly share?: string;
  /** For guests that survive a power cut. */
  readonly durable?: boolean;
  /** Done as soon as the machine has power: what is plugged in here is there when it boots. */
  readonly onPower?: () => Promise<void>;
}

export interface BlockOptions {
  readonly readOnly?: boolean;
  /** Sectors (512 bytes) that fail, in blkdebug's words. */
  readonly bad?: readonly object[];
  readonly bytesPerSecond?: number;
}

/** A block node in QEMU's words. */
type Node = { readonly 'node-name': string } & Readonly<Record<string, unknown>>;

/** Modules loaded before the freeze, so that no test waits for them. */
const PRELOADED =
  'usb_storage uas sd_mod mmc_block nvme exfat vfat nls_cp437 nls_ascii nls_utf8 9p 9pnet_virtio ext4';

export class Guest {
  readonly #base: string;
  readonly #folder: string;
  #qmp: JsonLine | undefined;
  #agent: JsonLine | undefined;
  #process: ChildProcess | undefined;
  #deleted = new Set<string>();

  /** `base` is the folder that build-guest made; `name` tells guests apart. */
  constructor(base: string, name: string) {
    this.#base = base;
    this.#folder = join(base, 'run', name);
  }

  /** Boots once and freezes the booted machine, unless that was done before. */
  static async prepare(base: string): Promise<void> {
    if (existsSync(join(base, 'booted.state'))) return;
    const guest = new Guest(base, 'prepare');
    await guest.#boot();
    await guest.exec('systemctl is-system-running --wait || true', 180_000);
    await guest.#freeze();
  }

  get traceFile(): string {
    return join(this.#folder, 'trace.log');
  }

  async #boot(): Promise<void> {
    this.#overlay('root.raw', 'raw');
    await this.#start({});
  }

  async restore(options: GuestOptions = {}): Promise<void> {
    this.#overlay('booted.qcow2', 'qcow2');
    await this.#start(options, `exec:cat ${join(this.#base, 'booted.state')}`);
    // The guest's clock stands where it was frozen; signatures and evidence need the right one.
    await this.exec(`date -s @${Date.now() / 1000}`);
    if (options.share !== undefined) await this.#mountShare();
  }

  #overlay(backing: string, format: string): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    const args = ['create', '-q', '-f', 'qcow2', '-b', join(this.#base, backing), '-F', format];
    execFileSync('qemu-img', [...args, join(this.#folder, 'root.qcow2')]);
  }

  async #start(options: GuestOptions, incoming?: string): Promise<void> {
    const log = openSync(join(this.#folder, 'qemu.log'), 'w');
    const args = qemuArguments({
      base: this.#base,
      folder: this.#folder,
      forwards: options.forwards ?? {},
      share: options.share ?? this.#folder,
      durable: options.durable ?? false,
    });
    if (incoming !== undefined) args.push('-incoming', incoming);
    // Whatever becomes of the tests, the machine ends with them.
    const command = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args];
    this.#process = spawn('setpriv', command, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#qmp = await JsonLine.open(join(this.#folder, 'qmp.sock'), 20_000);
    this.#qmp.onEvent = (message) => {
      const device = message.data?.['device'];
      if (message.event === 'DEVICE_DELETED' && typeof device === 'string') {
        this.#deleted.add(device);
      }
    };
    await this.qmp('qmp_capabilities');
    await options.onPower?.();
    this.#agent = await JsonLine.open(join(this.#folder, 'agent.sock'), 20_000);
    if (incoming !== undefined) await this.#resume();
    await this.#agentReady();
  }

  async #resume(): Promise<void> {
    for (;;) {
      const { status } = asRecord(await this.qmp('query-status'));
      if (status === 'running') return;
      if (status === 'paused') await this.qmp('cont');
      await pause(20);
    }
  }

  /** The agent answers in order: once the newest number comes back, all older answers have been read. */
  async #agentReady(): Promise<void> {
    const agent = this.#opened(this.#agent);
    const giveUpAt = performance.now() + 180_000;
    for (let id = 1 + Math.floor(Math.random() * 1e9); ; id += 1) {
      const answered = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), 1_500);
        agent.tap = (message) => {
          if (message.return !== id) return;
          clearTimeout(timer);
          resolve(true);
        };
        agent.send({ execute: 'guest-sync-delimited', arguments: { id } }, '\xff');
      });
      agent.tap = undefined;
      if (answered) return;
      if (performance.now() > giveUpAt) throw new Error('the guest agent did not answer');
    }
  }

  async #freeze(): Promise<void> {
    // sdhci-pci does not survive the freeze: it is taken out now and comes back by a rescan (see sdSlot).
    await this.exec(
      `for d in /sys/bus/pci/drivers/sdhci-pci/0000*; do echo 1 > $d/remove; done; modprobe -a ${PRELOADED}; sync; echo 3 > /proc/sys/vm/drop_caches`,
    );
    await this.qmp('stop');
    await this.qmp('migrate-set-parameters', { 'max-bandwidth': 4_000_000_000 });
    await this.qmp('migrate', { uri: `exec:cat > ${join(this.#base, 'booting.state')}` });
    for (;;) {
      const { status } = asRecord(await this.qmp('query-migrate'));
      if (status === 'completed') break;
      if (status === 'failed') throw new Error('the guest could not be frozen');
      await pause(50);
    }
    await this.quit();
    renameSync(join(this.#folder, 'root.qcow2'), join(this.#base, 'booted.qcow2'));
    renameSync(join(this.#base, 'booting.state'), join(this.#base, 'booted.state'));
  }

  async #mountShare(): Promise<void> {
    const props = { id: 'share0', fsdev: 'share', mount_tag: 'share', bus: 'rp7' };
    await this.plug('virtio-9p-pci', props);
    const mount = 'mount -t 9p -o trans=virtio,ro,version=9p2000.L,msize=262144,cache=loose';
    const done = await this.exec(
      `mkdir -p /mnt/share; for i in $(seq 40); do ${mount} share /mnt/share 2>/dev/null && exit 0; sleep .1; done; exit 1`,
    );
    if (done.code !== 0) throw new Error(`the shared folder could not be mounted: ${done.err}`);
  }

  /** Runs a line of bash as root in the guest. */
  async exec(line: string, timeoutMs = 120_000): Promise<GuestResult> {
    const agent = this.#opened(this.#agent);
    const giveUpAt = performance.now() + timeoutMs;
    const started = asRecord(
      await agent.call('guest-exec', {
        path: '/bin/bash',
        // What systemd does in 25 s elsewhere may take longer here.
        arg: ['-c', `export SYSTEMD_BUS_TIMEOUT=300s; ${line}`],
        'capture-output': true,
      }),
    );
    for (let waitMs = 10; ; waitMs = Math.min(waitMs * 1.4, 200)) {
      const state = asRecord(await agent.call('guest-exec-status', { pid: started['pid'] }));
      if (state['exited'] === true) return resultOf(state);
      if (performance.now() > giveUpAt) throw new Error(`still running in the guest: ${line}`);
      await pause(waitMs);
    }
  }

  async qmp(command: string, args?: object): Promise<unknown> {
    return this.#opened(this.#qmp).call(command, args);
  }

  /** Makes an image file known to QEMU; plug a device with `drive: node` afterwards. */
  async block(id: string, file: string, options: BlockOptions = {}): Promise<string> {
    const readOnly = options.readOnly ?? false;
    const common = { 'read-only': readOnly };
    const raw = {
      driver: 'raw',
      'node-name': `${id}-raw`,
      ...common,
      file: { driver: 'file', filename: file, 'node-name': `${id}-file`, ...common },
    };
    let top: Node = raw;
    if (options.bad !== undefined) {
      const inject = { 'inject-error': options.bad };
      top = { driver: 'blkdebug', 'node-name': `${id}-debug`, image: top, ...inject };
    }
    if (options.bytesPerSecond !== undefined) {
      const group = `${id}-group`;
      const limits = { 'bps-total': options.bytesPerSecond };
      await this.qmp('object-add', { 'qom-type': 'throttle-group', id: group, limits });
      top = { driver: 'throttle', 'node-name': `${id}-slow`, 'throttle-group': group, file: top };
    }
    await this.qmp('blockdev-add', top);
    return top['node-name'];
  }

  async plug(driver: string, props: object): Promise<void> {
    await this.qmp('device_add', { driver, ...props });
  }

  /** Pulls a device. */
  async unplug(id: string): Promise<void> {
    this.#deleted.delete(id);
    await this.qmp('device_del', { id });
    const giveUpAt = performance.now() + 20_000;
    while (!this.#deleted.has(id)) {
      if (performance.now() > giveUpAt) throw new Error(`${id} was not let go`);
      await pause(20);
    }
  }

  /** Frees an image after its device is gone. */
  async unblock(node: string): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await this.qmp('blockdev-del', { 'node-name': node });
        return;
      } catch (error) {
        if (tries >= 50) throw error;
        await pause(100);
      }
    }
  }

  /** An empty USB reader that stays plugged in. */
  async reader(id: string, port: string): Promise<void> {
    await this.#monitor(`drive_add 0 if=none,id=${id}-drive`);
    await this.plug('usb-bot', { id, bus: 'xhci.0', port });
    await this.plug('scsi-hd', {
      id: `${id}-lun`,
      bus: `${id}.0`,
      drive: `${id}-drive`,
      'scsi-id': 0,
      lun: 0,
      removable: true,
      vendor: 'Generic-',
      product: 'SD/MMC',
      serial: '058F63666471',
    });
    const path = `/machine/peripheral/${id}`;
    await this.qmp('qom-set', { path, property: 'attached', value: true });
  }

  /** Puts a medium into a reader or a slot. A mounted guest locks the tray, a real reader has none. */
  async insertMedium(device: string, node: string): Promise<void> {
    const args = { id: device, 'node-name': node };
    try {
      await this.qmp('blockdev-insert-medium', args);
    } catch {
      await this.qmp('blockdev-open-tray', { id: device, force: true });
      await this.qmp('blockdev-insert-medium', args);
      await this.qmp('blockdev-close-tray', { id: device });
    }
  }

  async pullMedium(device: string): Promise<void> {
    await this.qmp('blockdev-open-tray', { id: device, force: true }).catch(() => undefined);
    await this.qmp('blockdev-remove-medium', { id: device });
    await this.qmp('blockdev-close-tray', { id: device }).catch(() => undefined);
  }

  /** Makes the built-in SD slot appear (device "sd0"; image sizes must be powers of two). */
  async sdSlot(): Promise<void> {
    await this.exec(
      'echo 1 > /sys/bus/pci/rescan; for i in $(seq 50); do [ -e /sys/class/mmc_host/mmc0 ] && exit; sleep .1; done',
    );
  }

  async #monitor(line: string): Promise<void> {
    await this.qmp('human-monitor-command', { 'command-line': line });
  }

  /** Ends the machine, whatever state it is in. */
  async quit(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const ended = this.#ended(child);
    // The answer may be lost when the machine is quicker than its socket.
    this.qmp('quit').catch(() => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
    this.#letGo();
  }

  /** Power cut. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const ended = this.#ended(child);
    child.kill('SIGKILL');
    await ended;
    this.#letGo();
  }

  async #ended(child: ChildProcess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  #letGo(): void {
    this.#process = undefined;
    this.#qmp?.close();
    this.#agent?.close();
  }

  /** Starts the killed machine again from its own disk: a cold boot. */
  async powerOn(options: GuestOptions = {}): Promise<void> {
    await this.#start(options);
    if (options.share !== undefined) await this.#mountShare();
  }

  #opened(line: JsonLine | undefined): JsonLine {
    if (line === undefined) throw new Error('the guest is not running');
    return line;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('strange answer from QEMU');
  return Object.fromEntries(Object.entries(value));
}

function resultOf(state: Readonly<Record<string, unknown>>): GuestResult {
  const text = (key: string): string => {
    const data = state[key];
    return typeof data === 'string' ? Buffer.from(data, 'base64').toString() : '';
  };
  const code = typeof state['exitcode'] === 'number' ? state['exitcode'] : -1;
  return { code, out: text('out-data'), err: text('err-data') };
}
