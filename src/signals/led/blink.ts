/** The two ways to make an LED blink: told to the kernel, or by setting its brightness again and again. */
import type { Clock } from '../../ports/clock.ts';
import { SignalError } from '../signal-error.ts';
import { LEASE_MS } from '../signal-states.ts';
import { isErrorWithCode, type LedFolder } from './led-folder.ts';
import { holdsOf, kernelPattern, type Pattern, repeatsFor } from './patterns.ts';

export interface Blink {
  /** Shows a pattern, or renews it; resolves when it has begun. */
  show(pattern: Pattern): Promise<void>;
  /** Lets go of the LED, in whatever brightness it is then. */
  stop(): Promise<void>;
}

export interface BlinkParts {
  readonly folder: LedFolder;
  readonly clock: Clock;
  readonly maxBrightness: number;
  /** Whether the LED may be following a trigger. */
  readonly hasTriggers: boolean;
}

/** An unprivileged service may write the new files only after a udev rule has seen to it; about 0.3 s when tried. */
const PATIENCE_TRIES = 20;
const PATIENCE_MS = 100;

/**
 * By the kernel's pattern trigger: costs nothing, and the LED goes dark by itself when the repeats of one lease are
 * over, even when the service was killed.
 */
export function kernelBlink({ folder, clock, maxBrightness }: BlinkParts): Blink {
  let triggered = false;
  const writePatiently = async (file: 'repeat' | 'pattern', text: string): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await folder.write(file, text);
      } catch (error) {
        const early = isErrorWithCode(error, 'EACCES', 'EPERM');
        if (!early || tries >= PATIENCE_TRIES) throw error;
      }
      await clock.after(PATIENCE_MS, new AbortController().signal);
    }
  };
  return {
    async show(pattern) {
      const wasTriggered = triggered;
      // Until all is written nobody knows what the LED follows.
      triggered = false;
      if (!wasTriggered) await folder.write('trigger', 'pattern');
      await writePatiently('repeat', String(repeatsFor(pattern, LEASE_MS)));
      await writePatiently('pattern', kernelPattern(pattern, maxBrightness));
      triggered = true;
    },
    async stop() {
      triggered = false;
    },
  };
}

/** By our own timer, where the kernel has no pattern trigger. A killed service leaves the LED as it is. */
export function softwareBlink(parts: BlinkParts): Blink {
  const { folder, clock, maxBrightness, hasTriggers } = parts;
  let shown: Pattern | undefined;
  let stopping = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  const run = async (pattern: Pattern, begun: () => void, signal: AbortSignal): Promise<void> => {
    const holds = holdsOf(pattern, maxBrightness);
    while (!signal.aborted) {
      for (const { brightness, ms } of holds) {
        if (signal.aborted) return;
        await folder.write('brightness', String(brightness));
        begun();
        await clock.after(ms, signal);
      }
    }
  };
  const stop = async (): Promise<void> => {
    shown = undefined;
    stopping.abort();
    await loop;
  };
  return {
    async show(pattern) {
      if (shown === pattern) return;
      await stop();
      if (hasTriggers) await folder.write('trigger', 'none');
      stopping = new AbortController();
      const { signal } = stopping;
      await new Promise<void>((resolve, reject) => {
        loop = run(pattern, resolve, signal).catch((error: unknown) => {
          // After the beginning nobody listens any more: the next renewal tries again, and that is told.
          if (!signal.aborted) shown = undefined;
          reject(error);
        });
      });
      shown = pattern;
    },
    stop,
  };
}

/** @throws SignalError with the reason in words */
export function deviceFailed(name: string, cause: unknown): SignalError {
  const denied = isErrorWithCode(cause, 'EACCES', 'EPERM', 'EROFS');
  return new SignalError(
    'device-failed',
    denied
      ? `The LED "${name}" may not be written to by this service.`
      : `The LED "${name}" does not take what it is told.`,
    denied
      ? 'Install the udev rule that comes with safelight; the service must not run with ProtectKernelTunables.'
      : 'See that it is still plugged in, and that nothing else drives it.',
    { cause },
  );
}
