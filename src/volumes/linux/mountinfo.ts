/** Reads the kernel's list of mounts (/proc/self/mountinfo; format: proc(5)). */
import { readFile } from 'node:fs/promises';
import { isBelow } from '../place.ts';
import { VolumeError } from '../volume-error.ts';

/** One mount. */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** The filesystem's device as `major:minor`; major 0 for filesystems without a block device of their own. */
  readonly device: string;
  /** The folder of the filesystem that is mounted here; `/` unless it is a bind mount or a subvolume. */
  readonly fsRoot: string;
  readonly mountPoint: string;
  readonly fsType: string;
  /** What was mounted: a device node, `server:/export`, or any word. */
  readonly source: string;
  /** Options of the mount and of the filesystem together. */
  readonly options: ReadonlySet<string>;
}

export const MOUNTINFO = '/proc/self/mountinfo';

/** A listing reads the table ten times; understanding it is what costs. */
let understood: { readonly text: string; readonly mounts: readonly Mount[] } | undefined;

/** @throws VolumeError when the list cannot be had: unknown, never "nothing is mounted" */
export async function readMounts(path: string = MOUNTINFO): Promise<readonly Mount[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new VolumeError(
      'no-answer',
      'The list of mounted filesystems could not be read.',
      `See that the service may read ${path}.`,
      { cause },
    );
  }
  if (understood?.text !== text) understood = { text, mounts: parseMountinfo(text) };
  return understood.mounts;
}

/** @throws VolumeError on a line that is not in the known form */
export function parseMountinfo(text: string): readonly Mount[] {
  const mounts = text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
  // Something is mounted on / wherever a program runs; an empty list is no answer.
  if (mounts.length === 0) throw unexpected('(nothing)');
  return mounts;
}

function parseLine(line: string): Mount {
  const fields = line.split(' ');
  // Between the sixth field and the dash stands any number of optional ones.
  const dash = fields.indexOf('-', 6);
  const [id, parentId, device, fsRoot, mountPoint, mountOptions] = fields;
  const [fsType, source, superOptions] = dash === -1 ? [] : fields.slice(dash + 1);
  if (
    id === undefined ||
    parentId === undefined ||
    device === undefined ||
    !/^\d+:\d+$/.test(device) ||
    fsRoot === undefined ||
    mountPoint === undefined ||
    mountOptions === undefined ||
    fsType === undefined ||
    source === undefined
  ) {
    throw unexpected(line);
  }
  return {
    id: Number(id),
    parentId: Number(parentId),
    device,
    fsRoot: unescapeOctal(fsRoot),
    mountPoint: unescapeOctal(mountPoint),
    fsType: unescapeOctal(fsType),
    source: unescapeOctal(source),
    options: new Set([...mountOptions.split(','), ...(superOptions ?? '').split(',')]),
  };
}

function unexpected(line: string): VolumeError {
  return new VolumeError(
    'unexpected-answer',
    `The list of mounted filesystems has a line that is not understood: ${line}`,
    'Please report this line; until then nothing can be told about what is plugged in.',
  );
}

/** The kernel writes space, tab, line break, backslash and `#` as `\` and three octal digits. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Whether nothing can be written now; `emergency_ro` is how newer kernels show a filesystem that met an error. */
export function isReadOnly(mount: Mount): boolean {
  return mount.options.has('ro') || mount.options.has('emergency_ro');
}

/** The mount that a path (absolute, links resolved) lives on: the longest mount point above it, the topmost there. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (!isBelow(path, mount.mountPoint)) continue;
    if (best === undefined || mount.mountPoint.length > best.mountPoint.length) best = mount;
    else if (mount.mountPoint === best.mountPoint && isOnTop(mount, best, mounts)) best = mount;
  }
  return best;
}

/** Of two mounts at one place the upper is a descendant of the lower. */
function isOnTop(upper: Mount, lower: Mount, mounts: readonly Mount[]): boolean {
  const byId = new Map(mounts.map((mount) => [mount.id, mount]));
  let above = byId.get(upper.parentId);
  for (let steps = 0; above !== undefined && steps < mounts.length; steps += 1) {
    if (above.id === lower.id) return true;
    if (above.parentId === above.id) return false;
    above = byId.get(above.parentId);
  }
  return false;
}
