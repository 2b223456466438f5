/** Finds out what filesystem a device holds: by asking the device itself, else from what udev noted. */
import type { FilesystemFacts } from './parse-blkid.ts';
import type { BlockDevice } from './parse-lsblk.ts';

export interface Probes {
  readonly probeFilesystem: (
    devicePath: string,
    signal: AbortSignal,
  ) => Promise<FilesystemFacts | undefined>;
  readonly listBlockDevices: (signal: AbortSignal) => Promise<readonly BlockDevice[]>;
}

/** `undefined`: nothing could be learnt now. `{}`: it holds nothing that is known. */
export type Identity = Partial<FilesystemFacts> | undefined;

/**
 * What was learnt of a medium a moment before it was mounted by ourselves, for the listing that follows: asking anew
 * would tell the same. Nothing older may be put in: a card that somebody formats in its slot is another card.
 */
export class JustLearnt {
  readonly #identities = new Map<string, Exclude<Identity, undefined>>();

  put(medium: string, identity: Exclude<Identity, undefined>): void {
    this.#identities.set(medium, identity);
  }

  clear(): void {
    this.#identities.clear();
  }

  /** Once only. */
  take(medium: string): Identity {
    const identity = this.#identities.get(medium);
    this.#identities.delete(medium);
    return identity;
  }
}

/** Remembers answers as long as the same medium is in: nobody is asked twice, an idle service starts no program. */
export class Identifier {
  readonly #probes: Probes;
  readonly #justLearnt: JustLearnt | undefined;
  #known = new Map<string, Exclude<Identity, undefined>>();

  constructor(probes: Probes, justLearnt?: JustLearnt) {
    this.#probes = probes;
    this.#justLearnt = justLearnt;
  }

  /** What was answered about this medium before. */
  known(medium: string): Identity {
    return this.#known.get(medium);
  }

  /** `medium` must differ between any two media, and be equal while one stays in. */
  async identify(
    target: { readonly medium: string; readonly device: string; readonly devicePath: string },
    signal: AbortSignal,
  ): Promise<Identity> {
    const known = this.#known.get(target.medium);
    if (known !== undefined) return known;
    const found = this.#justLearnt?.take(target.medium) ?? (await this.#ask(target, signal));
    if (found !== undefined) this.#known.set(target.medium, found);
    return found;
  }

  /** Forgets media that are no longer in. */
  keepOnly(media: ReadonlySet<string>): void {
    this.#known = new Map([...this.#known].filter(([medium]) => media.has(medium)));
  }

  async #ask(
    { device, devicePath }: { readonly device: string; readonly devicePath: string },
    signal: AbortSignal,
  ): Promise<Identity> {
    try {
      return (await this.#probes.probeFilesystem(devicePath, signal)) ?? {};
    } catch {
      // Without the right to read devices (or without nodes in /dev) udev's notes are all there is.
      signal.throwIfAborted();
    }
    try {
      const devices = await this.#probes.listBlockDevices(signal);
      const noted = devices.find((one) => one.device === device);
      return noted?.fsType === undefined ? undefined : noted;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}
