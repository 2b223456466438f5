/** What the service knows right now, for faces and signals. Nothing here is proof; a restart begins with an empty board. */
import type { PlaceTrouble } from '../core/blocker.ts';
import { type DestinationLook, destinationTroubles } from '../core/destination.ts';
import type { CardId, RemoteId, RollId } from '../core/ids.ts';
import { type Light, worstLight } from '../core/light.ts';
import type { InFlightView } from '../core/status.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Roll } from '../ports/ledger.ts';
import type { MountTrouble } from '../ports/mounter.ts';
import type { VolumeTrouble } from '../ports/volume-source.ts';

/** One roll that is in, or that still has work open. */
export interface BoardCard {
  readonly cardId: CardId;
  readonly roll: Roll;
  readonly label: string;
  readonly present: boolean;
  readonly root: string;
  /** Absent until the roll was judged for the first time since the start. */
  readonly verdict?: Verdict;
  readonly light: Light;
  /** Nothing goes on by itself right now: all is done, or rounds of work brought nothing. */
  readonly resting: boolean;
}

export interface RemoteState {
  readonly state: 'ok' | 'trouble' | 'unknown';
  readonly trouble?: PlaceTrouble;
  readonly lastSightingAt?: number;
}

/** Files and bytes a roll still has to send to a remote. */
export interface RemoteQueue {
  readonly files: number;
  readonly bytes: number;
}

export interface UnknownVolume {
  readonly mountPoint: string;
  readonly label: string;
}

/** Mutable, observed. `changed` listeners are told which roll changed, or undefined for anything else. */
export class Board {
  readonly cards = new Map<RollId, BoardCard>();
  readonly inFlight = new Map<RollId, InFlightView>();
  readonly remotes = new Map<RemoteId, RemoteState>();
  readonly queued = new Map<RollId, ReadonlyMap<RemoteId, RemoteQueue>>();
  /** Keys of what is in and was not judged yet since it was put in. */
  readonly #unjudged = new Set<string>();
  readonly #listeners = new Set<(rollId: RollId | undefined) => void>();
  destinations: readonly DestinationLook[] = [];
  unknownVolumes: readonly UnknownVolume[] = [];
  /** Cards that are in but could not be mounted. */
  mountTroubles: readonly MountTrouble[] = [];
  /** What the last listing could not look at. */
  volumeTroubles: readonly VolumeTrouble[] = [];
  /** Why the last listing of volumes failed; undefined when it did not. */
  listingTrouble: string | undefined = undefined;

  onChange(listener: (rollId: RollId | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(rollId?: RollId): void {
    for (const listener of this.#listeners) listener(rollId);
  }

  setCard(card: BoardCard): void {
    this.cards.set(card.roll.id, card);
    this.changed(card.roll.id);
  }

  /** Notes that work goes on for a roll, or has come to rest. */
  setResting(rollId: RollId, resting: boolean): void {
    const card = this.cards.get(rollId);
    if (card === undefined || card.resting === resting) return;
    this.setCard({ ...card, resting });
  }

  dropCard(rollId: RollId): void {
    this.cards.delete(rollId);
    this.inFlight.delete(rollId);
    this.queued.delete(rollId);
    this.changed(rollId);
  }

  setInFlight(rollId: RollId, view: InFlightView | undefined): void {
    if (view === undefined) this.inFlight.delete(rollId);
    else this.inFlight.set(rollId, view);
  }

  setRemote(remoteId: RemoteId, state: RemoteState): void {
    const lastSightingAt = state.lastSightingAt ?? this.remotes.get(remoteId)?.lastSightingAt;
    this.remotes.set(remoteId, {
      ...state,
      ...(lastSightingAt === undefined ? {} : { lastSightingAt }),
    });
    this.changed();
  }

  /**
   * The one light for all cards that are in. Off rather than green while it is not known what is in: a listing
   * failed, a card could not be mounted or looked at, or is being looked at for the first time.
   */
  get light(): Light {
    const present = [...this.cards.values()].filter((card) => card.present);
    const light = worstLight(present.map((card) => card.light));
    const unseen = this.mountTroubles.length + this.volumeTroubles.length + this.#unjudged.size;
    const isKnown = this.listingTrouble === undefined && unseen === 0;
    return isKnown || (light !== 'safe' && light !== 'empty') ? light : 'off';
  }

  /** Notes that something was put in and nobody knows yet how it stands with it. */
  putIn(key: string): void {
    this.#unjudged.add(key);
    this.changed();
  }

  /** Notes that it is judged now, is no card, or is out. */
  judged(key: string): void {
    if (this.#unjudged.delete(key)) this.changed();
  }

  /** Notes whether the last listing of volumes failed, and why. */
  setListingTrouble(reason: string | undefined): void {
    if (this.listingTrouble === reason) return;
    this.listingTrouble = reason;
    this.changed();
  }

  remoteTroubles(): readonly PlaceTrouble[] {
    return [...this.remotes.values()].flatMap(({ trouble }) =>
      trouble === undefined ? [] : [trouble],
    );
  }

  destinationTroubles(): readonly PlaceTrouble[] {
    return destinationTroubles(this.destinations);
  }
}
