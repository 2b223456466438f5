/** A card and two drives as folders, and what a copier says while it works on them. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ReadyDestination } from '../../src/core/destination.ts';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asDestinationId, asFileId, asMediumId, type DestinationId } from '../../src/core/ids.ts';
import type { CardFile } from '../../src/core/inventory.ts';
import type {
  CopyEvents,
  CopyJob,
  CopyProgress,
  CopySource,
  CopyTask,
} from '../../src/ports/copier.ts';

export const A = asDestinationId('working');
export const B = asDestinationId('backup');

export type DraftOf<K extends EvidenceDraft['kind']> = Extract<EvidenceDraft, { kind: K }>;

export class CopyStage {
  readonly folder: string;
  readonly card: string;
  readonly drives: ReadonlyMap<DestinationId, string>;
  readonly committed: EvidenceDraft[] = [];
  readonly commits: (readonly EvidenceDraft[])[] = [];
  readonly progress: CopyProgress[] = [];
  cardIn = true;
  #files = 0;

  /** With nothing given, all three are folders beside each other. */
  constructor(places: { card?: string; drives?: readonly [string, string] } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'copier-'));
    this.card = places.card ?? this.#made('card');
    const [a, b] = places.drives ?? [this.#made('drive-a'), this.#made('drive-b')];
    this.drives = new Map([
      [A, a],
      [B, b],
    ]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Puts a file on the card and describes it as a scan would. */
  shoot(path: string, content: Uint8Array | string, modified = 1_750_000_000): CardFile {
    const at = join(this.card, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, content);
    utimesSync(at, modified, modified);
    return this.listed(path);
  }

  listed(path: string): CardFile {
    const { size, mtimeMs } = statSync(join(this.card, path));
    this.#files += 1;
    const id = asFileId(this.#files);
    return { id, path, placement: path, sizeBytes: size, mtimeMs, role: 'media' };
  }

  destination(id: DestinationId, facts: Partial<ReadyDestination> = {}): ReadyDestination {
    const path = this.drive(id);
    return {
      state: 'ready',
      id,
      path,
      mountPoint: path,
      mediumId: asMediumId(`disk-of-${id}`),
      deviceNumber: statSync(path).dev,
      fsType: '',
      freeBytes: 1e12,
      maxFileBytes: Number.POSITIVE_INFINITY,
      ...facts,
    };
  }

  drive(id: DestinationId): string {
    const path = this.drives.get(id);
    if (path === undefined) throw new TypeError(`no drive ${id}`);
    return path;
  }

  get source(): CopySource {
    return { root: this.card, stillIn: async () => this.cardIn };
  }

  task(file: CardFile, more: Partial<CopyTask> = {}): CopyTask {
    return { file, sourcePath: file.path, to: [A, B], ...more };
  }

  /** A job for both drives, into the roll's folder `roll`. */
  job(tasks: readonly CopyTask[], more: Partial<CopyJob> = {}): CopyJob {
    return {
      source: this.source,
      from: 'card',
      targets: [A, B].map((id) => ({ destination: this.destination(id), folder: 'roll' })),
      tasks,
      folders: [],
      ...more,
    };
  }

  get events(): CopyEvents {
    return {
      commit: async (drafts) => {
        this.commits.push(drafts);
        this.committed.push(...drafts);
      },
      progress: ({ filesDone, bytesRead, bytesReadBack }) =>
        this.progress.push({ filesDone, bytesRead, bytesReadBack: new Map(bytesReadBack) }),
    };
  }

  drafts<K extends EvidenceDraft['kind']>(kind: K): DraftOf<K>[] {
    return this.committed.filter((draft): draft is DraftOf<K> => draft.kind === kind);
  }

  /** Every file and folder below a drive's roll folder, sorted; folders end with a slash. */
  onDrive(id: DestinationId): string[] {
    return treeBelow(join(this.drive(id), 'roll'));
  }

  #made(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path);
    return path;
  }
}

export function treeBelow(root: string): string[] {
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name).slice(root.length + 1);
      return entry.isDirectory() ? `${path}/` : path;
    })
    .toSorted();
}

/** Bytes without a short period, the same in every run. */
export function noise(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < size; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}
