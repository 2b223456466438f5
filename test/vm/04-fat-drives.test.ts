/** Story 9: power cuts under the copy to drives that keep no journal, one exFAT and one FAT32. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { endsSafeAfterAll, wrongCopies } from './card-checks.ts';
import { Station } from './station.ts';

const STORY_MS = 1_200_000;
const CUTS = Number(process.env['SAFELIGHT_VM_CUTS'] ?? 3);
/** Slow enough for a copy to be met in the middle. */
const SLOW = { bytesPerSecond: 1_500_000 };
let station: Station;

beforeAll(async () => {
  station = await Station.open('fat-drives', { a: 'exfat', b: 'vfat' });
}, STORY_MS);

afterAll(async () => {
  await station.close();
}, 60_000);

describe('drives without a journal', () => {
  test(
    'power cuts under the copy leave nothing wrong under a final name, and it ends safe',
    async () => {
      const options = { filesystem: 'exfat', label: 'FATDRIVES', clipBytes: 9_000_000 } as const;
      const card = station.newCard('card', options);
      await station.insertUsb(card, SLOW);
      for (let cut = 0; cut < CUTS; cut += 1) {
        await station.untilTold('copying', card);
        await pause(Math.random() * 8_000);
        await station.powerCut(card, SLOW);
        await station.drivesMounted();
        expect(await wrongCopies(station, card)).toEqual([]);
      }
      expect(await endsSafeAfterAll(station, card)).toBe(true);
      expect(await wrongCopies(station, card)).toEqual([]);
    },
    STORY_MS,
  );
});
