/** `safelight led` and `safelight notify`: tries a signal once and says how it went. */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { z } from 'zod';
import type { TrialFinding } from '../cli/services.ts';
import type { ConfigWarning } from '../config/cross-checks.ts';
import type { Config } from '../config/schema.ts';
import type { Light } from '../core/light.ts';
import { lightWord } from '../core/status.ts';
import { silentLogger } from '../platform/logger.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { Signal } from '../ports/signal.ts';
import { lightsNotYet, messagesNotYet } from './not-yet.ts';
import { makeLamps, makeMessengers } from './signals.ts';

const PARTS = { clock: systemClock, logger: silentLogger };
/** Lamps that have not answered by then have failed. Milliseconds. */
const KEEPER_TIMEOUT_MS = 15_000;

const findingsShape = z.array(
  z.object({
    part: z.string(),
    ok: z.boolean(),
    required: z.boolean(),
    sentence: z.string(),
    hint: z.string().exactOptional(),
  }),
);

/**
 * Sets every light. `off` goes dark at once; anything else stays lit for 30 s in a process of its own, so that the
 * command can end and the light can be looked at.
 */
export async function tryLight(
  { config, path }: { readonly config: Config; readonly path: string },
  light: Light,
): Promise<readonly TrialFinding[]> {
  if (config.signals.leds.length === 0) return [];
  if (light !== 'off') return keepLit(path, light);
  const { findings, stop } = await lampTrials(config, light);
  await stop();
  return findings;
}

function keepLit(configPath: string, light: Light): Promise<readonly TrialFinding[]> {
  const keeper = new URL(`./led-keeper${extname(import.meta.url)}`, import.meta.url);
  const child = fork(keeper, [configPath, light], { detached: true, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error('the lights did not answer'));
    }, KEEPER_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the process that keeps the light lit ended early')));
    child.once('message', (message) => {
      clearTimeout(timer);
      child.removeAllListeners('exit');
      if (child.connected) child.disconnect();
      child.unref();
      resolve(findingsShape.parse(message));
    });
  });
}

/** Sets every lamp; `stop` leaves them dark and as they were found. */
export async function lampTrials(
  config: Config,
  light: Light,
): Promise<{
  readonly findings: readonly TrialFinding[];
  readonly stop: () => Promise<void>;
}> {
  const lamps = makeLamps(config, PARTS);
  const findings = await Promise.all(
    lamps.map((lamp) =>
      trial(lamp, async () => {
        await lamp.start();
        await lamp.show({ light, line: lightWord(light) });
      }),
    ),
  );
  return {
    findings: [...findings, ...lightsNotYet(config).map(inVain)],
    stop: async () => {
      await Promise.allSettled(lamps.map((lamp) => lamp.stop()));
    },
  };
}

export async function tryMessage(config: Config, text: string): Promise<readonly TrialFinding[]> {
  const messengers = makeMessengers(config, { ...PARTS, tellsFailure: true });
  const findings = await Promise.all(
    messengers.map((messenger) =>
      trial(messenger, async () => {
        await messenger.start();
        const turn = { kind: 'alarm', card: 'trial', title: 'safelight', body: text } as const;
        await messenger.tell(turn);
        await messenger.stop();
      }),
    ),
  );
  return [...findings, ...messagesNotYet(config).map(inVain)];
}

function inVain({ field, sentence, hint }: ConfigWarning): TrialFinding {
  return { part: field, ok: false, required: true, sentence, hint };
}

async function trial(signal: Signal, run: () => Promise<void>): Promise<TrialFinding> {
  const part = signal.name;
  try {
    await run();
    return { part, ok: true, required: true, sentence: `${part} took it.` };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const hint =
      typeof error === 'object' && error !== null && 'hint' in error ? String(error.hint) : '';
    return { part, ok: false, required: true, sentence, ...(hint === '' ? {} : { hint }) };
  }
}
