/** Has cards mounted where nobody else mounts them, beside the loop: a slow card must not hold up the others. */
import { RoomError } from '../core/room-error.ts';
import type { MountTrouble, NoticedCard } from '../ports/mounter.ts';
import { Bell } from './bell.ts';
import type { Board } from './board.ts';
import { Breath } from './breath.ts';
import type { ServiceDeps } from './service-deps.ts';

/** The hints of the volume source wake it; this is for a source that went silent. Milliseconds. */
const LOOK_EVERY_MS = 60_000;

export class MountDesk {
  readonly #deps: Pick<ServiceDeps, 'clock' | 'log' | 'mounter'>;
  readonly #board: Board;
  readonly #onChanged: () => void;
  readonly #bell = new Bell();
  #told = new Set<string>();

  /** `onChanged` is called when a new listing is worth while. */
  constructor(
    deps: Pick<ServiceDeps, 'clock' | 'log' | 'mounter'>,
    board: Board,
    onChanged: () => void,
  ) {
    this.#deps = deps;
    this.#board = board;
    this.#onChanged = onChanged;
  }

  wake(): void {
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const breath = new Breath(clock);
    while (!signal.aborted) {
      const startedAt = clock.elapsed();
      const pauseMs = await this.#turn(signal);
      await breath.after(startedAt, signal);
      await this.#bell.wait(clock, pauseMs, signal).catch(() => undefined);
    }
  }

  async #turn(signal: AbortSignal): Promise<number> {
    try {
      const { changed, troubles, againInMs } = await this.#deps.mounter.mountCards(signal, (card) =>
        this.#noticed(card),
      );
      this.#tell(troubles);
      if (changed) this.#onChanged();
      return Math.min(LOOK_EVERY_MS, Math.max(1, againInMs ?? LOOK_EVERY_MS));
    } catch (error) {
      // Not knowing what is in is no reason to stop: the next hint, or the timer, asks again.
      if (!signal.aborted) this.#logOnce('cannot look for cards to mount', wordsOf(error));
      return LOOK_EVERY_MS;
    }
  }

  /** The first word about a card: it is in, and is being mounted or waits for others to do it. */
  #noticed({ devicePath, label, fsType }: NoticedCard): void {
    this.#deps.log.info('noticed', { device: devicePath, label, filesystem: fsType });
  }

  #tell(troubles: readonly MountTrouble[]): void {
    const before = JSON.stringify(this.#board.mountTroubles);
    if (JSON.stringify(troubles) === before) return;
    this.#board.mountTroubles = troubles;
    this.#board.changed();
    for (const { sentence, hint } of troubles) this.#logOnce(sentence, { hint });
    // What went away may come back, and is told again then.
    if (troubles.length === 0) this.#told.clear();
  }

  #logOnce(message: string, facts: Readonly<Record<string, string>>): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#deps.log.warn(message, { ...facts });
  }
}

function wordsOf(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof RoomError) return { reason: error.message, hint: error.hint };
  return { reason: error instanceof Error ? error.message : String(error) };
}
