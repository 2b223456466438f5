/** Asks blkid what filesystem a device holds, by looking at the device itself. */
import { stat } from 'node:fs/promises';
import { runProgram } from '../../platform/exec.ts';
import { VolumeError } from '../volume-error.ts';
import { type FilesystemFacts, parseBlkid } from './parse-blkid.ts';

/** A pulled card can hold the reader for seconds. */
const TIMEOUT_MS = 15_000;
/**
 * blkid(8): 2 = nothing found. But also for a device that may not be read (then it says so on standard error), and,
 * without a word, for one that is not there, as in a hardened unit.
 */
const NOTHING_FOUND = 2;

/**
 * Undefined when the device holds nothing that blkid knows.
 * @throws ExecError, VolumeError or a system error when the device cannot be read
 */
export async function probeFilesystem(
  devicePath: string,
  signal: AbortSignal,
): Promise<FilesystemFacts | undefined> {
  // --probe: past every cache, which may still speak of the card before.
  await stat(devicePath);
  const { exitCode, stdout, stderr } = await runProgram(
    'blkid',
    ['--probe', '--output', 'export', devicePath],
    { signal, timeoutMs: TIMEOUT_MS, answerCodes: [0, NOTHING_FOUND] },
  );
  if (exitCode !== NOTHING_FOUND) return parseBlkid(stdout);
  if (stderr.trim() === '') return undefined;
  throw new VolumeError(
    'no-answer',
    stderr.trim(),
    'Let the service read the device, or run udev.',
  );
}
