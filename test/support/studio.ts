/**
 * A studio with real parts: two loop-mounted drives, a watch folder, a state folder, and the built service as a
 * process of its own. Needs root and loop devices.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
export const MAIN = process.env['SAFELIGHT_MAIN'] ?? join(ROOT, 'dist/main.js');
export const SAMPLE_CARDS = resolve(ROOT, '../shared/cards');

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CheckedCard {
  readonly id: string;
  readonly label: string;
  readonly roll: string;
  readonly present: boolean;
  readonly verdict: string;
  readonly blockers: readonly { kind: string; files: number; sentence: string; hint: string }[];
  readonly files: { total: number; bytes: number; onDrives: number; offsite: number };
}

export interface StudioOptions {
  readonly driveMiB?: number;
  /** TOML of the [[remote]] tables; a folder remote marked offsite when not given. */
  readonly remote?: string;
  /** More TOML, e.g. a `[policy]` table. */
  readonly more?: string;
  /** `[cards]` lines beside watch and watchSettle. */
  readonly cards?: string;
}

/** Whether loop devices can be made and mounted here. */
export function canMountLoops(): boolean {
  return process.getuid?.() === 0 && existsSync('/dev/loop-control');
}

export class Studio {
  readonly folder = mkdtempSync(join(tmpdir(), 'safelight-studio-'));
  readonly watch = join(this.folder, 'in');
  readonly state = join(this.folder, 'state');
  readonly config = join(this.folder, 'config.toml');
  readonly remoteFolder = join(this.folder, 'offsite');
  readonly drives = [join(this.folder, 'drive-a'), join(this.folder, 'drive-b')] as const;
  readonly #loops = new Map<string, string>();
  #service: ChildProcess | undefined;

  constructor(options: StudioOptions = {}) {
    mkdirSync(this.watch);
    mkdirSync(this.remoteFolder);
    for (const drive of this.drives) this.#makeDrive(drive, options.driveMiB ?? 512);
    this.configure(options);
  }

  configure(options: StudioOptions): void {
    const folderRemote = `[[remote]]\nname = "nas"\nkind = "folder"\npath = "${this.remoteFolder}"\noffsite = true\n`;
    writeFileSync(
      this.config,
      `[[destination]]
name = "working"
path = "${this.destination(0)}"
[[destination]]
name = "backup"
path = "${this.destination(1)}"
${options.remote ?? folderRemote}
[cards]
watch = ["${this.watch}"]
watchSettle = "0s"
${options.cards ?? ''}
[signals.desktop]
enabled = false
${options.more ?? ''}
`,
    );
  }

  /** The configured folder on a drive. */
  destination(drive: 0 | 1): string {
    return join(this.drives[drive], 'Ingest');
  }

  image(drive: 0 | 1): string {
    return `${this.drives[drive]}.img`;
  }

  loop(drive: 0 | 1): string {
    return this.#loops.get(this.drives[drive]) ?? '';
  }

  #makeDrive(mountPoint: string, sizeMiB: number): void {
    const image = `${mountPoint}.img`;
    execFileSync('truncate', ['-s', `${sizeMiB}M`, image]);
    execFileSync('mkfs.ext4', ['-q', '-F', '-m0', image]);
    mkdirSync(mountPoint);
    const loop = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
    this.#loops.set(mountPoint, loop);
    this.mount(mountPoint);
  }

  mount(mountPoint: string): void {
    execFileSync('mount', [this.#loops.get(mountPoint) ?? '', mountPoint]);
    mkdirSync(join(mountPoint, 'Ingest'), { recursive: true });
  }

  unmount(mountPoint: string, ...flags: readonly string[]): void {
    execFileSync('umount', [...flags, mountPoint]);
  }

  /** Puts a tree in as a card, all at once, as a finished transfer would appear. */
  async insert(tree: string, label: string = basename(tree)): Promise<string> {
    const hidden = join(this.folder, `.incoming-${label}`);
    await run('cp', ['-a', tree, hidden]);
    const root = join(this.watch, label);
    await rename(hidden, root);
    return root;
  }

  /** Unpacks a sample card tree below the studio's folder and returns its root. */
  async sample(tree: string): Promise<string> {
    const out = join(this.folder, 'samples');
    mkdirSync(out, { recursive: true });
    await run('tar', ['xf', join(SAMPLE_CARDS, `${tree}.tar`), '-C', out]);
    return join(out, tree);
  }

  async command(...args: readonly string[]): Promise<CommandResult> {
    const all = [MAIN, ...args, '--config', this.config, '--state-dir', this.state];
    try {
      const { stdout, stderr } = await run(process.execPath, all, {
        maxBuffer: 64 * 1024 * 1024,
        timeout: 120_000,
      });
      return { code: 0, stdout, stderr };
    } catch (error) {
      if (!isExit(error)) throw error;
      return { code: error.code, stdout: error.stdout, stderr: error.stderr };
    }
  }

  async check(...selectors: readonly string[]): Promise<{ code: number; cards: CheckedCard[] }> {
    const { code, stdout, stderr } = await this.command('check', ...selectors, '--json');
    if (stdout.trim() === '') throw new Error(`check printed nothing (exit ${code}): ${stderr}`);
    const answer: { cards: CheckedCard[] } = JSON.parse(stdout);
    return { code, cards: answer.cards };
  }

  get servicePid(): number {
    return this.#service?.pid ?? 0;
  }

  get serviceLog(): string {
    return join(this.folder, 'service.log');
  }

  /** Starts the service and resolves when its control socket answers. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const log = createWriteStream(this.serviceLog, { flags: 'a' });
    const args = [MAIN, 'daemon', '--config', this.config, '--state-dir', this.state];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#service = child;
    await this.until('the service answers', async () => {
      if (child.exitCode !== null) {
        const tail = readFileSync(this.serviceLog, 'utf8').slice(-1_500);
        throw new Error(`the service ended with ${child.exitCode}: ${tail}`);
      }
      return (await this.command('status', '--json')).code === 0;
    });
  }

  /** Sends a signal and resolves with the exit code (null when killed). */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#service;
    this.#service = undefined;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    child.kill(signal);
    return ended;
  }

  /** Asks again and again until it holds; gives up loudly. */
  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
    const giveUpAt = Date.now() + timeoutMs;
    while (!(await holds())) {
      if (Date.now() > giveUpAt) throw new Error(`gave up waiting until ${what}`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async untilSafe(...labels: readonly string[]): Promise<readonly CheckedCard[]> {
    let cards: readonly CheckedCard[] = [];
    await this.until(`${labels.join(', ')} are safe`, async () => {
      ({ cards } = await this.check());
      return labels.every((label) =>
        cards.some((card) => card.label === label && card.verdict === 'safe-to-format'),
      );
    });
    return cards;
  }

  /** Ends the service, unmounts and removes everything. */
  async close(): Promise<void> {
    await this.stop('SIGKILL');
    for (const [mountPoint, loop] of this.#loops) {
      try {
        this.unmount(mountPoint, '-l');
      } catch {
        // A test may have unmounted it; the loop device must go all the same.
      }
      execFileSync('losetup', ['-d', loop]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isExit(error: unknown): error is { code: number; stdout: string; stderr: string } {
  return (
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
  );
}
