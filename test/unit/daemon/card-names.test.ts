/** Which card a word on the command line means. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ServiceStage } from './service-stage.ts';

const FRAMES = { 'DCIM/100CANON/IMG_0001.CR3': 'one frame' };

let stage: ServiceStage;

async function started(): Promise<void> {
  stage = new ServiceStage();
  await stage.start();
}

afterEach(() => stage.close());

const isSafe = (label = 'A003') => stage.card(label)?.verdict === 'safe-to-format';

describe('a card is named', () => {
  it('by its label, its mount point, its id, or the beginning of that, however short', async () => {
    await started();
    const { root } = stage.insert('A003', FRAMES);
    await stage.until(isSafe);
    const { id } = stage.card('A003') ?? { id: '' };
    for (const word of ['A003', root, `${root}/`, id, id.slice(0, 5), id.slice(0, 1)]) {
      expect([word, (await stage.check(word))?.id]).toEqual([word, id]);
    }
    await expect(stage.check('nothing')).rejects.toThrow('no-such-card');
    await expect(stage.check('')).rejects.toThrow('no-such-card');
  });

  it('by a label before the beginning of another one’s id', async () => {
    await started();
    stage.insert('A003', FRAMES);
    await stage.until(isSafe);
    const digit = stage.card('A003')?.id.slice(0, 1) ?? '';
    stage.insert(digit, FRAMES);
    await stage.until(() => isSafe(digit));
    expect((await stage.check(digit))?.label).toBe(digit);
  });
});
