/** Story 1: cards plugged in and pulled, with the installed service in a real systemd guest. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endsSafe, isOut } from './card-checks.ts';
import { Station } from './station.ts';

const STORY_MS = 600_000;
let station: Station;

beforeAll(async () => {
  station = await Station.open('cards');
}, STORY_MS);

afterAll(async () => {
  await station.close();
}, 60_000);

describe('a card in a USB reader', () => {
  test.each(['fat32', 'exfat'] as const)(
    '%s: safe, then pulled',
    async (filesystem) => {
      const label = `EOS_${filesystem.toUpperCase()}`;
      const card = station.newCard(filesystem, { filesystem, label });
      await station.insertUsb(card);
      await endsSafe(station, card, `${filesystem} in a USB reader`);
      await station.pullUsb();
      expect(await isOut(station, card)).toBe(true);
    },
    STORY_MS,
  );
});

describe('a card that looks like a built-in disk', () => {
  test(
    'CFexpress as NVMe: safe, then pulled',
    async () => {
      const card = station.newCard('nvme', { filesystem: 'exfat', label: 'CFE_NVME' });
      const drive = await station.guest.block('nvme', card.file);
      await station.guest.plug('nvme', { id: 'nvme', drive, serial: 'CFE-0001', bus: 'rp2' });
      await endsSafe(station, card, 'CFexpress as NVMe');
      await station.guest.unplug('nvme');
      expect(await isOut(station, card)).toBe(true);
      expect((await station.check()).code).toBe(5);
    },
    STORY_MS,
  );
});
