/** Asks macOS about disks and mounts. Written from Apple's documentation and not run on a Mac. */
import { runProgram } from '../../platform/exec.ts';
import {
  type DarwinMount,
  type DiskInfo,
  parseDiskInfo,
  parseMountTable,
} from './parse-diskutil.ts';

const TIMEOUT_MS = 15_000;

/** The questions, so that the parts that use the answers can be tried on any system. */
export interface DiskUtility {
  readonly mounts: (signal: AbortSignal) => Promise<readonly DarwinMount[]>;
  /** `disk`: an identifier such as `disk4s1`. */
  readonly info: (disk: string, signal: AbortSignal) => Promise<DiskInfo>;
}

/** @throws ExecError, VolumeError */
export const diskutil: DiskUtility = {
  async mounts(signal) {
    const { stdout } = await runProgram('/sbin/mount', [], { signal, timeoutMs: TIMEOUT_MS });
    return parseMountTable(stdout);
  },
  async info(disk, signal) {
    const args = ['info', '-plist', disk];
    const { stdout } = await runProgram('/usr/sbin/diskutil', args, {
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    return parseDiskInfo(stdout);
  },
};
