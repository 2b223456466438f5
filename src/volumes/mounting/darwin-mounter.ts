/** Gives cards back on macOS, which mounts every card by itself. Written by the book; not run on a Mac yet. */
import type { Mounter } from '../../ports/mounter.ts';
import { type RunTool, runTool } from './run-tool.ts';

const TIMEOUT_MS = 60_000;

/** `diskutil eject` unmounts all volumes of the card's disk and lets go of the reader (diskutil(8)). */
export function darwinMounter(run: RunTool): Mounter {
  return {
    mountCards: async () => ({ changed: false, troubles: [] }),
    async giveBack({ label, devicePath, root }, how, signal) {
      if (devicePath === undefined) return { kind: 'given-back' };
      const args = how === 'eject' ? ['eject', wholeDisk(devicePath)] : ['unmount', devicePath];
      const options = { signal, timeoutMs: TIMEOUT_MS };
      const failure = await runTool(run, ['diskutil', ...args], options);
      if (failure === undefined) return { kind: 'given-back' };
      return {
        kind: 'busy',
        sentence: `${label} at ${root} could not be ejected (${failure.words.replace(/\.$/, '')}).`,
        hint: 'Close what shows or reads it, and eject again.',
      };
    },
    isOwn: async () => false,
    mediumIn: async () => false,
  };
}

/** /dev/disk4s1 → /dev/disk4 */
function wholeDisk(devicePath: string): string {
  return devicePath.replace(/^(\/dev\/disk\d+)s\d+$/, '$1');
}
