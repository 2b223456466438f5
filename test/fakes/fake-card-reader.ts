/** A card reader with scans in a table; a root that is not in it lists as empty, as a pulled FAT card does. */
import type { Scan, ScannedFile } from '../../src/core/inventory.ts';
import type { CardReader, FileWithCopy } from '../../src/ports/card-reader.ts';
import type { Insertion } from '../../src/ports/volume-source.ts';

export class FakeCardReader implements CardReader {
  readonly #trees = new Map<string, Omit<Scan, 'scannedAt'>>();
  /** Paths that have other content than their copies. */
  readonly others = new Set<string>();
  now = 0;
  scans = 0;

  /** What stands below a root from now on. */
  set(root: string, files: readonly ScannedFile[], rest: Partial<Omit<Scan, 'files'>> = {}): void {
    this.#trees.set(root, { folders: [], ignored: [], problems: [], ...rest, files });
  }

  pull(root: string): void {
    this.#trees.delete(root);
  }

  async differing(
    _insertion: Pick<Insertion, 'root'>,
    files: readonly FileWithCopy[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    signal.throwIfAborted();
    return new Set(files.map(({ path }) => path).filter((path) => this.others.has(path)));
  }

  async scan(insertion: Pick<Insertion, 'root'>, signal: AbortSignal): Promise<Scan> {
    signal.throwIfAborted();
    this.scans += 1;
    const tree = this.#trees.get(insertion.root);
    const empty = { files: [], folders: [], ignored: [], problems: [] };
    return { ...(tree ?? empty), scannedAt: this.now };
  }
}
