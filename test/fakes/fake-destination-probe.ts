/** Destinations in a table: ready, in trouble, unplugged; with the sizes of what was placed on them. */
import {
  type DestinationLook,
  type DestinationTrouble,
  distinctMedia,
  type ReadyDestination,
} from '../../src/core/destination.ts';
import { asMediumId, type DestinationId, type MediumId } from '../../src/core/ids.ts';
import type {
  ConfiguredDestination,
  DestinationProbe,
  GlanceAnswer,
} from '../../src/ports/destination.ts';

export class FakeDestinationProbe implements DestinationProbe {
  readonly #looks = new Map<DestinationId, Partial<ReadyDestination> | DestinationTrouble>();
  readonly #placed = new Map<string, number>();

  /** The destination is well; facts not given are made up from its name, each on a disk of its own. */
  ready(id: DestinationId, facts: Partial<ReadyDestination> = {}): void {
    this.#looks.set(id, facts);
  }

  /** The destination may not be written to. `gone` and `not-mounted` also take its files out of sight. */
  trouble(id: DestinationId, trouble: DestinationTrouble): void {
    this.#looks.set(id, trouble);
  }

  /** What a glance will see; undefined: there is no such file. */
  place(id: DestinationId, placedAt: string, sizeBytes: number | undefined): void {
    if (sizeBytes === undefined) this.#placed.delete(`${id}\0${placedAt}`);
    else this.#placed.set(`${id}\0${placedAt}`, sizeBytes);
  }

  async lookAll(
    destinations: readonly ConfiguredDestination[],
    cardMedia: ReadonlySet<MediumId>,
  ): Promise<readonly DestinationLook[]> {
    return distinctMedia(destinations.map((one) => this.#look(one, cardMedia)));
  }

  async stillThere(destination: ReadyDestination): Promise<boolean> {
    return typeof this.#looks.get(destination.id) === 'object';
  }

  async glances(
    destination: ReadyDestination,
    placedAt: readonly string[],
  ): Promise<readonly GlanceAnswer[]> {
    const isThere = await this.stillThere(destination);
    return placedAt.map((place) =>
      isThere ? (this.#placed.get(`${destination.id}\0${place}`) ?? 'missing') : 'unknown',
    );
  }

  #look({ id, path }: ConfiguredDestination, cardMedia: ReadonlySet<MediumId>): DestinationLook {
    const known = this.#looks.get(id) ?? 'unknown';
    if (typeof known === 'string') return troubled(id, path, known);
    const mediumId = known.mediumId ?? asMediumId(`disk:${id}`);
    if (cardMedia.has(mediumId)) return troubled(id, path, 'on-card');
    return {
      state: 'ready',
      id,
      path,
      mountPoint: path,
      mediumId,
      deviceNumber: 1,
      fsType: 'ext4',
      freeBytes: 1e12,
      maxFileBytes: Number.POSITIVE_INFINITY,
      ...known,
    };
  }
}

function troubled(id: DestinationId, path: string, trouble: DestinationTrouble): DestinationLook {
  return {
    state: 'trouble',
    id,
    path,
    trouble,
    sentence: `Destination "${id}" cannot be used (${trouble}).`,
    hint: 'See to the drive.',
  };
}
