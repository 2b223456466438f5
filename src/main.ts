#!/usr/bin/env node
/** Starts the command line: reads the arguments, obeys signals, ends with the command's exit code. */
import { readFileSync } from 'node:fs';
import { standardIo } from './cli/cli-io.ts';
import { runCli } from './cli/program.ts';
import { cliServices } from './compose/cli-services.ts';

/** A read from a pulled card can hang in the kernel; the process must end all the same. Milliseconds. */
const LAST_RESORT_MS = 4_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}

// Amazon's client prints a page about Node's version at every load; which Node is used is told in the README.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    stop.abort(new Error(`stopped by ${name}`));
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_RESORT_MS).unref();
  });
}

const { stdout, stderr, env } = process;
const io = standardIo({ stdout, stderr, env, signal: stop.signal });
// The clock's timers keep no process alive: a command that waits by one alone would end in the middle of it.
const alive = setInterval(() => undefined, LONGEST_TIMER_MS);
process.exitCode = await runCli(process.argv.slice(2), cliServices(ownVersion()), io).finally(() =>
  clearInterval(alive),
);
