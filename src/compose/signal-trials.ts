/** `safelight led` and `safelight notify`: tries a signal once and says how it went. */
import type { TrialFinding } from '../cli/services.ts';
import type { Config } from '../config/schema.ts';
import type { Light } from '../core/light.ts';
import { lightWord } from '../core/status.ts';
import { silentLogger } from '../platform/logger.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { Signal } from '../ports/signal.ts';
import { makeLamps, makeMessengers } from './signals.ts';

const PARTS = { clock: systemClock, logger: silentLogger };

/** Sets every light and leaves it so until the person interrupts; `off` goes dark and ends at once. */
export async function tryLight(
  config: Config,
  light: Light,
  signal: AbortSignal,
): Promise<readonly TrialFinding[]> {
  const lamps = makeLamps(config, PARTS);
  const findings = await Promise.all(
    lamps.map((lamp) => trial(lamp, () => setLamp(lamp, light, signal))),
  );
  return findings;
}

/** How long a tried light stays lit when nobody interrupts. Milliseconds. */
const SHOWN_FOR_MS = 5_000;

async function setLamp(lamp: Signal, light: Light, signal: AbortSignal): Promise<void> {
  await lamp.start();
  await lamp.show({ light, line: lightWord(light) });
  if (light === 'off') {
    await lamp.stop();
    return;
  }
  await systemClock.after(SHOWN_FOR_MS, signal).catch(() => undefined);
  await lamp.stop();
}

export async function tryMessage(config: Config, text: string): Promise<readonly TrialFinding[]> {
  const messengers = makeMessengers(config, PARTS);
  return Promise.all(
    messengers.map((messenger) =>
      trial(messenger, async () => {
        await messenger.start();
        const turn = { kind: 'alarm', card: 'trial', title: 'safelight', body: text } as const;
        await messenger.tell(turn);
        await messenger.stop();
      }),
    ),
  );
}

async function trial(signal: Signal, run: () => Promise<void>): Promise<TrialFinding> {
  const part = signal.name;
  try {
    await run();
    return { part, ok: true, required: true, sentence: `${part} was set.` };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const hint =
      typeof error === 'object' && error !== null && 'hint' in error ? String(error.hint) : '';
    return { part, ok: false, required: true, sentence, ...(hint === '' ? {} : { hint }) };
  }
}
