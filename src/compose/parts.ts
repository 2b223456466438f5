/** Builds the parts that both the service and one-shot commands are made of. */
import { join } from 'node:path';
import type { ConfigWarning } from '../config/cross-checks.ts';
import type { Config } from '../config/schema.ts';
import { toPolicy } from '../config/to-policy.ts';
import type { ServiceSettings } from '../daemon/service-deps.ts';
import { junkFilter } from '../core/junk.ts';
import { roleOf } from '../core/roles.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { DestinationProbe } from '../ports/destination.ts';
import type { Mounter } from '../ports/mounter.ts';
import type { OfferedFolder } from '../ports/ledger.ts';
import type { VolumeSource } from '../ports/volume-source.ts';
import { makeCardReader } from '../volumes/card-walk.ts';
import { makeDestinationProbe } from '../volumes/destination-probe.ts';
import type { JustLearnt } from '../volumes/linux/identify.ts';
import { makeMounter } from '../volumes/mounting/make-mounter.ts';
import { makeVolumeSource } from '../volumes/volume-source.ts';
import { isCard } from './card-rules.ts';

/** What every command knows after reading the configuration. */
export interface Setting {
  readonly config: Config;
  /** Absolute path of the file it came from. */
  readonly configPath: string;
  /** What the person should know about the configuration, though it can be used. */
  readonly warnings: readonly ConfigWarning[];
  readonly stateDir: string;
}

export interface LookingParts {
  readonly clock: Clock;
  readonly volumes: VolumeSource;
  readonly reader: CardReader;
  readonly destinations: DestinationProbe;
  readonly settings: ServiceSettings;
  readonly isCard: typeof isCard;
  readonly roleOf: typeof roleOf;
}

export interface LookingOptions {
  readonly offers: () => Promise<readonly Pick<OfferedFolder, 'path' | 'label'>[]>;
  /** One-shot commands take a watched sub-folder as it is; the service waits until it has settled. */
  readonly settled: boolean;
  /** Shared with the mounter of this process. */
  readonly justLearnt?: JustLearnt;
}

/** Parts that look at cards and drives. */
export function lookingParts({ config, stateDir }: Setting, options: LookingOptions): LookingParts {
  const { cards } = config;
  return {
    clock: systemClock,
    volumes: makeVolumeSource({
      clock: systemClock,
      loopDevices: cards.loopDevices,
      watchFolders: cards.watch,
      watchSettleMs: options.settled ? 0 : cards.watchSettleMs,
      destinationPaths: config.destinations.map(({ path }) => path),
      ownFolders: ownFolders({ config, stateDir }),
      offers: options.offers,
      ...(options.justLearnt === undefined ? {} : { justLearnt: options.justLearnt }),
    }),
    reader: makeCardReader({ junkReason: junkFilter(cards.ignore), clock: systemClock }),
    destinations: makeDestinationProbe({ stateDir, clock: systemClock }),
    settings: settingsOf({ config, stateDir }),
    isCard,
    roleOf,
  };
}

function ownFolders({ config, stateDir }: Pick<Setting, 'config' | 'stateDir'>) {
  const remotes = config.remotes.flatMap((remote) =>
    remote.kind === 'folder'
      ? [
          {
            path: remote.path,
            sentence: `It is, holds or lies in the folder of remote "${remote.name}".`,
          },
        ]
      : [],
  );
  return [{ path: stateDir, sentence: 'It is, holds or lies in the state folder.' }, ...remotes];
}

/** Mounts cards for the running service. */
export function serviceMounter({ config, stateDir }: Setting, justLearnt: JustLearnt): Mounter {
  return makeMounter({
    clock: systemClock,
    policy: config.cards.mount,
    loopDevices: config.cards.loopDevices,
    destinationPaths: config.destinations.map(({ path }) => path),
    stateDir,
    justLearnt,
    env: process.env,
  });
}

function settingsOf({ config, stateDir }: Pick<Setting, 'config' | 'stateDir'>): ServiceSettings {
  return {
    destinations: config.destinations.map(({ name, path }) => ({ id: name, path })),
    folderTemplate: config.cards.folder,
    previewFolder: join(process.env['CACHE_DIRECTORY']?.split(':')[0] ?? stateDir, 'previews'),
    policy: toPolicy(config),
    eject: config.cards.eject,
  };
}
