/** Puts the mounter for this machine together. */
import { isAbsolute, join } from 'node:path';
import { runProgram } from '../../platform/exec.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Mounter } from '../../ports/mounter.ts';
import { DestinationMemory } from '../destination-memory.ts';
import { ownPlaces } from '../exclusion.ts';
import { probeFilesystem } from '../linux/blkid.ts';
import { Identifier, JustLearnt, type Probes } from '../linux/identify.ts';
import { LINUX_SOURCES, linuxPlaces, type LinuxSources, swapDisks } from '../linux/linux-places.ts';
import { listBlockDevices } from '../linux/lsblk.ts';
import { Candidates } from './candidates.ts';
import { darwinMounter } from './darwin-mounter.ts';
import { desktopIsThere } from './desktop-session.ts';
import { LinuxMounter } from './linux-mounter.ts';
import { MountNotes, mountNotesPath } from './mount-notes.ts';
import type { MountWay } from './mount-way.ts';
import { noMounter } from './no-mounter.ts';
import { hasRightToMount, lazyUnmount, plainWay } from './plain-mount.ts';
import { switchPortOff } from './port-power.ts';
import type { RunTool } from './run-tool.ts';
import { udisksWay } from './udisks.ts';
import { WaitingList } from './waiting-list.ts';

export interface MounterOptions {
  readonly clock: Clock;
  /** `[cards] mount`. */
  readonly policy: 'auto' | 'never' | 'udisks' | 'mount';
  /** `[cards] loopDevices`: images in loop devices are mounted like cards. */
  readonly loopDevices: boolean;
  readonly destinationPaths: readonly string[];
  /** Absolute path of the folder for notes. */
  readonly stateDir: string;
  /** Folder to mount below; that of systemd or /run/safelight when not given. */
  readonly mountFolder?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Filesystems to mount besides those of cameras, for trying it out. Never by itself: an ext4 drive that is in but
   * not mounted may be meant for copies, and mounted read-only it could not be mounted for writing.
   */
  readonly moreTypes?: readonly string[];
  /** Parts of the system, for trying it out. */
  readonly run?: RunTool;
  readonly sources?: LinuxSources;
  readonly probes?: Probes;
  /** Shared with the volume source of this process. */
  readonly justLearnt?: JustLearnt;
  readonly desktop?: () => Promise<boolean>;
  readonly mayMount?: () => Promise<boolean>;
}

/** A desktop mounts within two or three seconds, a slow reader included. */
const GRACE_MS = 5_000;

export function makeMounter(
  options: MounterOptions,
  platform: NodeJS.Platform = process.platform,
): Mounter {
  const run = options.run ?? runProgram;
  if (platform === 'darwin') return darwinMounter(run);
  return platform === 'linux' ? linuxMounter(options, run) : noMounter;
}

function linuxMounter(options: MounterOptions, run: RunTool): Mounter {
  const { clock, env, loopDevices, policy, stateDir, sources = LINUX_SOURCES } = options;
  const folder = options.mountFolder ?? mountFolderOf(env);
  const udisks = udisksWay(run);
  const plain = plainWay({ run, folder, mayMount: options.mayMount ?? hasRightToMount });
  const places = linuxPlaces(sources);
  const desktop = options.desktop ?? (() => desktopIsThere(env));
  return new LinuxMounter({
    clock,
    sources,
    loopDevices,
    moreTypes: options.moreTypes ?? [],
    candidates: new Candidates(
      sources,
      new Identifier(options.probes ?? { probeFilesystem, listBlockDevices }),
    ),
    justLearnt: options.justLearnt ?? new JustLearnt(),
    notes: new MountNotes(mountNotesPath(stateDir)),
    waiting: new WaitingList(),
    ways: waysOf(policy, { udisks, plain }),
    unmountWays: [udisks, plain],
    takeAway: (root, signal) => lazyUnmount({ run, folder }, root, signal),
    leaveAlone: async () =>
      new Set([
        ...(await places.systemDisks()),
        ...(await swapDisks(sources)),
        ...(await ownPlaces(places, options.destinationPaths)).disks,
        // A destination that was just plugged in waits for its own mount: read-only it would be of no use. Read
        // afresh: the service notes drives as it meets them.
        ...(await new DestinationMemory(stateDir).disks()),
      ]),
    // Only with "auto" is anybody else expected to mount.
    graceMs: async () => (policy === 'auto' && (await desktop()) ? GRACE_MS : 0),
    switchPortOff: (sequence, signal) =>
      switchPortOff({ run, sysfs: sources.sysfs }, sequence, signal),
  });
}

function waysOf(
  policy: MounterOptions['policy'],
  { udisks, plain }: { readonly udisks: MountWay; readonly plain: MountWay },
): readonly MountWay[] {
  switch (policy) {
    case 'auto':
      return [udisks, plain];
    case 'udisks':
      return [udisks];
    case 'mount':
      return [plain];
    default:
      return [];
  }
}

function mountFolderOf(env: MounterOptions['env']): string {
  // systemd separates several folders by colons; ours is the first.
  const given = env['RUNTIME_DIRECTORY']?.split(':', 1)[0] ?? '';
  return join(isAbsolute(given) ? given : '/run/safelight', 'cards');
}
