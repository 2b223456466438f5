/**
 * A process of its own that keeps a tried light lit for a while after the command has ended, and then leaves every
 * lamp as it was found: a trial must never become a green light that nobody stands for.
 *
 * Arguments: the configuration's path and the light. Sends its findings to the parent once.
 */
import { loadConfig } from '../config/load.ts';
import { asLight } from '../core/light.ts';
import { systemClock } from '../platform/system-clock.ts';
import { lampTrials } from './signal-trials.ts';

/** As long as any light may be believed without being renewed. Milliseconds. */
const LIT_FOR_MS = 30_000;

const [configFlag = '', word = ''] = process.argv.slice(2);
const { config } = await loadConfig({ configFlag, env: process.env });
const { findings, stop } = await lampTrials(config, asLight(word));
process.send?.(findings);
process.disconnect?.();
const never = new AbortController().signal;
// The clock's timers do not keep a process alive; this one is here to wait.
const alive = setInterval(() => undefined, LIT_FOR_MS);
await systemClock.after(LIT_FOR_MS, never);
await stop();
clearInterval(alive);
