/** Colour for LEDs of several colours: the value for each of their channels. */
import type { Colour } from './patterns.ts';

/**
 * The text for `multi_intensity`: one value per channel named in `multi_index` (e.g. "red green blue").
 * A lamp that has none of the colours wanted is lit in all it has: the pattern tells the light all the same.
 */
export function intensities(multiIndex: string, colour: Colour, maxBrightness: number): string {
  const channels = multiIndex.split(/\s+/).filter((name) => name !== '');
  const shares = channels.map((name) => share(name, colour));
  const values = shares.some((part) => part > 0) ? shares : channels.map(() => 1);
  return values.map((part) => Math.round(part * maxBrightness)).join(' ');
}

/** Channel names are the kernel's led_colors. */
function share(channel: string, [red, green, blue]: Colour): number {
  switch (channel) {
    case 'red':
      return red;
    case 'green':
      return green;
    case 'blue':
      return blue;
    case 'white':
      // What red, green and blue have in common.
      return Math.min(red, green, blue);
    case 'amber':
    case 'yellow':
      return blue === 0 && red > 0 && green > 0 ? 1 : 0;
    default:
      return 0;
  }
}
