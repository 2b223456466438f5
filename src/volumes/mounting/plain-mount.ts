/** Mounts with mount(8) below a folder of our own, where the service has the right to. */
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asFolderName } from '../../core/card.ts';
import type { Candidate, MountWay, WayFailure } from './mount-way.ts';
import { type RunTool, runTool } from './run-tool.ts';

const TIMEOUT_MS = 60_000;
const OPTIONS = 'ro,nosuid,nodev,noexec,noatime';
/** Bit of CAP_SYS_ADMIN (linux/capability.h). */
const SYS_ADMIN = 21n;

/** Drivers of one filesystem, in the order of trying: the kernel's first, then those of FUSE. */
const DRIVERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['exfat', ['exfat', 'exfat-fuse']],
  ['ntfs', ['ntfs3', 'ntfs-3g', 'ntfs']],
]);
/**
 * vfat: FAT has local times without a zone, and names in two forms. ext: replaying the journal would write to the
 * card, even when it is mounted read-only.
 */
const MORE_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['vfat', 'tz=UTC,iocharset=utf8,shortname=mixed'],
  ['ext3', 'noload'],
  ['ext4', 'noload'],
]);

export interface PlainMountOptions {
  readonly run: RunTool;
  /** Absolute path of the folder to mount below. */
  readonly folder: string;
  readonly mayMount: () => Promise<boolean>;
}

export function plainWay({ run, folder, mayMount }: PlainMountOptions): MountWay {
  return {
    name: 'mount',
    async mount(candidate, signal) {
      if (!(await mayMount())) return NOT_ALLOWED;
      const target = join(folder, folderNameFor(candidate));
      await mkdir(target, { recursive: true, mode: 0o755 });
      const failure = await tryDrivers(run, candidate, target, signal);
      // Empty folders of mounts that failed would look like cards to a person.
      if (failure !== undefined) await rmdir(target).catch(() => undefined);
      return failure;
    },
    async unmount({ root }, signal) {
      if (!(await mayMount())) return NOT_ALLOWED;
      const failure = await runTool(run, ['umount', root], { signal, timeoutMs: TIMEOUT_MS });
      if (failure === undefined) await tidy(folder, root);
      return failure;
    },
  };
}

/** Takes a mount away whose medium is gone, also while somebody has files of it open. For our own mounts only. */
export async function lazyUnmount(
  { run, folder }: Pick<PlainMountOptions, 'run' | 'folder'>,
  root: string,
  signal: AbortSignal,
): Promise<WayFailure | undefined> {
  const options = { signal, timeoutMs: TIMEOUT_MS };
  const failure = await runTool(run, ['umount', '--lazy', root], options);
  if (failure === undefined) await tidy(folder, root);
  return failure;
}

/** Whether this process is root, or has the right to mount without being it. */
export async function hasRightToMount(status = '/proc/self/status'): Promise<boolean> {
  const text = await readFile(status, 'utf8').catch(() => '');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(text)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> SYS_ADMIN) & 1n) === 1n;
}

const NOT_ALLOWED: WayFailure = {
  why: 'not-allowed',
  words: 'the service is not root and may not mount by itself',
};

/** With the medium's number in it, so that the next card in the slot is never taken for this one. */
function folderNameFor({ label, name, sequence }: Candidate): string {
  const number = sequence.slice(sequence.lastIndexOf('=') + 1);
  return `${asFolderName(label)}-${name}${number === '' ? '' : `.${number}`}`;
}

async function tryDrivers(
  run: RunTool,
  { devicePath, fsType }: Candidate,
  target: string,
  signal: AbortSignal,
): Promise<WayFailure | undefined> {
  const more = MORE_OPTIONS.get(fsType);
  const options = more === undefined ? OPTIONS : `${OPTIONS},${more}`;
  let failure: WayFailure | undefined;
  for (const driver of DRIVERS.get(fsType) ?? [fsType]) {
    failure = await runTool(run, ['mount', '-t', driver, '-o', options, devicePath, target], {
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    if (failure?.why !== 'no-driver') return failure;
  }
  return failure;
}

/** Removes the folder of a mount of ours; anything else stays. */
async function tidy(folder: string, root: string): Promise<void> {
  if (root.startsWith(`${folder}/`)) await rmdir(root).catch(() => undefined);
}
