/** A folder that stands elsewhere (a mounted NAS) as a remote. */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteId } from '../../core/ids.ts';
import { codeOf, makeFolders } from '../../platform/durable-fs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Remote, TrialReport } from '../../ports/remote.ts';
import { RemoteError } from '../remote-error.ts';
import type { Limiter } from '../wrappers/limit.ts';
import { PARTS_FOLDER, putFile } from './folder-put.ts';
import { findRoot, type FolderRootOptions } from './folder-root.ts';
import { stepsOf } from './folder-trouble.ts';

export interface FolderRemoteOptions {
  readonly id: RemoteId;
  /** Absolute path; the folder must exist, folders below it are made. */
  readonly path: string;
  /** The system's mount table; /etc/fstab when not given. */
  readonly mountTable?: string;
}

export interface FolderRemoteDeps {
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly limiter?: Limiter;
  /** Whether the ledger has any sighting at this remote. */
  readonly usedBefore: () => Promise<boolean>;
}

/** Uploads do not resume: a broken one starts again. */
export function makeFolderRemote(options: FolderRemoteOptions, deps: FolderRemoteDeps): Remote {
  const { id } = options;
  const { hasher, clock, limiter, usedBefore } = deps;
  const rootOptions: FolderRootOptions = { ...options, usedBefore };
  return {
    id,
    kind: 'folder',
    async put(object, control) {
      const root = await stepsOf(id, control.signal)(findRoot(rootOptions));
      await putFile({ id, root, hasher, limiter }, object, control);
    },
    async sweep(_known, olderThanMs, signal) {
      const step = stepsOf(id, signal);
      const root = await step(findRoot(rootOptions));
      return await step(removeOlder(join(root.path, PARTS_FOLDER), clock.now() - olderThanMs));
    },
    tryOut: (signal) => tryFolder(rootOptions, signal),
  };
}

async function removeOlder(folder: string, beforeMs: number): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    // oxlint-disable-next-line no-await-in-loop -- there is no hurry and there may be many
    const { mtimeMs } = await stat(path);
    if (!name.endsWith('.part') || mtimeMs >= beforeMs) continue;
    // oxlint-disable-next-line no-await-in-loop -- the same
    await rm(path);
    removed += 1;
  }
  return removed;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function tryFolder(options: FolderRootOptions, signal: AbortSignal): Promise<TrialReport> {
  const { id } = options;
  const step = stepsOf(id, signal);
  try {
    const root = await step(findRoot(options));
    await step(writeProbe(root.path));
    const findings = [{ ok: true, sentence: `${id} takes files.` }];
    const system = await step(stat('/'));
    if (system.dev !== root.deviceNumber) return { ok: true, findings };
    return { ok: true, findings: [...findings, onSystemDisk(id)] };
  } catch (error) {
    if (signal.aborted || !(error instanceof RemoteError)) throw error;
    return { ok: false, findings: [{ ok: false, sentence: error.message, hint: error.hint }] };
  }
}

function onSystemDisk(id: string): TrialReport['findings'][number] {
  return {
    ok: true,
    sentence: `${id} stands on this computer's own system disk, so it is no offsite copy.`,
    hint: 'Good for trying things out only. Use a share or drive that stands elsewhere.',
  };
}

async function writeProbe(root: string): Promise<void> {
  await makeFolders(root, PARTS_FOLDER);
  const probe = join(root, PARTS_FOLDER, `${randomUUID()}.part`);
  try {
    await writeFile(probe, 'safelight tries whether it may write here', { flush: true });
  } finally {
    await rm(probe, { force: true });
  }
}
