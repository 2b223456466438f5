/** What keeps a volume that looks like a card from being used, said to a person. */
import type { VolumeTrouble } from '../ports/volume-source.ts';
import { errnoOf, errnoText } from './errno.ts';
import type { FoundVolume } from './found-volume.ts';

/**
 * A card swapped below its mount serves the new card's bytes under the old names. A quick change of cards with a
 * proper unmount looks the same when no listing fell between: the kernel gives the same mount number out again.
 */
export const SWAPPED: VolumeTrouble = {
  sentence: 'The card was changed for another one while it was mounted.',
  hint: 'Take it out, and put it in again.',
};

/** A root that gives no answer in time. */
export const STUCK: VolumeTrouble = {
  sentence: 'It gives no answer: the reader or the card may be stuck.',
  hint: 'Take the card out, try another reader, and do not format it.',
};

export const NOT_IDENTIFIED: VolumeTrouble = {
  sentence:
    'Its filesystem could not be identified: the service may not read the device, and udev knows nothing of it.',
  hint: 'Let the service read the device (group "disk"), or see that udev is running.',
};

/** A root that cannot be opened. On a Linux desktop's /media/NAME only NAME may look. */
export function cannotOpen(root: string, error: unknown): VolumeTrouble {
  if (errnoOf(error) !== 'EACCES') {
    return {
      sentence: `It cannot be opened: ${errnoText(error)}.`,
      hint: 'The card may be damaged or badly seated: take it out, try another reader, and do not format it.',
    };
  }
  return {
    sentence: `It is mounted at ${root}, where the service may not look into.`,
    hint: `Unmount it (umount ${quoted(root)}): then it is mounted where the service can read it. Or let the service's user into ${quoted(root)} and the folders above.`,
  };
}

/** The trouble of one volume among all others. */
export function troubleOf(
  label: string,
  { devicePath }: Pick<FoundVolume, 'devicePath'>,
  { sentence, hint }: VolumeTrouble,
): VolumeTrouble {
  const words = sentence.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  return { sentence: `${label} on ${devicePath} is in, but cannot be used: ${words}`, hint };
}

function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
