/** Messages on macOS, by `osascript`. Written from Apple's documentation; not run on a Mac. */
import type { runProgram } from '../../platform/exec.ts';
import { type Notifier, NOTIFY_TIMEOUT_MS } from './notifier.ts';

/**
 * Text is handed over as arguments and never becomes part of the script. macOS shows such messages under the name
 * "Script Editor"; they have no picture, do not replace one another and know no urgency.
 */
const SCRIPT = [
  'on run argv',
  'display notification (item 3 of argv) with title (item 2 of argv)',
  'end run',
];

export function makeNotificationCenterNotifier(run: typeof runProgram): Notifier {
  return {
    async show({ title, body }, signal) {
      // The first plain argument ends osascript's options, so that no label is taken for one.
      const args = [...SCRIPT.flatMap((line) => ['-e', line]), 'safelight', title, body];
      await run('osascript', args, { signal, timeoutMs: NOTIFY_TIMEOUT_MS });
    },
  };
}
