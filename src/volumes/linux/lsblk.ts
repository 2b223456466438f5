/** Asks lsblk for the block devices. */
import { runProgram } from '../../platform/exec.ts';
import { type BlockDevice, LSBLK_COLUMNS, parseLsblk } from './parse-lsblk.ts';

const TIMEOUT_MS = 10_000;

/** @throws ExecError, VolumeError */
export async function listBlockDevices(signal: AbortSignal): Promise<readonly BlockDevice[]> {
  // Without device names: a hardened unit has no nodes in /dev, but /sys lists all of them.
  const { stdout } = await runProgram('lsblk', ['--json', '--output', LSBLK_COLUMNS], {
    signal,
    timeoutMs: TIMEOUT_MS,
    // 32: there is no block device at all, or none that may be seen.
    answerCodes: [0, 32],
  });
  return stdout.trim() === '' ? [] : parseLsblk(stdout);
}
