/** Asks blkid what filesystem a device holds, by looking at the device itself. */
import { runProgram } from '../../platform/exec.ts';
import { type FilesystemFacts, parseBlkid } from './parse-blkid.ts';

/** A pulled card can hold the reader for seconds. */
const TIMEOUT_MS = 15_000;
/** blkid(8): 2 = nothing found. */
const NOTHING_FOUND = 2;

/**
 * Undefined when the device holds nothing that blkid knows.
 * @throws ExecError when the device cannot be read
 */
export async function probeFilesystem(
  devicePath: string,
  signal: AbortSignal,
): Promise<FilesystemFacts | undefined> {
  // --probe: past every cache, which may still speak of the card before.
  const { exitCode, stdout } = await runProgram(
    'blkid',
    ['--probe', '--output', 'export', devicePath],
    { signal, timeoutMs: TIMEOUT_MS, answerCodes: [0, NOTHING_FOUND] },
  );
  return exitCode === NOTHING_FOUND ? undefined : parseBlkid(stdout);
}
