/** The thread's side of a lane: takes one order at a time and answers it. */
import { parentPort } from 'node:worker_threads';
import { makeSmallTools, perform, type SmallOrder } from './small-files.ts';

const tools = await makeSmallTools();

// The only sender is our own lane, which is compiled together with this.
parentPort?.on('message', (order: SmallOrder) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(perform(tools, order));
});
