/** Finds filesystems of cards that are in but mounted by nobody, from /sys; asks a tool only about new media. */
import { readFile } from 'node:fs/promises';
import { errnoOf } from '../errno.ts';
import { diskName } from '../linux/disk-name.ts';
import { parseFstabSources } from '../linux/fstab.ts';
import type { Identifier, Identity } from '../linux/identify.ts';
import type { LinuxSources } from '../linux/linux-places.ts';
import { sequenceOf } from '../linux/media.ts';
import type { Mount } from '../linux/mountinfo.ts';
import type { Sysfs } from '../linux/sysfs.ts';
import { volumeFacts } from '../linux/volume-facts.ts';
import type { Candidate } from './mount-way.ts';

export interface CandidateRules {
  /** Names of disks (as in `Medium.disks`) that are left alone. */
  readonly leaveAlone: ReadonlySet<string>;
  /** Images of cards in loop devices count. */
  readonly loopDevices: boolean;
  /** Filesystems that count besides those of cameras. */
  readonly moreTypes: readonly string[];
}

/** Filesystems that cameras and recorders format their cards with. */
const CARD_TYPES: ReadonlySet<string> = new Set(['vfat', 'exfat', 'ntfs', 'udf']);
/** Memory, mapper, RAID, optical, floppy, network: nothing of these is a card in a slot. */
const NO_SLOT = /^(ram|zram|dm-|md|sr|fd|nbd|drbd|rbd|mtdblock|pmem)/;
/** Partitions that start computers (GPT types): EFI, Microsoft reserved, Windows recovery; and EFI on MBR disks. */
const SYSTEM_PARTITIONS: ReadonlySet<string> = new Set([
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac',
  '0xef',
]);
/** A medium that says nothing is asked again so often: udev may only just be looking at it. */
const MAX_ASKED = 5;

interface BlockNode {
  readonly name: string;
  readonly device: string;
  readonly disk: string;
  readonly isPartition: boolean;
}

/** Remembers what it has learnt for as long as a medium stays in. */
export class Candidates {
  readonly #sources: LinuxSources;
  readonly #identifier: Identifier;
  #asked = new Map<string, number>();

  constructor(sources: LinuxSources, identifier: Identifier) {
    this.#sources = sources;
    this.#identifier = identifier;
  }

  async find(
    mounts: readonly Mount[],
    rules: CandidateRules,
    signal: AbortSignal,
  ): Promise<readonly Candidate[]> {
    const { sysfs } = this.#sources;
    const mounted = new Set(mounts.map(({ device }) => device));
    const nodes = await blockNodes(sysfs);
    const divided = new Set(nodes.flatMap((node) => (node.isPartition ? [node.disk] : [])));
    const theirs = await fstabSources(this.#sources.fstab);
    const found: Candidate[] = [];
    const media = new Set<string>();
    for (const node of nodes) {
      if (mounted.has(node.device) || (!node.isPartition && divided.has(node.name))) continue;
      if (!(await mayHoldCard(sysfs, node, rules))) continue;
      const sequence = await sequenceOf(sysfs, [node.disk]);
      media.add(`${sequence} ${node.device}`);
      const candidate = await this.#identify(node, sequence, { rules, theirs, signal });
      if (candidate !== undefined) found.push(candidate);
    }
    this.#identifier.keepOnly(media);
    this.#asked = new Map([...this.#asked].filter(([medium]) => media.has(medium)));
    return found;
  }

  async #identify(
    { name, device }: BlockNode,
    sequence: string,
    context: {
      readonly rules: CandidateRules;
      readonly theirs: ReadonlySet<string>;
      readonly signal: AbortSignal;
    },
  ): Promise<Candidate | undefined> {
    const { rules, theirs, signal } = context;
    const medium = `${sequence} ${device}`;
    const asked = this.#asked.get(medium) ?? 0;
    if (asked >= MAX_ASKED) return undefined;
    const devicePath = `/dev/${name}`;
    const isKnown = this.#identifier.known(medium) !== undefined;
    const identity = await this.#identifier.identify({ medium, device, devicePath }, signal);
    if (identity === undefined) this.#asked.set(medium, asked + 1);
    const fsType = identity?.fsType;
    if (identity === undefined || fsType === undefined) return undefined;
    if (!CARD_TYPES.has(fsType) && !rules.moreTypes.includes(fsType)) return undefined;
    if (SYSTEM_PARTITIONS.has(identity.partitionType ?? '')) return undefined;
    if (isNamedIn(theirs, devicePath, identity)) return undefined;
    const label = identity.label ?? '';
    const { sysfs } = this.#sources;
    const facts = await volumeFacts(sysfs, { name, sequence, identity, type: fsType });
    const justLearnt = isKnown ? {} : { justLearnt: { ...identity, fsType } };
    return { name, device, devicePath, sequence, fsType, label, facts, ...justLearnt };
  }
}

async function mayHoldCard(
  sysfs: Sysfs,
  { name, disk }: BlockNode,
  { leaveAlone, loopDevices }: CandidateRules,
): Promise<boolean> {
  if (NO_SLOT.test(disk) || (disk.startsWith('loop') && !loopDevices)) return false;
  // 0: a slot without a card, a loop device without a file.
  if (((await sysfs.sizeBytes(name)) ?? 0) === 0) return false;
  if (await sysfs.isHeld(name)) return false;
  return !leaveAlone.has(await diskName(sysfs, disk));
}

async function blockNodes(sysfs: Sysfs): Promise<readonly BlockNode[]> {
  const nodes: BlockNode[] = [];
  for (const name of await sysfs.blockNames()) {
    const device = await sysfs.text(name, 'dev');
    const [disk, ...others] = await sysfs.wholeDisks(name);
    // Several disks below it: no card. No disk: it went away between two looks.
    if (device === undefined || disk === undefined || others.length > 0) continue;
    const isPartition = (await sysfs.text(name, 'partition')) !== undefined;
    nodes.push({ name, device, disk, isPartition });
  }
  return nodes;
}

/** What the machine's owner mounts by the system's table is the owner's business, mounted or not. */
async function fstabSources(path: string): Promise<ReadonlySet<string>> {
  try {
    return parseFstabSources(await readFile(path, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return new Set();
    throw error;
  }
}

function isNamedIn(
  table: ReadonlySet<string>,
  devicePath: string,
  { label, volumeSerial }: Exclude<Identity, undefined>,
): boolean {
  return (
    table.has(devicePath) ||
    (label !== undefined && table.has(`LABEL=${label}`)) ||
    (volumeSerial !== undefined && table.has(`UUID=${volumeSerial}`))
  );
}
