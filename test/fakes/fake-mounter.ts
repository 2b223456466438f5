/** A mounter with one slot in memory; what is mounted shows up in the volume source that it was given. */
import type {
  GivenBack,
  HowGivenBack,
  Mounter,
  MountReport,
  MountTrouble,
  NoticedCard,
} from '../../src/ports/mounter.ts';
import type { Insertion } from '../../src/ports/volume-source.ts';
import type { FakeVolumeSource } from './fake-volume-source.ts';

export class FakeMounter implements Mounter {
  readonly #volumes: FakeVolumeSource;
  #inSlot: Insertion | undefined;
  #isMounted = false;
  readonly #givenBack = new Set<string>();
  readonly #own = new Set<string>();
  readonly #noticed = new Set<string>();
  /** From now on mounting fails so; `undefined` ends that. */
  trouble: Pick<MountTrouble, 'sentence' | 'hint'> | undefined;
  /** From now on somebody has a file open. */
  busy = false;
  /** From now on it cannot be told what is in. */
  blind: Error | undefined;
  /** Ways in which cards were given back, in order. */
  readonly given: HowGivenBack[] = [];

  constructor(volumes: FakeVolumeSource) {
    this.#volumes = volumes;
  }

  /** Puts a card in; every insertion needs a key of its own. */
  insert(card: Insertion): void {
    this.#inSlot = card;
    this.#isMounted = false;
    this.#volumes.wake();
  }

  pull(): void {
    if (this.#inSlot !== undefined) this.#volumes.pull(this.#inSlot.key);
    this.#inSlot = undefined;
    this.#isMounted = false;
  }

  async mountCards(
    signal: AbortSignal,
    onNoticed: (card: NoticedCard) => void = () => undefined,
  ): Promise<MountReport> {
    signal.throwIfAborted();
    if (this.blind !== undefined) throw this.blind;
    const card = this.#inSlot;
    const wanted = card !== undefined && !this.#isMounted && !this.#givenBack.has(card.key);
    if (!wanted) return { changed: false, troubles: [] };
    if (!this.#noticed.has(card.key)) {
      this.#noticed.add(card.key);
      const { devicePath = '/dev/sda1', label, fsType } = card;
      onNoticed({ devicePath, label, fsType });
    }
    if (this.trouble !== undefined) {
      const { devicePath = '/dev/sda1', label, facts } = card;
      if (facts.kind !== 'volume') throw new Error('only volumes are mounted');
      return { changed: false, troubles: [{ devicePath, label, facts, ...this.trouble }] };
    }
    this.#isMounted = true;
    this.#own.add(card.key);
    this.#volumes.insert(card);
    return { changed: true, troubles: [] };
  }

  async giveBack({ key, label }: Insertion, how: HowGivenBack): Promise<GivenBack> {
    if (this.busy) return { kind: 'busy', sentence: `${label} is in use.`, hint: 'Close it.' };
    this.given.push(how);
    this.#givenBack.add(key);
    this.#own.delete(key);
    if (this.#inSlot?.key === key) this.#isMounted = false;
    this.#volumes.pull(key);
    return { kind: 'given-back' };
  }

  async isOwn({ key }: Insertion): Promise<boolean> {
    return this.#own.has(key);
  }

  async mediumIn({ key }: Insertion): Promise<boolean> {
    return this.#inSlot?.key === key;
  }
}
