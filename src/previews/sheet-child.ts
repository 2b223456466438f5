/** The child process that decodes pictures, so that a file that kills a decoder kills nothing else. */
import sharp from 'sharp';
import { assertNever } from '../core/assert-never.ts';
import { composeSheet } from './compose-sheet.ts';
import { makeTile } from './make-tile.ts';
import { asRequest, type ChildReply, type ChildRequest, type ChildWord } from './sheet-messages.ts';

const REPORT_EVERY_MS = 100;

// One picture at a time, and nothing kept of it: this process is to be small, not fast.
sharp.concurrency(1);
sharp.cache(false);

process.on('message', (message: unknown) => {
  void answer(message).then(say);
});
// Nobody is left to answer to. A decoder may be stuck, so this does not wait for it.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The first report says that all is loaded.
report();
setInterval(report, REPORT_EVERY_MS).unref();

function report(): void {
  say({ kind: 'memory', bytes: process.memoryUsage.rss() });
}

async function answer(message: unknown): Promise<ChildReply> {
  try {
    const request = asRequest(message);
    return request === undefined
      ? { kind: 'failed', reason: 'not understood' }
      : await carriedOut(request);
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function carriedOut(request: ChildRequest): Promise<ChildReply> {
  switch (request.kind) {
    case 'tile':
      return makeTile(request);
    case 'sheet':
      return composeSheet(request);
    default:
      return assertNever(request);
  }
}

function say(message: ChildWord): void {
  process.send?.(message);
}
