/** Story 1: a card in a USB reader, plugged in and pulled, with the installed service in a real systemd guest. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from './card-image.ts';
import { noteResult, Station } from './station.ts';

let station: Station;

beforeAll(async () => {
  station = await Station.open('usb-reader');
}, 600_000);

afterAll(async () => {
  await station.close();
}, 60_000);

describe('a card in a USB reader', () => {
  test.each(['fat32', 'exfat'] as const)(
    '%s: safe, then pulled',
    async (filesystem) => {
      const label = `EOS_${filesystem.toUpperCase()}`.slice(0, 9);
      const card = station.newCard(filesystem, { filesystem, label });

      await station.insertUsb(card);
      await station.untilLight('safe');
      noteResult(`${filesystem} in a USB reader: noticed after`, await station.noticedAfter(label));
      const { code, cards } = await station.check();
      expect(cards).toMatchObject([{ label, verdict: 'safe-to-format' }]);
      expect(code).toBe(0);
      expect(await station.differences(card)).toEqual([]);
      expect(
        (await station.bucket.keys()).filter((key) => key.includes(label)).length,
      ).toBeGreaterThanOrEqual(card.files.size);
      expect(station.ledTrace().at(-1)).toBe(true);
      expect(await station.run('systemctl status safelight | grep Status:')).toContain(
        `${label} safe`,
      );

      await station.pullUsb();
      await station.untilLight('off');
      expect(station.ledTrace().at(-1)).toBe(false);
      expect(digestOf(card.file)).toBe(card.digest);
    },
    600_000,
  );
});
