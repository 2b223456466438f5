/** Stories 2, 3 and 8: every other way a card comes in, a swap, and volumes that are no cards. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endsSafe, isOut } from './card-checks.ts';
import { digestOf } from './card-image.ts';
import { Station } from './station.ts';

const STORY_MS = 900_000;
let station: Station;

beforeAll(async () => {
  station = await Station.open('slots');
}, STORY_MS);

afterAll(async () => {
  await station.close();
}, 60_000);

describe('a reader that stays plugged in', () => {
  test(
    'a card is put in, and swapped for another one under the copy',
    async () => {
      const { guest } = station;
      const a = station.newCard('a', {
        filesystem: 'exfat',
        label: 'CARD_A',
        clipBytes: 6_000_000,
      });
      const b = station.newCard('b', { filesystem: 'exfat', label: 'CARD_B' });
      const nodes = { a: await guest.block('a', a.file), b: await guest.block('b', b.file) };
      await guest.reader('reader', '2');

      await guest.insertMedium('reader-lun', nodes.a);
      await station.untilTold('copying', a);
      await guest.pullMedium('reader-lun');
      await guest.insertMedium('reader-lun', nodes.b);
      await endsSafe(station, b, 'swapped in a reader');
      for (const drive of ['a', 'b'] as const) {
        for (const [path, digest] of await station.copiesOn(drive, a)) {
          expect([path, digest]).toEqual([path, a.files.get(path)]);
        }
      }

      await guest.pullMedium('reader-lun');
      expect(await isOut(station, b)).toBe(true);
      await guest.insertMedium('reader-lun', nodes.a);
      await endsSafe(station, a, 'put into an attached reader');
      await guest.pullMedium('reader-lun');
      expect(await isOut(station, a)).toBe(true);
      await guest.unplug('reader');
    },
    STORY_MS,
  );
});

describe('slots and readers without USB storage', () => {
  test(
    'SD in a built-in slot',
    async () => {
      const card = station.newCard('sd', { filesystem: 'fat32', label: 'SD_SLOT' });
      await station.guest.sdSlot();
      await station.guest.insertMedium('sd0', await station.guest.block('sd', card.file));
      await endsSafe(station, card, 'SD slot');
      await station.guest.pullMedium('sd0');
      expect(await isOut(station, card)).toBe(true);
    },
    STORY_MS,
  );

  test(
    'CFexpress in a UAS reader',
    async () => {
      const { guest } = station;
      const card = station.newCard('uas', { filesystem: 'exfat', label: 'CFE_UAS' });
      await guest.block('uas', card.file);
      await guest.plug('usb-uas', { id: 'uas', bus: 'xhci.0', port: '3' });
      const disk = { id: 'uas-lun', bus: 'uas.0', drive: 'uas-raw', 'scsi-id': 0, lun: 0 };
      await guest.plug('scsi-hd', { ...disk, vendor: 'ProGrade', product: 'CFexpress' });
      const path = '/machine/peripheral/uas';
      await guest.qmp('qom-set', { path, property: 'attached', value: true });
      await endsSafe(station, card, 'CFexpress by UAS');
      await guest.unplug('uas');
      expect(await isOut(station, card)).toBe(true);
    },
    STORY_MS,
  );
});

describe('two slots', () => {
  test(
    'two cards at once: both safe, and each is let go by itself',
    async () => {
      const { guest } = station;
      const one = station.newCard('one', { filesystem: 'fat32', label: 'SLOT_ONE' });
      const two = station.newCard('two', { filesystem: 'exfat', label: 'SLOT_TWO' });
      const nodes = [await guest.block('one', one.file), await guest.block('two', two.file)];
      for (const [index, drive] of nodes.entries()) {
        // Two slots of one reader share its serial; two readers of one kind often do too.
        const where = { bus: 'xhci.0', port: String(1 + index), serial: 'READER-2' };
        await guest.plug('usb-storage', { id: `slot-${index}`, ...where, drive, removable: true });
      }
      await station.until('both are safe', async () => {
        const { cards } = await station.status();
        const safe = cards.filter((card) => card.present && card.verdict === 'safe-to-format');
        return safe.length === 2;
      });
      expect((await station.check()).code).toBe(0);
      for (const card of [one, two]) expect(await station.differences(card)).toEqual([]);
      await station.untilLit();

      await guest.unplug('slot-0');
      await station.until('the first is out', async () => {
        const { cards, light } = await station.status();
        const present = cards.filter((card) => card.present).map(({ label }) => label);
        return light === 'safe' && present.join(' ') === 'SLOT_TWO';
      });
      await guest.unplug('slot-1');
      expect(await isOut(station, two)).toBe(true);
      expect(digestOf(one.file)).toBe(one.digest);
    },
    STORY_MS,
  );
});

describe('volumes that are no cards', () => {
  test(
    'are left alone, with a real card among them',
    async () => {
      const { guest } = station;
      const trees = {
        STICK: { 'Documents/tax.pdf': 40_000, 'Music/song.mp3': 90_000, 'setup.exe': 50_000 },
        EMPTY_ONE: {},
        TIMEMACH: {
          'Backups.backupdb/mac/2026-01-01/a.plist': 2_000,
          '.com.apple.timemachine.donotpresent': 1,
        },
        OTHERS: { '.safelight-destination.json': 200, 'x/DCIM/100CANON/IMG_0001.CR3': 300_000 },
      } as const;
      const stray = Object.entries(trees).map(([label, tree]) =>
        station.newCard(label, { filesystem: 'exfat', label, tree }),
      );
      for (const [index, { file, label }] of stray.entries()) {
        const drive = await guest.block(label, file);
        const serial = `STRAY-${index}`;
        const port = String(1 + index);
        await guest.plug('usb-storage', {
          id: label,
          bus: 'xhci.0',
          port,
          drive,
          serial,
          removable: true,
        });
      }
      const card = station.newCard('real', { filesystem: 'fat32', label: 'REAL_ONE' });
      const drive = await guest.block('real', card.file);
      await guest.plug('nvme', { id: 'real', drive, serial: 'CFE-0002', bus: 'rp3' });
      await endsSafe(station, card, 'NVMe beside four other volumes');
      await station.until('the others were looked at', async () => {
        const { unknownVolumes } = await station.status();
        return ['STICK', 'TIMEMACH'].every((label) =>
          unknownVolumes.some((one) => one.label === label),
        );
      });
      const { cards } = await station.status();
      expect(cards.filter(({ present }) => present).map(({ label }) => label)).toEqual([
        'REAL_ONE',
      ]);
      for (const { label } of stray) {
        expect(await station.run(`find /mnt/a/Ingest /mnt/b/Ingest -path '*${label}*'`)).toBe('');
      }
      expect(
        (await station.bucket.keys()).filter((key) => /STICK|EMPTY|TIMEM|OTHERS/.test(key)),
      ).toEqual([]);
      for (const { file, digest, label } of stray) {
        await guest.unplug(label);
        expect([label, digestOf(file)]).toEqual([label, digest]);
      }
    },
    STORY_MS,
  );
});
