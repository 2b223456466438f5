/**
 * Remembers across restarts which mounts are ours and which media were given back.
 *
 * Only notes: what is mounted is always told by the system. Numbers of media start anew with each boot, so notes of
 * an earlier boot say nothing.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { VolumeFacts } from '../../core/card.ts';
import type { MountTrouble } from '../../ports/mounter.ts';
import { replaceFile } from '../replace-file.ts';
import type { MountedMedium } from '../found-volume.ts';
import type { MountWay } from './mount-way.ts';

export interface OwnMount extends MountedMedium {
  readonly way: MountWay['name'];
}

export type MediumInSlot = Pick<MountedMedium, 'device' | 'sequence'>;

export interface GivenBackMedium extends MediumInSlot {
  /** Of a card that was only set aside: it is still told about while it stays in. */
  readonly facts?: VolumeFacts;
}

/** A card that could not be mounted, for who asks beside the service. */
export interface NotMounted extends MediumInSlot {
  readonly trouble: MountTrouble;
}

const medium = { device: z.string(), sequence: z.string() };
const cardFacts = z.object({
  kind: z.literal('volume'),
  fsType: z.string(),
  volumeSerial: z.string(),
  sizeBytes: z.number(),
  hardwareSerial: z.string().exactOptional(),
});
const shape = z.object({
  version: z.literal(1),
  boot: z.string(),
  mounted: z.array(z.object({ ...medium, root: z.string(), way: z.enum(['udisks', 'mount']) })),
  givenBack: z.array(
    z.object({
      ...medium,
      facts: cardFacts.exactOptional(),
    }),
  ),
  // Missing in notes of earlier versions.
  notMounted: z
    .array(
      z.object({
        ...medium,
        trouble: z.object({
          devicePath: z.string(),
          label: z.string(),
          facts: cardFacts,
          sentence: z.string(),
          hint: z.string(),
        }),
      }),
    )
    .default([]),
});

/** The file of notes in the state folder. */
export function mountNotesPath(stateDir: string): string {
  return join(stateDir, 'mounts.json');
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export class MountNotes {
  readonly #path: string;
  readonly #bootId: string;
  #mounted: readonly OwnMount[] = [];
  #givenBack: readonly GivenBackMedium[] = [];
  #notMounted: readonly NotMounted[] = [];
  #loaded: Promise<void> | undefined;
  #saved: Promise<void> = Promise.resolve();

  /** `path`: the file; its folder is made when something is noted. */
  constructor(path: string, bootId = BOOT_ID) {
    this.#path = path;
    this.#bootId = bootId;
  }

  async mounted(): Promise<readonly OwnMount[]> {
    await this.#load();
    return this.#mounted;
  }

  async isGivenBack(one: MediumInSlot): Promise<boolean> {
    await this.#load();
    return this.#givenBack.some((other) => sameMedium(one, other));
  }

  async addMounted(mount: OwnMount): Promise<void> {
    await this.#load();
    this.#mounted = [...this.#mounted.filter(({ root }) => root !== mount.root), mount];
    await this.#save();
  }

  async dropMounted(root: string): Promise<void> {
    await this.#load();
    this.#mounted = this.#mounted.filter((mount) => mount.root !== root);
    await this.#save();
  }

  /** A later note about a medium replaces the earlier one. */
  async addGivenBack({ device, sequence, facts }: GivenBackMedium): Promise<void> {
    await this.#load();
    const others = this.#givenBack.filter((other) => !sameMedium({ device, sequence }, other));
    const note = { device, sequence, ...(facts === undefined ? {} : { facts }) };
    this.#givenBack = [...others, note];
    await this.#save();
  }

  /** What was set aside, as it was noted; whether it is still in is for the caller to see. */
  async setAside(): Promise<readonly Required<GivenBackMedium>[]> {
    await this.#load();
    return this.#givenBack.flatMap(({ facts, ...one }) =>
      facts === undefined ? [] : [{ ...one, facts }],
    );
  }

  /** What was set aside is no more; what was ejected stays so. */
  async forgetSetAside(): Promise<void> {
    await this.#load();
    const kept = this.#givenBack.filter(({ facts }) => facts === undefined);
    if (kept.length === this.#givenBack.length) return;
    this.#givenBack = kept;
    await this.#save();
  }

  /** What could not be mounted, as it was noted; whether it is still in is for the caller to see. */
  async notMounted(): Promise<readonly NotMounted[]> {
    await this.#load();
    return this.#notMounted;
  }

  /** Replaces the former note of all that could not be mounted. What cannot be written is tried again the next time. */
  async noteNotMounted(cards: readonly NotMounted[]): Promise<void> {
    await this.#load();
    const before = this.#notMounted;
    if (JSON.stringify(cards) === JSON.stringify(before)) return;
    this.#notMounted = cards;
    try {
      await this.#save();
    } catch {
      // The service's own light must hear of these cards all the same, and a full disk is told about elsewhere.
      this.#notMounted = before;
    }
  }

  /** Forgets given-back media that are no longer in. */
  async keepGivenBack(isIn: (one: MediumInSlot) => Promise<boolean>): Promise<void> {
    await this.#load();
    const kept: GivenBackMedium[] = [];
    for (const one of this.#givenBack) if (await isIn(one)) kept.push(one);
    if (kept.length === this.#givenBack.length) return;
    this.#givenBack = kept;
    await this.#save();
  }

  async #load(): Promise<void> {
    this.#loaded ??= this.#read();
    await this.#loaded;
  }

  async #read(): Promise<void> {
    // A file that is missing or damaged costs nothing but one more mount of a card that was given back.
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    const noted = shape.safeParse(parseJson(text));
    if (!noted.success || noted.data.boot !== (await this.#boot())) return;
    this.#mounted = noted.data.mounted;
    this.#givenBack = noted.data.givenBack;
    this.#notMounted = noted.data.notMounted;
  }

  /** One after the other: it is one file. */
  async #save(): Promise<void> {
    const mine = this.#saved.then(() => this.#write());
    this.#saved = mine.catch(() => undefined);
    await mine;
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const boot = await this.#boot();
    const noted = {
      version: 1,
      boot,
      mounted: this.#mounted,
      givenBack: this.#givenBack,
      notMounted: this.#notMounted,
    };
    await replaceFile(this.#path, `${JSON.stringify(noted)}\n`);
  }

  async #boot(): Promise<string> {
    return (await readFile(this.#bootId, 'utf8').catch(() => '')).trim();
  }
}

function sameMedium(a: MediumInSlot, b: MediumInSlot): boolean {
  return a.device === b.device && a.sequence === b.sequence;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
