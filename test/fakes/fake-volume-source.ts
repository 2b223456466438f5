/** A volume source with a table instead of slots: things are put in, pulled, swapped and hidden by the test. */
import type { Insertion, InsertionListing, VolumeSource } from '../../src/ports/volume-source.ts';

export class FakeVolumeSource implements VolumeSource {
  readonly #in = new Map<string, Insertion>();
  readonly #wakes = new Set<() => void>();
  #trouble: string | undefined;
  /** How often the source was asked. */
  listings = 0;

  /** Puts something in. The same root holds one medium at a time, as a slot does. */
  insert(insertion: Insertion): void {
    for (const [key, other] of this.#in) if (other.root === insertion.root) this.#in.delete(key);
    this.#in.set(insertion.key, insertion);
    this.wake();
  }

  pull(key: string): void {
    this.#in.delete(key);
    this.wake();
  }

  /** From now on listings fail; `undefined` ends that. What is in stays in. */
  failListings(reason: string | undefined): void {
    this.#trouble = reason;
  }

  wake(): void {
    for (const wake of this.#wakes) wake();
  }

  async list(signal: AbortSignal): Promise<InsertionListing> {
    signal.throwIfAborted();
    this.listings += 1;
    if (this.#trouble !== undefined) return { state: 'unknown', reason: this.#trouble };
    return { state: 'known', insertions: [...this.#in.values()] };
  }

  async watch(wake: () => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#wakes.add(wake);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#wakes.delete(wake);
  }

  async stillIn(insertion: Insertion): Promise<boolean> {
    return this.#trouble === undefined && this.#in.has(insertion.key);
  }
}

/** A memory card in a reader; override what the test is about. */
export function aCard(over: Partial<Insertion> = {}): Insertion {
  return {
    key: 'disk 7 8:1 F144-63E1',
    origin: 'volume',
    root: '/media/EOS_DIGITAL',
    label: 'EOS_DIGITAL',
    facts: { kind: 'volume', fsType: 'exfat', volumeSerial: 'F144-63E1', sizeBytes: 130_023_424 },
    fsType: 'exfat',
    devicePath: '/dev/sda1',
    ...over,
  };
}
