/** A folder for the control socket in which nobody else can put one of their own. */
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ControlError } from './control-error.ts';

/** Makes the folder of a socket, closed to others, if it is not there. */
export async function makeSocketFolder(socketPath: string): Promise<void> {
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  await refuseForeignFolder(socketPath);
}

/**
 * The stand-in folder for very long state folders lies where everybody may write, so anybody could have made it first
 * and answer "safe" there: it has to be ours or root's, and closed to writing by others.
 * @throws ControlError `refused`; other errors when it cannot be looked at (such as ENOENT)
 */
export async function refuseForeignFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath);
  if (!isStandIn(folder)) return;
  const facts = await lstat(folder);
  const own = process.getuid?.() ?? facts.uid;
  const trusted = facts.isDirectory() && (facts.uid === own || facts.uid === 0);
  if (trusted && (facts.mode & 0o022) === 0) return;
  throw new ControlError(
    'refused',
    `The folder ${folder} belongs to somebody else, so what answers there may not be the service.`,
    'Remove it, or choose a shorter state folder with --state-dir.',
  );
}

/** Takes the stand-in folder away when nothing is left in it; a state folder stays. */
export async function leaveSocketFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath);
  if (!isStandIn(folder)) return;
  try {
    await rmdir(folder);
  } catch {
    // Somebody else's socket is in it, or it is gone: both are fine.
  }
}

/** Named as `controlSocketPath` names it. */
function isStandIn(folder: string): boolean {
  return /^safelight-[0-9a-f]{16}$/.test(basename(folder));
}
