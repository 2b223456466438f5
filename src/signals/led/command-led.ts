/** Shows the light by a program of the person's own, for lamps that we know nothing of. */
import type { runProgram } from '../../platform/exec.ts';
import type { Signal, SignalState } from '../../ports/signal.ts';
import { type Lamp, type LampDeps, makeLampSignal } from '../leased-lamp.ts';
import { SignalError } from '../signal-error.ts';
import { DARK, RENEW_MS } from '../signal-states.ts';

export interface CommandLedOptions {
  /** Program and arguments; the light's name is added as the last one. No shell looks at them. */
  readonly command: readonly string[];
}

export interface CommandLedDeps extends LampDeps {
  readonly run: typeof runProgram;
}

const TIMEOUT_MS = 5_000;

/**
 * Runs the program when the light changes and about every 10 s while it stays, with the light (off, copying,
 * on-two-drives, safe, do-not-format, empty) as last argument and in SAFELIGHT_LIGHT, and the line in SAFELIGHT_LINE.
 * The lamp goes dark when the service stops; if the service can be killed, the program must see to that itself: a
 * light that was not renewed for 30 s is void.
 */
export function makeCommandLed(options: CommandLedOptions, deps: CommandLedDeps): Signal {
  return makeLampSignal(commandLamp(options.command, deps.run), deps);
}

function commandLamp(command: readonly string[], run: typeof runProgram): Lamp {
  const [program = '', ...args] = command;
  const tell = async ({ light, line }: SignalState): Promise<void> => {
    // An environment cannot hold the end of a C string.
    const env = { SAFELIGHT_LIGHT: light, SAFELIGHT_LINE: line.replaceAll('\0', ' ') };
    const { signal } = new AbortController();
    await run(program, [...args, light], { env, signal, timeoutMs: TIMEOUT_MS });
  };
  return {
    name: `led:${program}`,
    renewEveryMs: RENEW_MS,
    async open() {
      if (program === '') throw noProgram();
    },
    light: tell,
    dark: () => tell(DARK),
    close: () => tell(DARK),
  };
}

function noProgram(): SignalError {
  return new SignalError(
    'no-device',
    'A light of kind "command" names no program.',
    'Give command = ["/path/to/program"] in [[signals.led]].',
  );
}
