/** What every card reader must do, whether the tree is real or in a table. */
import { expect, it } from '@jest/globals';
import type { ScannedFile } from '../../src/core/inventory.ts';
import type { CardReader } from '../../src/ports/card-reader.ts';

export interface CardReaderHarness {
  readonly reader: CardReader;
  /** Makes a tree and returns its root. Files have zero bytes as content. */
  readonly plant: (files: readonly ScannedFile[], folders: readonly string[]) => Promise<string>;
}

const FILES: readonly ScannedFile[] = [
  { path: 'DCIM/100CANON/IMG_0001.JPG', sizeBytes: 5, mtimeMs: 1_700_000_000_000 },
  { path: 'DCIM/100CANON/IMG_0002.JPG', sizeBytes: 0, mtimeMs: 1_700_000_002_000 },
  { path: 'top.txt', sizeBytes: 1, mtimeMs: 946_684_800_000 },
];

export function cardReaderContract(make: () => Promise<CardReaderHarness>): void {
  const never = new AbortController().signal;

  it('lists every file with size and time, and every folder', async () => {
    const { reader, plant } = await make();
    const folders = ['DCIM', 'DCIM/100CANON', 'MISC'];
    const scan = await reader.scan({ root: await plant(FILES, folders) }, never);
    expect(scan.files).toEqual(FILES);
    expect(scan.folders).toEqual(folders);
    expect(scan.problems).toEqual([]);
  });

  it('gives the same answer for the same tree', async () => {
    const { reader, plant } = await make();
    const root = await plant(FILES, ['DCIM', 'DCIM/100CANON']);
    const [a, b] = [await reader.scan({ root }, never), await reader.scan({ root }, never)];
    expect({ ...b, scannedAt: a.scannedAt }).toEqual(a);
  });

  it('rejects with the reason of an abort', async () => {
    const { reader, plant } = await make();
    const root = await plant(FILES, ['DCIM', 'DCIM/100CANON']);
    const reason = new Error('enough');
    await expect(reader.scan({ root }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
}
