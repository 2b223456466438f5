/** Stories 4 to 7: pulled at the wrong moment, bad sectors, power cuts, a killed service. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { type CardImage, digestOf } from './card-image.ts';
import { endsSafeAfterAll, wrongCopies } from './card-checks.ts';
import { Station } from './station.ts';

const STORY_MS = 1_200_000;
/** How often a card is pulled under the copy. */
const YANKS = Number(process.env['SAFELIGHT_VM_YANKS'] ?? 10);
/** Slow enough for a copy to be met in the middle. */
const SLOW = { bytesPerSecond: 1_500_000 };
const CLIP_BYTES = 9_000_000;
let station: Station;

beforeAll(async () => {
  station = await Station.open('faults');
}, STORY_MS);

afterAll(async () => {
  await station.close();
}, 60_000);

afterEach(async () => {
  await station.tidy();
}, STORY_MS);

async function aRandomMoment(): Promise<void> {
  await pause(Math.random() * 6_000);
}

async function pullForGood(card: CardImage): Promise<void> {
  await station.pullUsb();
  await station.untilLight('off');
  expect(digestOf(card.file)).toBe(card.digest);
}

function slowCard(label: string): CardImage {
  return station.newCard(label, { filesystem: 'exfat', label, clipBytes: CLIP_BYTES });
}

describe('bad sectors', () => {
  test(
    'everything else is copied, and the two files are named',
    async () => {
      const card = station.newCard('bad', { filesystem: 'fat32', label: 'BADSECT' });
      const bad = ['DCIM/100CANON/IMG_0002.CR3', 'DCIM/100CANON/MVI_0004.MP4'];
      const errors = bad.map((path) => ({
        event: 'none',
        iotype: 'read',
        errno: 5,
        sector: (card.sectors.get(path) ?? 0) + 300,
        once: false,
      }));
      await station.insertUsb(card, { bad: errors });
      await station.untilTold('do-not-format', card);
      const { code, out } = await station.command('check');
      expect(out).toContain('DO NOT FORMAT');
      expect(code).toBe(1);
      const shown = (await station.command('show', 'BADSECT')).out;
      for (const path of bad) expect(shown).toContain(path);
      const missing = ['a', 'b'].flatMap((drive) =>
        bad.map((path) => `${drive}: ${path} is missing`),
      );
      expect(await station.differences(card)).toEqual(missing);
      await pullForGood(card);
    },
    STORY_MS,
  );
});

describe('the service is killed', () => {
  test(
    'the light goes dark by itself; started again, the work goes on',
    async () => {
      const card = slowCard('KILLED');
      await station.insertUsb(card, SLOW);
      await station.untilTold('copying', card);
      await aRandomMoment();
      await station.run('systemctl kill -s KILL --kill-who=main safelight');
      expect(await endsSafeAfterAll(station, card)).toBe(true);
      expect(await station.run('systemctl show -p NRestarts --value safelight')).toBe('1\n');

      await station.untilLit();
      await station.run(
        'systemctl kill -s KILL --kill-who=main safelight; systemctl stop safelight',
      );
      await station.until('the lamp is dark', async () => {
        const lit = await station.run('sleep 6; cat /sys/class/leds/input0::scrolllock/brightness');
        return lit === '0\n' && station.ledTrace().at(-1) === false;
      });
      await station.startService();
      expect(await endsSafeAfterAll(station, card)).toBe(true);
      await pullForGood(card);
    },
    STORY_MS,
  );
});

describe('pulled under the copy', () => {
  test(
    'the card, again and again',
    async () => {
      const card = slowCard('YANKED');
      for (let yank = 0; yank < YANKS; yank += 1) {
        await station.insertUsb(card, SLOW);
        await station.untilTold('copying', card);
        await aRandomMoment();
        await station.pullUsb();
        expect(await wrongCopies(station, card)).toEqual([]);
      }
      await station.insertUsb(card);
      expect(await endsSafeAfterAll(station, card)).toBe(true);
      await pullForGood(card);
    },
    STORY_MS,
  );

  test(
    'a drive',
    async () => {
      const card = slowCard('DRIVEOUT');
      await station.insertUsb(card, SLOW);
      await station.untilTold('copying', card);
      await aRandomMoment();
      await station.pullDrive('b');
      await pause(5_000);
      expect((await station.check()).code).not.toBe(0);
      await station.plugDrive('b');
      await station.mountAgain('b');
      expect(await endsSafeAfterAll(station, card)).toBe(true);
      await pullForGood(card);
    },
    STORY_MS,
  );
});

describe('power cuts', () => {
  test(
    'under the copy and under the upload',
    async () => {
      const card = slowCard('POWERCUT');
      await station.insertUsb(card, SLOW);
      await station.untilTold('copying', card);
      await aRandomMoment();
      await station.powerCut(card, SLOW);
      await station.untilTold('on-two-drives', card);
      expect(await wrongCopies(station, card)).toEqual([]);
      await station.powerCut(card);
      expect(await endsSafeAfterAll(station, card)).toBe(true);
      await pullForGood(card);
    },
    STORY_MS,
  );
});
