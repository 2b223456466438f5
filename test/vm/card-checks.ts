/** What every card's story in the guest ends with. */
import { expect } from '@jest/globals';
import { type CardImage, digestOf } from './card-image.ts';
import { noteTimes, type Station } from './station.ts';

/** Twice what it took on a machine under load. */
const SUSPICIOUS_S = 25;

/** The card is in: it must end safe, on both drives, at the store, with the lamp lit, and systemd must say so. */
export async function endsSafe(station: Station, card: CardImage, how: string): Promise<void> {
  await station.untilTold('safe', card);
  const told = await station.toldAfter(card.label);
  noteTimes(how, told);
  // Emulation is slow, but not that slow: what did it wait for?
  if (!(told.cardIn < SUSPICIOUS_S)) process.stderr.write(`${await station.journal()}\n`);
  const { code, cards } = await station.check();
  expect(cards).toMatchObject([{ label: card.label, verdict: 'safe-to-format' }]);
  expect(code).toBe(0);
  expect(await station.differences(card)).toEqual([]);
  const keys = (await station.bucket.keys()).filter((key) => key.includes(card.label));
  expect(keys.length).toBeGreaterThanOrEqual(card.files.size);
  await station.untilLit();
  await station.until(`systemctl status says that ${card.label} is safe`, async () =>
    (await station.run('systemctl status safelight | grep Status:')).includes(`${card.label} safe`),
  );
}

/** The card is out: whether there is darkness, and not a byte of it was changed. */
export async function isOut(station: Station, card: CardImage): Promise<boolean> {
  await station.untilLight('off');
  return station.ledTrace().at(-1) === false && digestOf(card.file) === card.digest;
}

/** However it went before: the card is safe, `check` says so, and both drives hold all of it. */
export async function endsSafeAfterAll(station: Station, card: CardImage): Promise<boolean> {
  await station.untilTold('safe', card);
  expect((await station.check()).code).toBe(0);
  expect(await station.differences(card)).toEqual([]);
  return true;
}

/** Files under a final name that are not the card's. */
export async function wrongCopies(station: Station, card: CardImage): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const drive of ['a', 'b'] as const) {
    for (const [path, digest] of await station.copiesOn(drive, card)) {
      if (card.files.get(path) !== digest) wrong.push(`${drive}: ${path}`);
    }
  }
  return wrong;
}
