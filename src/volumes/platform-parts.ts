/** Chooses the parts that know this operating system. */
import { darwinParts } from './darwin/darwin-parts.ts';
import type { VolumeLister } from './found-volume.ts';
import type { Hint } from './hint.ts';
import { linuxParts } from './linux/linux-parts.ts';
import type { LinuxListerOptions } from './linux/linux-volumes.ts';
import type { PlaceFinder } from './place.ts';
import { portableParts } from './portable-lister.ts';

export interface PlatformParts {
  readonly lister: VolumeLister;
  readonly places: PlaceFinder;
  /** Names of disks that can hold no card, besides those of destinations. */
  readonly systemDisks: () => Promise<ReadonlySet<string>>;
  readonly hints: readonly Hint[];
}

/** Linux and macOS have adapters of their own; everywhere else the portable one lists, and promises less. */
export function platformParts(
  platform: NodeJS.Platform,
  options: Pick<LinuxListerOptions, 'loopDevices' | 'justLearnt'>,
): PlatformParts {
  switch (platform) {
    case 'linux':
      return linuxParts(options);
    case 'darwin':
      return darwinParts(options);
    default:
      return portableParts();
  }
}
