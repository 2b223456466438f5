/** Progress of one roll as faces see it: files, bytes and an honest guess of the time left. */
import type { CardId, RemoteId, RollId } from '../core/ids.ts';
import type { InFlightView } from '../core/status.ts';
import type { Clock } from '../ports/clock.ts';
import type { Board, RemoteQueue } from './board.ts';
import type { DriveProgress } from './drive-work.ts';
import type { Survey } from './survey.ts';

/** No guess before this share is done: early rates mislead. */
const GUESS_FROM_SHARE = 0.02;

export class LiveProgress {
  readonly #clock: Clock;
  readonly #board: Board;
  readonly #about: { readonly rollId: RollId; readonly cardId: CardId };
  #phase: InFlightView['phase'] | undefined;
  #startedAt = 0;

  constructor(
    clock: Clock,
    board: Board,
    about: { readonly rollId: RollId; readonly cardId: CardId },
  ) {
    this.#clock = clock;
    this.#board = board;
    this.#about = about;
  }

  drives(progress: DriveProgress): void {
    const { phase, share, ...counts } = progress;
    this.#show(phase, counts, share);
  }

  offsite(counts: Omit<InFlightView, 'card' | 'phase' | 'etaSeconds'>): void {
    const { bytesDone, bytesTotal, filesDone, filesTotal } = counts;
    const share = bytesTotal > 0 ? bytesDone / bytesTotal : filesDone / Math.max(1, filesTotal);
    this.#show('uploading', counts, share);
  }

  end(): void {
    this.#phase = undefined;
    this.#board.setInFlight(this.#about.rollId, undefined);
  }

  /** What a survey leaves to send, per remote. */
  queueOf(survey: Survey): ReadonlyMap<RemoteId, RemoteQueue> {
    const queue = new Map<RemoteId, RemoteQueue>();
    for (const { step } of survey.offsiteTasks) {
      const { files, bytes } = queue.get(step.remoteId) ?? { files: 0, bytes: 0 };
      queue.set(step.remoteId, { files: files + 1, bytes: bytes + step.file.sizeBytes });
    }
    return queue;
  }

  #show(
    phase: InFlightView['phase'],
    counts: Omit<InFlightView, 'card' | 'phase' | 'etaSeconds'>,
    share: number,
  ): void {
    const now = this.#clock.elapsed();
    if (this.#phase !== phase) {
      this.#phase = phase;
      this.#startedAt = now;
    }
    const elapsed = (now - this.#startedAt) / 1_000;
    const guess = share >= GUESS_FROM_SHARE && share <= 1;
    const etaSeconds = guess ? Math.round((elapsed * (1 - share)) / share) : null;
    this.#board.setInFlight(this.#about.rollId, {
      card: this.#about.cardId,
      phase,
      ...counts,
      etaSeconds,
    });
  }
}
