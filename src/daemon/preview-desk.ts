/** Asks for one contact sheet per roll, after everything that matters, and keeps where it lies. */
import { join } from 'node:path';
import type { DestinationId, RollId } from '../core/ids.ts';
import type { Preview, PreviewMaker } from '../ports/preview-maker.ts';
import type { Roll } from '../ports/ledger.ts';
import type { Drives } from './drives.ts';
import type { Queues } from './queues.ts';
import type { ServiceDeps } from './service-deps.ts';
import type { HeldFile } from './survey.ts';

/** The files of a roll that have a copy on these drives. */
export type HeldReading = (drives: readonly DestinationId[]) => AsyncIterable<readonly HeldFile[]>;

export class PreviewDesk {
  readonly #maker: PreviewMaker;
  readonly #folder: string;
  readonly #log: ServiceDeps['log'];
  readonly #parts: { readonly drives: Drives; readonly queues: Queues };
  readonly #signal: AbortSignal;
  readonly #wanted = new Map<RollId, { files: number; made: Promise<Preview | undefined> }>();

  constructor(
    deps: Pick<ServiceDeps, 'previews' | 'settings' | 'log'>,
    parts: { readonly drives: Drives; readonly queues: Queues },
    signal: AbortSignal,
  ) {
    this.#maker = deps.previews;
    this.#folder = deps.settings.previewFolder;
    this.#log = deps.log;
    this.#parts = parts;
    this.#signal = signal;
  }

  /**
   * Makes a sheet unless one of just as many files was made or is being made since the start. `held` reads the files
   * when their turn comes.
   */
  request(roll: Roll, label: string, files: number, held: HeldReading): void {
    if (files === 0 || this.#wanted.get(roll.id)?.files === files) return;
    const made = this.#parts.queues.previews
      .add(() => this.#make(roll, label, held))
      .catch((error: unknown) => {
        if (!this.#signal.aborted) this.#log.warn('no contact sheet', { roll: roll.folder, error });
        return undefined;
      });
    this.#wanted.set(roll.id, { files, made });
  }

  /** The roll's sheet: waits for one that is being made. */
  async of(rollId: RollId): Promise<Preview | undefined> {
    return this.#wanted.get(rollId)?.made;
  }

  async #make(roll: Roll, label: string, held: HeldReading): Promise<Preview | undefined> {
    const ready = this.#parts.drives.lastReady();
    const roots = new Map(ready.map((drive) => [drive.id, drive.path]));
    const frames: { readonly path: string; readonly name: string }[] = [];
    for await (const batch of held(ready.map(({ id }) => id))) {
      for (const { file, copies } of batch) {
        const [{ destinationId, placedAt }] = copies;
        const root = roots.get(destinationId);
        if (root === undefined || file.role !== 'media') continue;
        frames.push({ path: join(root, placedAt), name: file.path });
      }
    }
    if (frames.length === 0) return undefined;
    const outFolder = join(this.#folder, roll.folder);
    return this.#maker.make({ title: label, frames, outFolder }, this.#signal);
  }
}
