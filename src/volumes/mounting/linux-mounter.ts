/** Mounts cards on Linux: through udisks where it may be used, else by mount(8) where that is allowed. */
import PQueue from 'p-queue';
import type { Clock } from '../../ports/clock.ts';
import type {
  GivenBack,
  HowGivenBack,
  Mounter,
  MountReport,
  NoticedCard,
} from '../../ports/mounter.ts';
import type { Insertion } from '../../ports/volume-source.ts';
import { holdsMarker } from '../destination-marker.ts';
import { readVolumeKey } from '../insertion-key.ts';
import { disksOfSequence } from '../linux/media.ts';
import type { JustLearnt } from '../linux/identify.ts';
import type { LinuxSources } from '../linux/linux-places.ts';
import { type Mount, readMounts } from '../linux/mountinfo.ts';
import type { Candidates } from './candidates.ts';
import type { MediumInSlot, MountNotes, OwnMount } from './mount-notes.ts';
import { isIn } from './medium-in-slot.ts';
import { mountTrouble } from './mount-trouble.ts';
import type { Candidate, MountWay, WayFailure } from './mount-way.ts';
import type { WaitingList } from './waiting-list.ts';

export interface LinuxMounterParts {
  readonly clock: Clock;
  readonly sources: LinuxSources;
  readonly candidates: Candidates;
  /** Told what a medium is just before it is mounted. */
  readonly justLearnt: JustLearnt;
  readonly notes: MountNotes;
  readonly waiting: WaitingList;
  /** In the order of trying; none: nothing is ever mounted here. */
  readonly ways: readonly MountWay[];
  /** For unmounting what others mounted; in the order of trying. */
  readonly unmountWays: readonly MountWay[];
  /** Takes an own mount away whose medium is gone, whoever has files of it open. */
  readonly takeAway: (root: string, signal: AbortSignal) => Promise<WayFailure | undefined>;
  /** Names of disks that are never touched: the system's and the destinations'. */
  readonly leaveAlone: () => Promise<ReadonlySet<string>>;
  readonly loopDevices: boolean;
  /** Filesystems that count besides those of cameras. */
  readonly moreTypes: readonly string[];
  /** How long others get to mount it first, milliseconds. */
  readonly graceMs: () => Promise<number>;
  readonly switchPortOff: (sequence: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** A program that has a file open may be gone in a moment. */
const BUSY_TRIES = 6;
const BUSY_PAUSE_MS = 500;
const UNSEEN: WayFailure = {
  why: 'refused',
  words: 'it was mounted, but the service cannot see where',
};

export class LinuxMounter implements Mounter {
  readonly #parts: LinuxMounterParts;
  /** One thing at a time: mounting and giving back the same card would chase each other. */
  readonly #turns = new PQueue({ concurrency: 1 });
  #takenBack: Promise<void> | undefined;
  /** Media that were told of, for as long as they are in and not mounted. */
  #noticed: ReadonlySet<string> = new Set();

  constructor(parts: LinuxMounterParts) {
    this.#parts = parts;
  }

  async mountCards(
    signal: AbortSignal,
    onNoticed: (card: NoticedCard) => void = () => undefined,
  ): Promise<MountReport> {
    return this.#turns.add(() => this.#mountCards(signal, onNoticed));
  }

  async giveBack(insertion: Insertion, how: HowGivenBack, signal: AbortSignal): Promise<GivenBack> {
    return this.#turns.add(() => this.#giveBack(insertion, how, signal));
  }

  async isOwn({ key, root }: Insertion): Promise<boolean> {
    const medium = readVolumeKey(key);
    if (medium === undefined) return false;
    const own = await this.#parts.notes.mounted();
    return own.some((mount) => mount.root === root && isSame(mount, medium));
  }

  async mediumIn({ key }: Insertion): Promise<boolean> {
    const medium = readVolumeKey(key);
    return medium !== undefined && this.#isIn(medium);
  }

  async #mountCards(
    signal: AbortSignal,
    onNoticed: (card: NoticedCard) => void,
  ): Promise<MountReport> {
    signal.throwIfAborted();
    const { candidates, loopDevices, moreTypes, notes, sources, waiting, ways } = this.#parts;
    this.#parts.justLearnt.clear();
    // Who set a card aside stood for it. A service that starts anew has to see it before it tells of it.
    this.#takenBack ??= notes.forgetSetAside();
    await this.#takenBack;
    await notes.keepGivenBack((medium) => this.#isIn(medium));
    let mounts = await readMounts(sources.mountinfo);
    let changed = await this.#clearStale(mounts, signal);
    if (ways.length === 0) return { changed, troubles: [] };
    // The listing must fall between an unmount and the next mount: the kernel gives mount numbers out again.
    if (changed) return { changed, troubles: waiting.troubles(), againInMs: BUSY_PAUSE_MS };
    mounts = await readMounts(sources.mountinfo);
    const leaveAlone = await this.#parts.leaveAlone();
    const found = await candidates.find(mounts, { leaveAlone, loopDevices, moreTypes }, signal);
    waiting.keepOnly(new Set(found.map(mediumKey)));
    const wanted: Candidate[] = [];
    for (const one of found) if (!(await notes.isGivenBack(one))) wanted.push(one);
    this.#tellNew(wanted, onNoticed);
    const waits = await this.#mountAll(wanted, signal);
    if (waits.length < wanted.length) changed = true;
    await notes.noteNotMounted(
      wanted.flatMap((one) => {
        const { device, sequence } = one;
        const trouble = waiting.troubleOf(mediumKey(one));
        return trouble === undefined ? [] : [{ device, sequence, trouble }];
      }),
    );
    return {
      changed,
      troubles: waiting.troubles(),
      ...(waits.length === 0 ? {} : { againInMs: Math.min(...waits) }),
    };
  }

  #tellNew(candidates: readonly Candidate[], onNoticed: (card: NoticedCard) => void): void {
    const before = this.#noticed;
    this.#noticed = new Set(candidates.map(mediumKey));
    for (const candidate of candidates) {
      const { devicePath, label, fsType } = candidate;
      if (!before.has(mediumKey(candidate))) onNoticed({ devicePath, label, fsType });
    }
  }

  /** Side by side: a slow card must not hold up the others. Returns how long those wait that were not mounted. */
  async #mountAll(wanted: readonly Candidate[], signal: AbortSignal): Promise<readonly number[]> {
    if (wanted.length === 0) return [];
    const { clock, waiting } = this.#parts;
    const graceMs = await this.#parts.graceMs();
    const ends = await Promise.allSettled(
      wanted.map(async (candidate) => {
        const waitMs = (): number =>
          waiting.waitFor(mediumKey(candidate), clock.elapsed(), graceMs);
        return waitMs() === 0 && (await this.#mountOne(candidate, signal)) ? [] : [waitMs()];
      }),
    );
    return ends.flatMap((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    });
  }

  async #mountOne(candidate: Candidate, signal: AbortSignal): Promise<boolean> {
    const { clock, justLearnt, waiting, ways } = this.#parts;
    const failures: WayFailure[] = [];
    // The listing may see the mount before the tool that made it has ended.
    if (candidate.justLearnt !== undefined) {
      justLearnt.put(mediumKey(candidate), candidate.justLearnt);
    }
    for (const way of ways) {
      const failure = await way.mount(candidate, signal);
      const mount = await this.#mountOfDevice(candidate);
      if (mount !== undefined) {
        // Somebody else may have been quicker: then it is theirs.
        const { device, sequence } = candidate;
        const own = { device, sequence, root: mount.mountPoint, way: way.name };
        if (failure === undefined) await this.#keep(own, candidate, signal);
        return true;
      }
      failures.push(failure ?? UNSEEN);
    }
    justLearnt.take(mediumKey(candidate));
    const isEarly = failures.some(({ why }) => why === 'not-yet');
    if (isEarly && waiting.early(mediumKey(candidate), clock.elapsed())) return false;
    waiting.failed(mediumKey(candidate), clock.elapsed(), mountTrouble(candidate, failures));
    return false;
  }

