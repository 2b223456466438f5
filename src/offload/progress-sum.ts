/** Adds up how far a job has come. */
import type { DestinationId } from '../core/ids.ts';
import type { CopyEvents, CopyTask } from '../ports/copier.ts';
import type { Leg } from './leg.ts';

export class ProgressSum {
  readonly #events: Pick<CopyEvents, 'progress'>;
  readonly #readBack = new Map<DestinationId, number>();
  /** Per task, bytes that have been counted. */
  readonly #counted = new WeakMap<CopyTask, number>();
  #filesDone = 0;
  #bytesRead = 0;

  constructor(events: Pick<CopyEvents, 'progress'>) {
    this.#events = events;
  }

  /** Counts the source bytes of one file; what is read again after a fault is not counted twice. */
  counterFor(task: CopyTask): (bytes: number) => void {
    return (bytes) => {
      const counted = this.#counted.get(task) ?? 0;
      const fresh = Math.min(bytes, task.file.sizeBytes - counted);
      if (fresh <= 0) return;
      this.#counted.set(task, counted + fresh);
      this.#bytesRead += fresh;
      this.#tell();
    };
  }

  /** The file's evidence is committed. */
  fileDone(placedOn: readonly Leg[], sizeBytes: number): void {
    this.#filesDone += 1;
    for (const { id } of placedOn) {
      this.#readBack.set(id, (this.#readBack.get(id) ?? 0) + sizeBytes);
    }
    this.#tell();
  }

  #tell(): void {
    this.#events.progress({
      filesDone: this.#filesDone,
      bytesRead: this.#bytesRead,
      bytesReadBack: this.#readBack,
    });
  }
}
