/** The destinations as last looked at, shared by all rolls. */
import type { PlaceTrouble } from '../core/blocker.ts';
import type { DestinationLook, ReadyDestination } from '../core/destination.ts';
import type { DestinationId, MediumId } from '../core/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { LostLeg } from '../ports/copier.ts';
import type { ConfiguredDestination, DestinationProbe } from '../ports/destination.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Board } from './board.ts';

/** A look younger than this is taken again as it is: several rolls ask at the same moment. Milliseconds. */
const FRESH_MS = 5_000;

export class Drives {
  readonly #probe: DestinationProbe;
  readonly #clock: Clock;
  readonly #board: Board;
  readonly #ledger: Pick<Ledger, 'noteTrouble'>;
  readonly #configured: readonly ConfiguredDestination[];
  readonly #legTroubles = new Map<DestinationId, PlaceTrouble>();
  #cardMedia: ReadonlySet<MediumId> = new Set();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<readonly DestinationLook[]> | undefined;

  constructor(
    parts: {
      readonly probe: DestinationProbe;
      readonly clock: Clock;
      readonly board: Board;
      readonly ledger: Pick<Ledger, 'noteTrouble'>;
    },
    configured: readonly ConfiguredDestination[],
  ) {
    this.#probe = parts.probe;
    this.#clock = parts.clock;
    this.#board = parts.board;
    this.#ledger = parts.ledger;
    this.#configured = configured;
  }

  /** The disks of the cards now in; a destination on one of them is refused. */
  setCardMedia(media: ReadonlySet<MediumId>): void {
    const same =
      media.size === this.#cardMedia.size && [...media].every((id) => this.#cardMedia.has(id));
    if (same) return;
    this.#cardMedia = media;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Looks at all destinations, or gives the answer of a moment ago. */
  async ready(): Promise<readonly ReadyDestination[]> {
    const age = this.#clock.elapsed() - this.#lookedAt;
    if (age > FRESH_MS) await this.look();
    return this.lastReady();
  }

  /** The answer of the last look, however old. */
  lastReady(): readonly ReadyDestination[] {
    return this.#board.destinations.filter((look) => look.state === 'ready');
  }

  async look(): Promise<readonly DestinationLook[]> {
    this.#looking ??= this.#probe
      .lookAll(this.#configured, this.#cardMedia)
      .finally(() => (this.#looking = undefined));
    const looks = await this.#looking;
    this.#lookedAt = this.#clock.elapsed();
    this.#board.destinations = looks;
    return looks;
  }

  /** Whether every configured destination was ready at the last look and kept its leg. */
  allWell(): boolean {
    return (
      this.#legTroubles.size === 0 &&
      this.#board.destinations.length === this.#configured.length &&
      this.#board.destinations.every((look) => look.state === 'ready')
    );
  }

  /**
   * Notes how a job went for each destination it used, also in the ledger, for those who ask without the service:
   * dropped legs stay in the sentences until one goes well.
   */
  async noteLegs(used: readonly ReadyDestination[], lost: readonly LostLeg[]): Promise<void> {
    for (const { id } of used) this.#legTroubles.delete(id);
    for (const { destinationId, sentence, hint } of lost) {
      this.#legTroubles.set(destinationId, { place: destinationId, sentence, hint });
    }
    if (lost.length > 0) this.#lookedAt = Number.NEGATIVE_INFINITY;
    const now = this.#clock.now();
    for (const { id } of used) await this.#ledger.noteTrouble(id, this.#legTroubles.get(id), now);
  }

  troubles(): readonly PlaceTrouble[] {
    const looked = this.#board.destinationTroubles();
    const places = new Set(looked.map(({ place }) => place));
    return [...looked, ...[...this.#legTroubles.values()].filter((t) => !places.has(t.place))];
  }
}
