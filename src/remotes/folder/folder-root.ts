/** Whether the configured folder is really the remote, and not the empty mount point below it. */
import { constants } from 'node:fs';
import { lstat, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, fsyncFolder } from '../../platform/durable-fs.ts';
import { RemoteError } from '../remote-error.ts';

/** Stands in the folder once it has been used. The witness looks for the same name. */
export const MARKER_NAME = '.safelight-remote';

const MARKER_TEXT = `This folder is an offsite place of safelight. While this file is here, safelight takes the folder for the real
one and not for an empty mount point. Do not delete it.
`;

export interface FolderRootOptions {
  readonly id: string;
  /** Absolute path. The folder must exist; it is never made. */
  readonly path: string;
  /** Whether this remote was ever seen to hold anything; then a missing marker is a missing mount. */
  readonly usedBefore: () => Promise<boolean>;
  /** The table of what should be mounted; another file for tests. */
  readonly mountTable?: string;
}

/** The filesystem that the folder is on; everything that is written must land on the same one. */
export interface FolderRoot {
  readonly path: string;
  readonly deviceNumber: number;
}

/**
 * Looks at the folder. On first use the marker is put into it.
 * @throws RemoteError `unreachable` when it is not there, or not what was there before
 */
export async function findRoot(options: FolderRootOptions): Promise<FolderRoot> {
  const { id, path } = options;
  let seen: Awaited<ReturnType<typeof stat>>;
  try {
    seen = await stat(path);
  } catch (cause) {
    throw notThere(id, `${path} cannot be found (${codeOf(cause) ?? String(cause)})`, cause);
  }
  if (!seen.isDirectory()) throw notThere(id, `${path} is no folder`);
  if (!(await hasMarker(path))) await adopt(options);
  return { path, deviceNumber: seen.dev };
}

/** Whether the root is still on the same filesystem and marked. Asked again before anything becomes visible. */
export async function sameRoot({ path, deviceNumber }: FolderRoot): Promise<boolean> {
  return (await stat(path)).dev === deviceNumber && (await hasMarker(path));
}

/** The error for a folder that is not (or no longer) the remote. */
export function notThere(id: string, why: string, cause?: unknown): RemoteError {
  return new RemoteError(
    'unreachable',
    `${id} is not there: ${why}.`,
    'Connect and mount it; sending goes on by itself when it is back.',
    { cause },
  );
}

async function hasMarker(path: string): Promise<boolean> {
  try {
    return (await lstat(join(path, MARKER_NAME))).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function adopt({ id, path, usedBefore, mountTable = '/etc/fstab' }: FolderRootOptions) {
  if (await usedBefore()) {
    throw notThere(
      id,
      `${path} lacks the file ${MARKER_NAME} that was put there, so something else may be mounted`,
    );
  }
  const unmounted = await unmountedAbove(path, mountTable);
  if (unmounted !== undefined) throw notThere(id, `nothing is mounted at ${unmounted}`);
  const marker = await open(
    join(path, MARKER_NAME),
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  ).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  });
  if (marker === undefined) return;
  try {
    await marker.writeFile(MARKER_TEXT);
    await marker.sync();
  } finally {
    await marker.close();
  }
  await fsyncFolder(path);
}

/** The folder's mount point by the system's table, when nothing is mounted there now. Linux only. */
async function unmountedAbove(path: string, mountTable: string): Promise<string | undefined> {
  const table = await readFile(mountTable, 'utf8').catch(() => '');
  const above = mountPointsOf(table).filter(
    (point) => point !== '/' && (path === point || path.startsWith(`${point}/`)),
  );
  const nearest = above.toSorted((a, b) => b.length - a.length)[0];
  if (nearest === undefined) return undefined;
  const [inside, outside] = await Promise.all([stat(nearest), stat(dirname(nearest))]);
  return inside.dev === outside.dev ? nearest : undefined;
}

/** The second column of a table in the form of fstab(5), with its octal escapes undone. */
export function mountPointsOf(table: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [source = '', point = ''] = line.trim().split(/\s+/);
    if (source === '' || source.startsWith('#') || !point.startsWith('/')) return [];
    const plain = point.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [plain.length > 1 ? plain.replace(/\/+$/, '') : plain];
  });
}
