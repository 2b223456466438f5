/**
 * Looks at a mounted folder that stands elsewhere. It cannot have a connection of its own there, so it reads past
 * this computer's cache; where that cannot be shown, it says that it saw name and size only.
 */
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteId } from '../core/ids.ts';
import { codeOf } from '../platform/durable-fs.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { TrialReport } from '../ports/remote.ts';
import type { Look, LookRequest, Witness } from '../ports/witness.ts';
import { readPastCache, type Step } from './folder/past-the-cache.ts';
import { TooSlow, within } from './patience.ts';
import { stoppedLook, WitnessError } from './witness-error.ts';

export interface FolderWitnessOptions {
  readonly id: RemoteId;
  /** Absolute path of the remote's folder. */
  readonly path: string;
}

export interface FolderWitnessDeps {
  readonly hasher: Hasher;
}

/** Without this file the folder may be an empty mount point, and nothing in it can be called absent. */
export const FOLDER_MARKER = '.safelight-remote';

const STEP_TIMEOUT_MS = 120_000;

export function makeFolderWitness(
  options: FolderWitnessOptions,
  { hasher }: FolderWitnessDeps,
): Witness {
  return {
    id: options.id,
    async look(request, signal) {
      const step = stepsFor(options.id, signal);
      await step(beThere(options));
      try {
        return await lookInside(options, hasher, request, step);
      } catch (error) {
        throw error instanceof WitnessError ? error : gone(options.id, String(error), error);
      }
    },
    tryOut: (signal) => tryOut(options, hasher, signal),
  };
}

function stepsFor(id: string, signal: AbortSignal): Step {
  return async (work) => {
    try {
      return await within(STEP_TIMEOUT_MS, signal, work);
    } catch (error) {
      if (error instanceof WitnessError) throw error;
      if (signal.aborted) throw stoppedLook(id, error);
      // Left to those who know what these mean for them.
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EINVAL') throw error;
      throw folderTrouble(id, error);
    }
  };
}

function folderTrouble(id: string, error: unknown): WitnessError {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'See that the service may read there.';
    return new WitnessError('refused', `${id} may not be read (${code}).`, hint, { cause: error });
  }
  const why = error instanceof TooSlow ? 'it gives no answer' : (code ?? String(error));
  return gone(id, why, error);
}

function gone(id: string, why: string, cause?: unknown): WitnessError {
  return new WitnessError(
    'unreachable',
    `${id} is not there: ${why}.`,
    'Connect and mount it; it is looked at again by itself.',
    { cause },
  );
}

/** Throws unless the folder is there and marked as the remote. */
async function beThere({ id, path }: FolderWitnessOptions): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    throw gone(id, `${path} cannot be found (${codeOf(error) ?? String(error)})`, error);
  }
  try {
    await lstat(join(path, FOLDER_MARKER));
  } catch (error) {
    throw gone(id, `${path} lacks the file ${FOLDER_MARKER}; something else may be mounted`, error);
  }
}

async function lookInside(
  options: FolderWitnessOptions,
  hasher: Hasher,
  request: LookRequest,
  step: Step,
): Promise<Look> {
  const path = join(options.path, request.key);
  try {
    const there = await step(lstat(path));
    if (!there.isFile()) throw noFile(options.id, request.key);
    // A wrong size is a contradiction already; no byte need be read to be sure.
    if (there.size !== request.sizeBytes) {
      return { kind: 'seen', method: 'listed', sizeBytes: there.size };
    }
    const { sizeBytes, hash } = await readPastCache(path, hasher, step);
    if (hash === undefined) return { kind: 'seen', method: 'listed', sizeBytes };
    const digest = { algorithm: 'xxh64', value: hash } as const;
    return { kind: 'seen', method: 'fetched', sizeBytes, digest };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // A share that went away in between shows an empty folder.
    await step(beThere(options));
    return { kind: 'absent' };
  }
}

function noFile(id: string, key: string): WitnessError {
  return new WitnessError(
    'unknown',
    `${id} has something by the name ${key} that is no file.`,
    'Look at it and move it away; the file is then sent again by itself.',
  );
}

async function tryOut(
  options: FolderWitnessOptions,
  hasher: Hasher,
  signal: AbortSignal,
): Promise<TrialReport> {
  const { id, path } = options;
  const step = stepsFor(id, signal);
  try {
    await step(beThere(options));
    const { hash } = await readPastCache(join(path, FOLDER_MARKER), hasher, step);
    if (hash !== undefined) {
      return { ok: true, findings: [{ ok: true, sentence: `${id} can be read back (grade A).` }] };
    }
    const sentence = `${id} can only be read through this computer's memory, which proves nothing (grade D).`;
    const hint = 'Mount it by NFS or SMB in the kernel, or reach it by another kind of remote.';
    return { ok: false, findings: [{ ok: false, sentence, hint }] };
  } catch (error) {
    if (signal.aborted || !(error instanceof WitnessError)) throw error;
    return { ok: false, findings: [{ ok: false, sentence: error.message, hint: error.hint }] };
  }
}
