/** Asks node-disk-info, in a process of its own, for mount points and free space on any operating system. */
import { z } from 'zod';
import { runProgram } from '../platform/exec.ts';
import { childFile } from './child-file.ts';
import { VolumeError } from './volume-error.ts';

/** One line of "df" as the package understands it. A mount point with a blank in it comes out cut short. */
export interface PortableDrive {
  readonly source: string;
  readonly mountPoint: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

const TIMEOUT_MS = 10_000;

const rows = z.array(
  z.object({
    filesystem: z.string(),
    blocks: z.number(),
    available: z.number(),
    mounted: z.string(),
  }),
);

/** "df -P" counts in 1024 bytes on Linux and in 512 elsewhere; the package does not say which. */
export function blockBytesOf(platform: NodeJS.Platform): number {
  return platform === 'linux' ? 1024 : 512;
}

/** @throws VolumeError when the answer is not in the known form */
export function parseDrives(json: string, blockBytes: number): readonly PortableDrive[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw unexpected(cause);
  }
  const checked = rows.safeParse(parsed);
  if (!checked.success) throw unexpected(checked.error);
  return checked.data.map(({ filesystem, blocks, available, mounted }) => ({
    source: filesystem,
    mountPoint: mounted,
    sizeBytes: blocks * blockBytes,
    freeBytes: available * blockBytes,
  }));
}

/**
 * `script`: the child's file, another one for trying it out.
 * @throws ExecError, VolumeError
 */
export async function listDrives(
  signal: AbortSignal,
  script: string = childFile(import.meta.url, 'node-disk-info-child'),
): Promise<readonly PortableDrive[]> {
  const { stdout } = await runProgram(process.execPath, [script], {
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  return parseDrives(stdout, blockBytesOf(process.platform));
}

/**
 * Free bytes at a mount point, where the package is strong: plain mount points that only one line speaks of. Undefined
 * everywhere else, and then `statfs` alone is asked. It is a second opinion, never what a decision rests on.
 */
export function freeBytesAt(
  drives: readonly PortableDrive[],
  mountPoint: string,
): number | undefined {
  if (/\s/.test(mountPoint)) return undefined;
  const [only, ...more] = drives.filter((drive) => drive.mountPoint === mountPoint);
  return more.length > 0 ? undefined : only?.freeBytes;
}

function unexpected(cause: unknown): VolumeError {
  return new VolumeError(
    'unexpected-answer',
    'node-disk-info answered in a form that is not understood.',
    'Run "df -P" by hand to see what it says.',
    { cause },
  );
}
