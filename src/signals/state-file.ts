/** Writes the light to a file, for menu bars, lamps and whatever else a person likes to make of it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Light } from '../core/light.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signal, SignalState } from '../ports/signal.ts';
import { type Lamp, type LampDeps, makeLampSignal } from './leased-lamp.ts';
import { SignalError } from './signal-error.ts';
import { LEASE_MS, RENEW_MS } from './signal-states.ts';

/**
 * What stands in the file. Times are ISO 8601 in UTC. After `validUntil` it means nothing any more: the service is
 * dead or stuck. No file means that the service does not run.
 */
export interface LightFile {
  readonly version: 1;
  readonly light: Light;
  readonly line: string;
  readonly at: string;
  readonly validUntil: string;
}

export interface StateFileOptions {
  /** Absolute path, usually `light.json` in the runtime folder; its folder is made if missing. */
  readonly path: string;
}

const LINE_EVERY_MS = 1_000;

/** The file is replaced as a whole, so that nobody reads half of it, and removed on stop. */
export function makeStateFile(options: StateFileOptions, deps: LampDeps): Signal {
  return makeLampSignal(fileLamp(options.path, deps.clock), deps);
}

function fileLamp(path: string, clock: Clock): Lamp {
  const fresh = `${path}.new`;
  const remove = (): Promise<void> => rm(path, { force: true });
  return {
    name: 'state-file',
    renewEveryMs: RENEW_MS,
    lineEveryMs: LINE_EVERY_MS,
    async open() {
      try {
        await mkdir(dirname(path), { recursive: true });
      } catch (cause) {
        throw new SignalError(
          'device-failed',
          `The folder of ${path} cannot be made.`,
          'See that the service may write its runtime folder.',
          { cause },
        );
      }
    },
    async light(state) {
      // Not synced: after a power cut the file must be void anyway.
      await writeFile(fresh, `${JSON.stringify(contents(state, clock.now()))}\n`);
      await rename(fresh, path);
    },
    dark: remove,
    close: remove,
  };
}

function contents({ light, line }: SignalState, now: number): LightFile {
  return {
    version: 1,
    light,
    line,
    at: new Date(now).toISOString(),
    validUntil: new Date(now + LEASE_MS).toISOString(),
  };
}
