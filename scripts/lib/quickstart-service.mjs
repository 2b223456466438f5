/** The service under demonstration, driven only by its own command line. */
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { run } from './run.mjs';
import { AS_THE_UNIT_HAS_IT } from './unit-environment.mjs';

const MAIN = 'dist/main.js';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

export class Service {
  #child;
  #ended = false;

  /** @param {{ config: string, stateDir: string, logFile: string, env?: object }} places */
  constructor(places) {
    this.places = places;
  }

  /** Resolves when the service answers. */
  async start() {
    const { config, stateDir, logFile, env } = this.places;
    const log = await open(logFile, 'a');
    const args = [MAIN, 'daemon', '--config', config, '--state-dir', stateDir];
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, ...AS_THE_UNIT_HAS_IT, ...env },
    });
    this.#child.once('exit', () => {
      this.#ended = true;
    });
    await log.close();
    const limit = Date.now() + START_LIMIT_MS;
    while (Date.now() < limit && !this.#ended) {
      const status = await this.status();
      if (status?.service.running) return status;
      await after(200);
    }
    const tail = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-10).join('\n');
    throw new Error(`The service does not start. Its log, ${logFile}, ends with:\n${tail}`);
  }

  /** `safelight WORD…`: what it printed, and its exit code. */
  async command(...words) {
    const { config, stateDir, env } = this.places;
    const args = [MAIN, ...words, '--config', config, '--state-dir', stateDir];
    return await run(process.execPath, args, { env: { ...process.env, ...env } });
  }

  /** The service's own account of itself; undefined while it has none. */
  async status() {
    const { code, out } = await this.command('status', '--json');
    return code === 0 ? JSON.parse(out) : undefined;
  }

  get ended() {
    return this.#ended;
  }

  /** Asks it to end, and ends it when it does not. */
  async stop() {
    if (this.#child === undefined || this.#ended) return;
    this.#child.kill('SIGTERM');
    const limit = Date.now() + STOP_LIMIT_MS;
    while (!this.#ended && Date.now() < limit) await after(50);
    if (!this.#ended) this.#child.kill('SIGKILL');
  }
}

/** Where the ledger of a state folder is. */
export function ledgerOf(stateDir) {
  return join(stateDir, 'ledger.sqlite');
}
