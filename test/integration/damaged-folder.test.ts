/** A folder of a card that has one name twice, on a real filesystem. Needs root. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { makeCardReader } from '../../src/volumes/card-walk.ts';
import { canMake, TestDrive } from './engine-drives.ts';

jest.setTimeout(60_000);

const junkReason = (path: string): string | undefined =>
  path === 'lost+found' ? 'of the filesystem' : undefined;
const reader = makeCardReader({ junkReason, clock: { now: () => 1 } });
const never = new AbortController().signal;

(canMake('ext4-unchecked') ? describe : describe.skip)('a folder that has one name twice', () => {
  test('is listed with one of the two files, and the card is not whole', async () => {
    const card = new TestDrive('ext4-unchecked');
    try {
      const folder = join(card.mount, 'DCIM/100TEST');
      mkdirSync(folder, { recursive: true });
      for (const n of [1, 2, 3, 4]) writeFileSync(join(folder, `IMG_${n}.JPG`), `frame ${n}`);
      card.renameOnMedium('IMG_4.JPG', 'IMG_2.JPG');
      expect(readdirSync(folder).filter((name) => name === 'IMG_2.JPG')).toHaveLength(2);
      const scan = await reader.scan({ root: card.mount }, never);
      expect(scan.files.map(({ path }) => path)).toEqual(
        [1, 2, 3].map((n) => `DCIM/100TEST/IMG_${n}.JPG`),
      );
      const reason = expect.stringContaining('twice');
      expect(scan.problems).toEqual([{ path: 'DCIM/100TEST/IMG_2.JPG', reason }]);
    } finally {
      card.remove();
    }
  });
});
