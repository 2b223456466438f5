/** Mounts through udisks, which lets a service without rights do it where a rule of polkit says so. */
import type { MountWay } from './mount-way.ts';
import { type RunTool, runTool } from './run-tool.ts';

/** A slow reader, and a check of the filesystem before it. */
const TIMEOUT_MS = 60_000;

/** udisks chooses the folder itself (/media or /run/media) and gives the files to whoever asked. */
export function udisksWay(run: RunTool): MountWay {
  const call = (verb: string, device: string, rest: readonly string[], signal: AbortSignal) =>
    // Never a question to a person: nobody would answer it.
    runTool(run, ['udisksctl', verb, '-b', device, ...rest, '--no-user-interaction'], {
      signal,
      timeoutMs: TIMEOUT_MS,
    });
  return {
    name: 'udisks',
    mount: ({ devicePath }, signal) =>
      call('mount', devicePath, ['-o', 'ro,nosuid,nodev,noexec'], signal),
    unmount: ({ devicePath }, signal) => call('unmount', devicePath, [], signal),
  };
}

/** Switches the port of a drive off. Undefined when it worked. */
export function powerOff(run: RunTool, devicePath: string, signal: AbortSignal) {
  return runTool(run, ['udisksctl', 'power-off', '-b', devicePath, '--no-user-interaction'], {
    signal,
    timeoutMs: TIMEOUT_MS,
  });
}
