/** Says to a person why a card could not be mounted, and what to do. */
import type { MountTrouble } from '../../ports/mounter.ts';
import type { Candidate, WayFailure } from './mount-way.ts';

/** What most deserves to be told comes first: a way that does not exist matters least. */
const TELLING: readonly WayFailure['why'][] = [
  'refused',
  'no-driver',
  'busy',
  'not-yet',
  'not-allowed',
  'not-here',
];

const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['exfat', 'exfat-fuse'],
  ['ntfs', 'ntfs-3g'],
]);

/** `failures`: what each way said, in the order in which they were tried; at least one. */
export function mountTrouble(
  candidate: Pick<Candidate, 'devicePath' | 'label' | 'fsType' | 'facts'>,
  failures: readonly WayFailure[],
): MountTrouble {
  const { devicePath, fsType, facts } = candidate;
  const label = candidate.label === '' ? fsType : candidate.label;
  const told = TELLING.flatMap((why) => failures.filter((one) => one.why === why))[0];
  const words = told === undefined ? '' : ` (${told.words.replace(/\.$/, '')})`;
  return {
    devicePath,
    label,
    facts,
    sentence: `${label} on ${devicePath} is in, but could not be mounted${words}.`,
    hint: hintFor(told?.why ?? 'not-here', fsType),
  };
}

function hintFor(why: WayFailure['why'], fsType: string): string {
  switch (why) {
    case 'not-here':
      return 'Install udisks2, or mount the card yourself, read-only.';
    case 'not-allowed':
      return 'Install udisks2 and the polkit rule of safelight (scripts/install.sh --system brings it), or mount the card yourself, read-only.';
    case 'no-driver': {
      const brings = PACKAGES.get(fsType);
      const what = brings === undefined ? `a driver for ${fsType}` : brings;
      return `This system cannot read ${fsType}: install ${what}.`;
    }
    case 'busy':
      return 'Something else is using the card just now; it is tried again by itself.';
    default:
      return 'The card may be damaged or badly seated: take it out, try another reader, and do not format it.';
  }
}
