/** Frames under names that were in use before: after the camera deleted all and began to count anew. */
import { afterEach, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardIdOf } from '../../../src/daemon/take-inventory.ts';
import { ServiceStage, WORKING } from './service-stage.ts';

let stage: ServiceStage;

afterEach(() => stage.close());

const FRAMES = 12;
const MINUTE_S = 60;
const BEGIN_S = 1_790_000_000;

const number = (n: number): string => String(n).padStart(2, '0');

function copiesOn(drive: string): readonly string[] {
  return readdirSync(drive, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ARW'))
    .map((path) => readFileSync(join(drive, path), 'utf8'))
    .toSorted();
}

/** Frames of one size, as uncompressed raw files are, one each `everyS` seconds. */
function shootMany(root: string, word: string, beginS: number, everyS: number): void {
  for (let n = 1; n <= FRAMES; n += 1) {
    const path = `DCIM/100MSDCF/DSC${String(n).padStart(5, '0')}.ARW`;
    stage.shoot(root, path, `${word} ${number(n)}`);
    const time = beginS + n * everyS;
    utimesSync(join(root, path), time, time);
  }
}

/** The first frames are on the card, copied, and safe. */
async function safeCard() {
  stage = new ServiceStage();
  await stage.start();
  const root = join(stage.folder, 'media', 'A003');
  shootMany(root, 'first', BEGIN_S, MINUTE_S);
  const card = stage.insert('A003', {});
  await stage.until(() => stage.card('A003')?.verdict === 'safe-to-format');
  return { root, card };
}

it('are all copied, also those whose time lies whole quarters of an hour after the old ones', async () => {
  const { root } = await safeCard();
  rmSync(join(root, 'DCIM'), { recursive: true });
  // Frame 10 is 120 minutes later than the old frame 10, no other is later by whole quarters.
  shootMany(root, 'other', BEGIN_S + 110 * MINUTE_S, 2 * MINUTE_S);
  await stage.until(() => copiesOn(stage.drive(WORKING)).length === 2 * FRAMES);
  await stage.until(() => stage.card('A003')?.verdict === 'safe-to-format');
  expect(copiesOn(stage.drive(WORKING))).toEqual([
    ...Array.from({ length: FRAMES }, (_, i) => `first ${number(i + 1)}`),
    ...Array.from({ length: FRAMES }, (_, i) => `other ${number(i + 1)}`),
  ]);
});

it('are no reason for who asks to say safe, though size and time are the old ones too', async () => {
  const { root } = await safeCard();
  expect((await stage.check('A003'))?.verdict).toBe('safe-to-format');
  shootMany(root, 'other', BEGIN_S, MINUTE_S);
  const asked = await stage.check('A003');
  expect([asked?.verdict, asked?.blockers[0]?.kind]).toEqual(['hold', 'card-changed']);
});

it('beside frames that stayed are copied alone, beside the former', async () => {
  const { root, card } = await safeCard();
  stage.volumes.pull(card.key);
  await stage.until(() => stage.card('A003')?.present !== true);
  const path = join(root, 'DCIM/100MSDCF/DSC00007.ARW');
  writeFileSync(path, 'other 07');
  utimesSync(path, BEGIN_S + 7 * MINUTE_S, BEGIN_S + 7 * MINUTE_S);
  stage.volumes.insert({ ...card, key: 'put in again' });
  await stage.until(() => copiesOn(stage.drive(WORKING)).length > FRAMES);
  await stage.until(() => stage.card('A003')?.verdict === 'safe-to-format');
  expect(copiesOn(stage.drive(WORKING))).toEqual([
    ...Array.from({ length: FRAMES }, (_, i) => `first ${number(i + 1)}`),
    'other 07',
  ]);
  expect(stage.card('A003')?.files.total).toBe(FRAMES);
  expect(await stage.ledger.rolls(cardIdOf(card))).toHaveLength(1);
});

it('new, other and gone ones are told to who asks', async () => {
  const { root } = await safeCard();
  // It has looked for the last time, and would not look again by itself.
  await stage.forMinutes(1);
  const folder = 'DCIM/100MSDCF';
  rmSync(join(root, folder, 'DSC00003.ARW'));
  stage.shoot(root, `${folder}/DSC00005.ARW`, 'another');
  stage.shoot(root, `${folder}/DSC00099.ARW`, 'new');
  const asked = await stage.check('A003');
  const named = [5, 99, 3].map((n) => `${folder}/DSC${String(n).padStart(5, '0')}.ARW`);
  expect(asked?.blockers.map(({ kind }) => kind)).toEqual(['card-changed']);
  expect(asked?.blockers[0]?.sentence).toContain(named.join(', '));
});