  /** A drive for copies is nobody's card: it is given back at once, for whoever wants to write to it. */
  async #keep(own: OwnMount, { devicePath }: Candidate, signal: AbortSignal): Promise<void> {
    const { notes } = this.#parts;
    await notes.addMounted(own);
    if (!(await holdsMarker(own.root))) return;
    this.#parts.justLearnt.clear();
    const failure = await this.#wayOf(own)?.unmount({ root: own.root, devicePath }, signal);
    if (failure !== undefined) return;
    await notes.dropMounted(own.root);
    await notes.addGivenBack(own);
  }

  /** Own mounts whose medium was pulled or changed. Returns whether anything was taken away. */
  async #clearStale(mounts: readonly Mount[], signal: AbortSignal): Promise<boolean> {
    let changed = false;
    for (const own of await this.#parts.notes.mounted()) {
      const there = mounts.some((one) => one.mountPoint === own.root && one.device === own.device);
      if (there && (await this.#isIn(own))) continue;
      if (there && !(await this.#takeAway(own, signal))) continue;
      await this.#parts.notes.dropMounted(own.root);
      changed ||= there;
    }
    return changed;
  }

  async #takeAway(own: OwnMount, signal: AbortSignal): Promise<boolean> {
    const way = this.#wayOf(own);
    const mount = { root: own.root, devicePath: await this.#nodeOf(own) };
    if ((await way?.unmount(mount, signal)) === undefined && way !== undefined) return true;
    // udisks takes its own stale mounts away by itself, a moment later.
    if (own.way === 'udisks') return false;
    return (await this.#parts.takeAway(own.root, signal)) === undefined;
  }

  async #giveBack(
    insertion: Insertion,
    how: HowGivenBack,
    signal: AbortSignal,
  ): Promise<GivenBack> {
    const medium = readVolumeKey(insertion.key);
    if (medium === undefined || !(await this.#isIn(medium))) return { kind: 'given-back' };
    const refused = await this.#unmountAll(insertion, medium, signal);
    if (refused !== undefined) return refused;
    const aside = how === 'set-aside' && insertion.facts.kind === 'volume';
    await this.#parts.notes.addGivenBack({
      ...medium,
      ...(aside ? { facts: insertion.facts } : {}),
    });
    if (how !== 'eject' || (await this.#diskIsUsed(medium))) return { kind: 'given-back' };
    const note = await this.#parts.switchPortOff(medium.sequence, signal);
    return { kind: 'given-back', ...(note === undefined ? {} : { note }) };
  }

  async #unmountAll(
    { label }: Insertion,
    medium: MediumInSlot,
    signal: AbortSignal,
  ): Promise<GivenBack | undefined> {
    const { clock, notes } = this.#parts;
    let failure: WayFailure | undefined;
    let root = '';
    for (let tries = 0; tries < BUSY_TRIES; ) {
      const mount = await this.#mountOfDevice(medium);
      if (mount === undefined) return undefined;
      root = mount.mountPoint;
      failure = await this.#unmount(mount, medium, signal);
      if (failure === undefined) await notes.dropMounted(root);
      else if (failure.why !== 'busy') break;
      else {
        tries += 1;
        await clock.after(BUSY_PAUSE_MS, signal);
      }
    }
    if (failure?.why === 'busy') {
      const sentence = `${label} is in use: some program has a file or folder of it open at ${root}.`;
      return { kind: 'busy', sentence, hint: 'Close what shows or reads it, and eject again.' };
    }
    const words = failure === undefined ? '' : ` (${failure.words.replace(/\.$/, '')})`;
    const sentence = `${label} could not be unmounted from ${root}${words}.`;
    return {
      kind: 'failed',
      sentence,
      hint: 'Eject it where it was mounted, or run "umount" as root.',
    };
  }

  async #unmount(
    { mountPoint: root }: Mount,
    medium: MediumInSlot,
    signal: AbortSignal,
  ): Promise<WayFailure | undefined> {
    const own = (await this.#parts.notes.mounted()).find((one) => one.root === root);
    const mine = own === undefined ? undefined : this.#wayOf(own);
    const devicePath = await this.#nodeOf(medium);
    let failure: WayFailure | undefined;
    for (const way of mine === undefined ? this.#parts.unmountWays : [mine]) {
      failure = await way.unmount({ root, devicePath }, signal);
      if (failure === undefined || failure.why === 'busy') return failure;
    }
    return failure;
  }

  /** Another part of the same disk is mounted: its port must stay on. */
  async #diskIsUsed({ sequence }: MediumInSlot): Promise<boolean> {
    const { sysfs, mountinfo } = this.#parts.sources;
    const disks = disksOfSequence(sequence);
    for (const { device } of await readMounts(mountinfo)) {
      const name = device.startsWith('0:') ? undefined : await sysfs.nameOf(device);
      if (name === undefined) continue;
      if ((await sysfs.wholeDisks(name)).some((disk) => disks.includes(disk))) return true;
    }
    return false;
  }

  #wayOf({ way }: OwnMount): MountWay | undefined {
    return this.#parts.unmountWays.find(({ name }) => name === way);
  }

  /** The topmost mount of a device. */
  async #mountOfDevice({ device }: Pick<MediumInSlot, 'device'>): Promise<Mount | undefined> {
    return (await readMounts(this.#parts.sources.mountinfo)).findLast(
      (mount) => mount.device === device,
    );
  }

  async #nodeOf({ device }: Pick<MediumInSlot, 'device'>): Promise<string> {
    const name = await this.#parts.sources.sysfs.nameOf(device);
    return name === undefined ? `/dev/block/${device}` : `/dev/${name}`;
  }

  #isIn(medium: MediumInSlot): Promise<boolean> {
    return isIn(this.#parts.sources.sysfs, medium);
  }
}

function mediumKey({ sequence, device }: MediumInSlot): string {
  return `${sequence} ${device}`;
}

function isSame(a: MediumInSlot, b: MediumInSlot): boolean {
  return mediumKey(a) === mediumKey(b);
}
