/** What somebody else has put under the name of an object: another machine, or this one before its ledger was lost. */
import { afterEach, expect, it } from '@jest/globals';
import { ServiceStage } from './service-stage.ts';

const FRAME = 'DCIM/100CANON/IMG_0001.CR3';

let stage: ServiceStage;

afterEach(() => stage.close());

async function withForeignObject(content: string): Promise<string> {
  stage = new ServiceStage();
  await stage.start();
  stage.remote.store.offline = true;
  stage.insert('A003', { [FRAME]: 'one frame' });
  await stage.until(() => stage.card('A003')?.files.onDrives === 1);
  const { roll } = stage.card('A003') ?? { roll: '' };
  const key = `${roll}/${FRAME}`;
  stage.remote.store.keep(key, Buffer.from(content));
  stage.remote.store.offline = false;
  await stage.until(() => stage.card('A003')?.verdict === 'safe-to-format');
  return key;
}

const stored = (): readonly string[] =>
  [...stage.remote.store.objects.values()].map(({ bytes }) => bytes.toString()).toSorted();

it('is never replaced; the frame gets another name', async () => {
  const key = await withForeignObject('another frame');
  expect(stage.remote.store.objects.get(key)?.bytes.toString()).toBe('another frame');
  expect(stored()).toEqual(['another frame', 'one frame']);
});

it('is taken for the frame when it has the same content', async () => {
  await withForeignObject('one frame');
  expect(stored()).toEqual(['one frame']);
});

it('is replaced where it was seen to be ours and was damaged since', async () => {
  const key = await withForeignObject('one frame');
  stage.remote.store.damage(key);
  // After 30 days the evidence is too old, and a witness looks again.
  stage.clock.jump(31 * 86_400_000);
  await stage.until(() => stage.card('A003')?.verdict === 'hold');
  await stage.until(() => stage.card('A003')?.verdict === 'safe-to-format');
  expect(stored()).toEqual(['one frame']);
});
