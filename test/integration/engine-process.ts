/** The built engine in a process of its own, so that it can be killed, traced and starved of power. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import type { CopyOutcome, CopyTask } from '../../src/ports/copier.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** What the process is to do; paths are absolute. */
export interface EngineOrder {
  readonly card: string;
  /** Destination id and mount point. */
  readonly drives: readonly (readonly [string, string])[];
  readonly tasks: readonly CopyTask[];
  /** One line of JSON for each commit. */
  readonly ledger: string;
  /** Ends itself with SIGKILL after so many steps. */
  readonly killAfter?: number;
  /** Before that, shuts the drives' filesystems down as a power cut would. */
  readonly cutPower?: boolean;
  /** Ends by SIGKILL once it has said how it went. */
  readonly endHard?: boolean;
}

export interface EngineEnd {
  /** Missing when it did not come to its end. */
  readonly outcome?: CopyOutcome;
  readonly error?: string;
  /** Steps of copies that were gone through. */
  readonly steps?: number;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const SCRIPT = `
import { appendFileSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { makeCopier } from './offload/copier.js';
import { systemClock } from './platform/system-clock.js';
import { makeHasher } from './platform/xxhash.js';

const order = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let steps = 0;

/** EXT4_IOC_SHUTDOWN (and XFS's) with NOLOGFLUSH: nothing that is not on the medium yet will get there. */
async function cutPower() {
  const { default: koffi } = await import('koffi');
  const ioctl = koffi.load(null).func('int ioctl(int fd, ulong request, ...)');
  for (const [, path] of order.drives) {
    if (ioctl(openSync(path, 'r'), 0x8004587d, 'uint32_t *', [2]) !== 0) throw new Error('no shutdown');
  }
}

async function observe() {
  steps += 1;
  if (steps !== order.killAfter) return;
  if (order.cutPower) await cutPower();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}

const copier = makeCopier({ hasher: await makeHasher(), clock: systemClock, observe });
const targets = order.drives.map(([id, path]) => ({
  folder: 'roll',
  destination: {
    state: 'ready', id, path, mountPoint: path, mediumId: 'disk-of-' + id, fsType: '',
    deviceNumber: statSync(path).dev, freeBytes: 1e12, maxFileBytes: Infinity,
  },
}));
const job = {
  source: { root: order.card, stillIn: async () => true },
  from: 'card', targets, tasks: order.tasks, folders: [],
};
const events = {
  commit: async (drafts) => appendFileSync(order.ledger, JSON.stringify(drafts) + '\\n'),
  progress: () => undefined,
};
try {
  const outcome = await copier.copy(job, events, new AbortController().signal);
  writeSync(1, JSON.stringify({ outcome, steps }));
} catch (error) {
  writeSync(1, JSON.stringify({ error: String(error), steps }));
}
// koffi flushes the standard streams when the process ends, and hangs when that fails.
if (order.endHard) process.kill(process.pid, 'SIGKILL');
`;

/** Compiles the sources once per test file. */
export class EngineProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'engine-'));
  readonly #script = join(this.folder, 'run.js');

  constructor() {
    const args = [
      'tsc',
      '-p',
      'tsconfig.build.json',
      '--outDir',
      this.folder,
      '--sourceMap',
      'false',
    ];
    // A type error elsewhere in the tree is not this test's business; what is missing shows when it runs.
    spawnSync('npx', args, { cwd: ROOT });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    writeFileSync(join(this.folder, 'package.json'), '{"type":"module"}');
    writeFileSync(this.#script, SCRIPT);
    if (!existsSync(join(this.folder, 'offload/copier.js')))
      throw new Error('nothing was compiled');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs to its end or death. `wrapper`: a program and its arguments to start it with, e.g. strace. */
  run(order: EngineOrder, wrapper: readonly string[] = []): EngineEnd {
    const spec = join(this.folder, 'order.json');
    writeFileSync(spec, JSON.stringify(order));
    const [program, ...args] = [...wrapper, process.execPath, this.#script, spec];
    const { stdout, stderr, signal, error } = spawnSync(program, args, {
      encoding: 'utf8',
      timeout: 90_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, NODE_OPTIONS: '', UV_THREADPOOL_SIZE: wrapper.length > 0 ? '1' : '4' },
    });
    if (error !== undefined) return { signal: 'SIGALRM', stderr: String(error) };
    const said: Partial<EngineEnd> = stdout === '' ? {} : JSON.parse(stdout);
    return { ...said, signal, stderr };
  }
}

/** What was committed. A line that the killed process did not finish was not. */
export function committedIn(ledger: string): EvidenceDraft[] {
  if (!existsSync(ledger)) return [];
  const lines = readFileSync(ledger, 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line): EvidenceDraft[] => JSON.parse(line));
}

export function hasStrace(): boolean {
  try {
    execFileSync('strace', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
