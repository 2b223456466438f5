/** Which mount points the system is told about (/etc/fstab; format: fstab(5)). */
import { readFile } from 'node:fs/promises';
import { errnoOf } from '../errno.ts';
import { unescapeOctal } from './mountinfo.ts';

/** Mount points of a table, without swap and the root. Lines that are not understood are passed over. */
export function parseFstab(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [source, mountPoint, fsType] = line.trim().split(/\s+/);
    if (source === undefined || source.startsWith('#') || fsType === 'swap') return [];
    if (mountPoint === undefined || !mountPoint.startsWith('/')) return [];
    const path = unescapeOctal(mountPoint).replace(/\/+$/, '');
    return path === '' ? [] : [path];
  });
}

/** What the lines of a table mount: `UUID=…`, `LABEL=…` or a device, as it stands there but for quotes. */
export function parseFstabSources(text: string): ReadonlySet<string> {
  const sources = text.split('\n').flatMap((line) => {
    const source = line.trim().split(/\s+/, 1)[0] ?? '';
    return source === '' || source.startsWith('#') ? [] : [unescapeOctal(source)];
  });
  return new Set(sources.map((source) => source.replaceAll('"', '')));
}

/** The mount points of the system's table; a system without one has none. */
export async function readFstab(path = '/etc/fstab'): Promise<readonly string[]> {
  try {
    return parseFstab(await readFile(path, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
