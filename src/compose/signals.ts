/** Builds the signals that the configuration asks for. */
import { join } from 'node:path';
import type { Config, LedConfig } from '../config/schema.ts';
import { runProgram } from '../platform/exec.ts';
import type { Logger } from '../platform/logger.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signal } from '../ports/signal.ts';
import { makeDesktopSignal } from '../signals/desktop/desktop-signal.ts';
import { makeCommandLed } from '../signals/led/command-led.ts';
import { makeSysfsLed } from '../signals/led/sysfs-led.ts';
import { makeStateFile } from '../signals/state-file.ts';

export interface SignalParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Lamps only: what `safelight led` tries. */
export function makeLamps(
  config: Config,
  parts: SignalParts & { readonly lampNotes?: string },
): readonly Signal[] {
  return config.signals.leds.flatMap((led) => makeLamp(led, parts));
}

/** Messages only: what `safelight notify` tries. */
export function makeMessengers(
  config: Config,
  { logger, tellsFailure = false }: SignalParts & { readonly tellsFailure?: boolean },
): readonly Signal[] {
  if (!config.signals.desktop.enabled) return [];
  return [makeDesktopSignal({ tellsFailure }, { run: runProgram, logger })];
}

/** Everything; the light's file lies in the state folder, or in systemd's runtime folder when there is one. */
export function makeAllSignals(
  config: Config,
  stateDir: string,
  parts: SignalParts & { readonly tellsFailure?: boolean },
): readonly Signal[] {
  const runtime = process.env['RUNTIME_DIRECTORY']?.split(':')[0] ?? stateDir;
  return [
    makeStateFile({ path: join(runtime, 'light.json') }, parts),
    ...makeLamps(config, { ...parts, lampNotes: join(stateDir, 'lamps') }),
    ...makeMessengers(config, parts),
  ];
}

function makeLamp(
  led: LedConfig,
  { lampNotes, ...parts }: SignalParts & { readonly lampNotes?: string },
): readonly Signal[] {
  switch (led.kind) {
    case 'sysfs': {
      const { name, root } = led;
      const notes = lampNotes === undefined ? {} : { notes: lampNotes };
      return [makeSysfsLed({ name, root, ...notes }, parts)];
    }
    case 'command':
      return [makeCommandLed({ command: led.command }, { ...parts, run: runProgram })];
    default:
      parts.logger.warn('this kind of light cannot be used yet', { kind: led.kind });
      return [];
  }
}
