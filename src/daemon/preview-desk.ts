/** Asks for one contact sheet per roll, after everything that matters, and keeps where it lies. */
import { join } from 'node:path';
import type { RollId } from '../core/ids.ts';
import type { Preview, PreviewMaker } from '../ports/preview-maker.ts';
import type { Roll } from '../ports/ledger.ts';
import type { Drives } from './drives.ts';
import type { Queues } from './queues.ts';
import type { ServiceDeps } from './service-deps.ts';
import type { HeldFile } from './survey.ts';

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

  /** Makes a sheet unless one of just as many files was made or is being made since the start. */
  request(roll: Roll, label: string, held: readonly HeldFile[]): void {
    if (held.length === 0 || this.#wanted.get(roll.id)?.files === held.length) return;
    const made = this.#parts.queues.previews
      .add(() => this.#make(roll, label, held))
      .catch((error: unknown) => {
        if (!this.#signal.aborted) this.#log.warn('no contact sheet', { roll: roll.folder, error });
        return undefined;
      });
    this.#wanted.set(roll.id, { files: held.length, made });
  }

  /** The roll's sheet: waits for one that is being made. */
  async of(rollId: RollId): Promise<Preview | undefined> {
    return this.#wanted.get(rollId)?.made;
  }

  async #make(roll: Roll, label: string, held: readonly HeldFile[]): Promise<Preview | undefined> {
    const roots = new Map(this.#parts.drives.lastReady().map((d) => [d.id, d.path]));
    const frames = held.flatMap(({ file, copies }) => {
      const copy = copies.find(({ destinationId }) => roots.has(destinationId));
      const root = copy === undefined ? undefined : roots.get(copy.destinationId);
      if (copy === undefined || root === undefined || file.role !== 'media') return [];
      return [{ path: join(root, copy.placedAt), name: file.path }];
    });
    if (frames.length === 0) return undefined;
    const outFolder = join(this.#folder, roll.folder);
    return this.#maker.make({ title: label, frames, outFolder }, this.#signal);
  }
}
