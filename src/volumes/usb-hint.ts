/** The hint from usb-detection, in a process that may fail. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { childFile } from './child-file.ts';
import type { Hint } from './hint.ts';
import { processHint } from './process-hint.ts';

/** Where the package is not installed, or crashes again and again, it is done without. */
const MAX_FAILURES = 5;

/** Where Linux keeps its USB devices; without it there is no USB here. */
const LINUX_USB = '/sys/bus/usb/devices';

/** Whether the child could do anything: a Node process of its own is not worth keeping for nothing. */
function isOfUse(): boolean {
  if (process.platform === 'linux' && !existsSync(LINUX_USB)) return false;
  try {
    createRequire(import.meta.url).resolve('usb-detection');
    return true;
  } catch {
    return false;
  }
}

/** The hint for this machine, if there is USB here and the optional package is installed. */
export function usbHints(): readonly Hint[] {
  return isOfUse() ? [usbHint()] : [];
}

/** `script`: the child's file, another one for trying it out. */
export function usbHint(script = childFile(import.meta.url, 'usb-hint-child')): Hint {
  return processHint({ file: process.execPath, args: [script], maxFailures: MAX_FAILURES });
}
