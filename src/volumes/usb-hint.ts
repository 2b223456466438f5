/** The hint from usb-detection, in a process that may fail. */
import { childFile } from './child-file.ts';
import type { Hint } from './hint.ts';
import { processHint } from './process-hint.ts';

/** Where the package is not installed, or crashes again and again, it is done without. */
const MAX_FAILURES = 5;

/** `script`: the child's file, another one for trying it out. */
export function usbHint(script = childFile(import.meta.url, 'usb-hint-child')): Hint {
  return processHint({ file: process.execPath, args: [script], maxFailures: MAX_FAILURES });
}
