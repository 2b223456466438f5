/** What is remembered of each destination between runs, so that an empty folder is never mistaken for its drive. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DestinationId } from '../core/ids.ts';
import { errnoOf } from './errno.ts';
import { replaceFile } from './replace-file.ts';
import { VolumeError } from './volume-error.ts';

/** Where a destination was seen last, and the markers its drives carry (people rotate drives). */
export interface RememberedPlace {
  readonly path: string;
  readonly mountPoint: string;
  readonly mediumId: string;
  readonly markerIds: readonly string[];
}

const content = z.strictObject({
  version: z.literal(1),
  destinations: z.record(
    z.string(),
    z.strictObject({
      path: z.string(),
      mountPoint: z.string(),
      mediumId: z.string(),
      markerIds: z.array(z.string()),
    }),
  ),
});

const FILE_NAME = 'destinations.json';

/** One small file in the state folder, replaced as a whole. */
export class DestinationMemory {
  readonly #folder: string;
  readonly #path: string;
  #places: ReadonlyMap<string, RememberedPlace> | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(stateDir: string) {
    this.#folder = stateDir;
    this.#path = join(stateDir, FILE_NAME);
  }

  /**
   * Undefined when nothing is remembered of this destination at this path.
   * @throws VolumeError when the file is there but cannot be read: forgetting would be dangerous
   */
  async recall(id: DestinationId, path: string): Promise<RememberedPlace | undefined> {
    const place = (await this.#load()).get(id);
    return place?.path === path ? place : undefined;
  }

  /** The destination that one of these markers was made for, if it is not this one. */
  async ownerOf(markerId: string, besides: DestinationId): Promise<string | undefined> {
    for (const [id, { markerIds }] of await this.#load()) {
      if (id !== besides && markerIds.includes(markerId)) return id;
    }
    return undefined;
  }

  /**
   * Names of the disks that destinations were last seen on, whether they are in now or not.
   * @throws VolumeError as `recall`
   */
  async disks(): Promise<ReadonlySet<string>> {
    const places = [...(await this.#load()).values()];
    // A medium of several disks names them all.
    return new Set(places.flatMap(({ mediumId }) => mediumId.split(' + ')));
  }

  /** Durable when it resolves; does nothing when that is remembered already. One after the other: it is one file. */
  async remember(id: DestinationId, place: RememberedPlace): Promise<void> {
    const mine = this.#turn.then(() => this.#remember(id, place));
    this.#turn = mine.catch(() => {});
    await mine;
  }

  async #remember(id: DestinationId, place: RememberedPlace): Promise<void> {
    const places = new Map(await this.#load());
    if (JSON.stringify(places.get(id)) === JSON.stringify(place)) return;
    places.set(id, place);
    const all = { version: 1, destinations: Object.fromEntries(places) };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await replaceFile(this.#path, `${JSON.stringify(all, undefined, 2)}\n`);
    this.#places = places;
  }

  async #load(): Promise<ReadonlyMap<string, RememberedPlace>> {
    const places = this.#places ?? (await this.#read());
    this.#places ??= places;
    return this.#places;
  }

  async #read(): Promise<Map<string, RememberedPlace>> {
    try {
      const text = await readFile(this.#path, 'utf8');
      return new Map(Object.entries(content.parse(JSON.parse(text)).destinations));
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return new Map();
      throw new VolumeError(
        'unexpected-answer',
        `The record of destinations ${this.#path} cannot be read.`,
        'See that each destination shows the drive you mean, then delete this file: it is made anew.',
        { cause },
      );
    }
  }
}
