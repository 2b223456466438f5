/** How a light is written: always its word, with colour only as an addition. */
import type { Light } from '../core/light.ts';
import { type CardView, lightWord } from '../core/status.ts';

interface Look {
  /** What the lamp does. */
  readonly lamp: string;
  /** SGR parameters of ECMA-48. */
  readonly sgr: string;
}

const LOOKS: Readonly<Record<Light, Look>> = {
  off: { lamp: 'dark', sgr: '2' },
  copying: { lamp: 'white, slow blink', sgr: '1' },
  'on-two-drives': { lamp: 'amber, steady breath', sgr: '33' },
  safe: { lamp: 'green, steady with heartbeat', sgr: '1;32' },
  'do-not-format': { lamp: 'red, fast blink', sgr: '1;31' },
  empty: { lamp: 'blue and white, double blink', sgr: '34' },
};

export function lampText(light: Light): string {
  return LOOKS[light].lamp;
}

/** The word, padded to `width` outside of the colour. */
export function lightText(light: Light, colour: boolean, width = 0): string {
  const word = lightWord(light);
  const shown = colour ? `\u001b[${LOOKS[light].sgr}m${word}\u001b[0m` : word;
  return shown + ' '.repeat(Math.max(0, width - word.length));
}

/** The light to show for a card: never "safe" unless the verdict says so too. */
export function lightFor({ light, verdict, blockers }: CardView): Light {
  const safe = verdict === 'safe-to-format' && blockers.length === 0;
  return light === 'safe' && !safe ? 'do-not-format' : light;
}
