/** What every mounter keeps, whatever it mounts with. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Mounter, NoticedCard } from '../../src/ports/mounter.ts';
import type { Insertion } from '../../src/ports/volume-source.ts';

export interface MounterStage {
  readonly mounter: Mounter;
  /** Puts a card in that nobody mounts. */
  insert(): Promise<void>;
  /** Takes it out, mounted or not. */
  pull(): Promise<void>;
  /** What is mounted now, as a volume source lists it. */
  mounted(): Promise<readonly Insertion[]>;
  close(): Promise<void>;
}

const never = new AbortController().signal;

export function mounterContract(make: () => Promise<MounterStage>): void {
  let stage: MounterStage;
  beforeEach(async () => {
    stage = await make();
  });
  afterEach(() => stage.close());

  async function theCard(): Promise<Insertion> {
    await stage.insert();
    await stage.mounter.mountCards(never);
    const [card] = await stage.mounted();
    if (card === undefined) throw new Error('the card is not mounted');
    return card;
  }

  it('mounts nothing where nothing is in', async () => {
    expect(await stage.mounter.mountCards(never)).toEqual({ changed: false, troubles: [] });
    expect(await stage.mounted()).toEqual([]);
  });

  it('mounts a card once, and knows it for its own', async () => {
    const card = await theCard();
    expect(await stage.mounter.isOwn(card)).toBe(true);
    expect(await stage.mounter.mediumIn(card)).toBe(true);
    expect(await stage.mounter.mountCards(never)).toEqual({ changed: false, troubles: [] });
    expect(await stage.mounted()).toHaveLength(1);
  });

  it.each(['eject', 'set-aside'] as const)('%s: unmounts it, and leaves it so', async (how) => {
    const card = await theCard();
    expect(await stage.mounter.giveBack(card, how, never)).toMatchObject({ kind: 'given-back' });
    await stage.mounter.mountCards(never);
    expect(await stage.mounted()).toEqual([]);
    expect(await stage.mounter.isOwn(card)).toBe(false);
    expect(await stage.mounter.giveBack(card, how, never)).toMatchObject({ kind: 'given-back' });
  });

  it('tells of a card once', async () => {
    const told: string[] = [];
    const note = ({ label }: NoticedCard): void => void told.push(label);
    await stage.mounter.mountCards(never, note);
    expect(told).toEqual([]);
    await stage.insert();
    await stage.mounter.mountCards(never, note);
    await stage.mounter.mountCards(never, note);
    const [card] = await stage.mounted();
    expect(told).toEqual([card?.label]);
  });

  it('mounts it again when it was taken out and put in anew', async () => {
    const card = await theCard();
    await stage.mounter.giveBack(card, 'set-aside', never);
    await stage.pull();
    expect(await stage.mounter.mediumIn(card)).toBe(false);
    await stage.mounter.mountCards(never);
    const again = await theCard();
    expect(again.key).not.toBe(card.key);
    expect(await stage.mounter.mediumIn(card)).toBe(false);
  });

  it('does nothing once it is told to stop', async () => {
    await stage.insert();
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(stage.mounter.mountCards(stopped)).rejects.toThrow('stopped');
    expect(await stage.mounted()).toEqual([]);
  });
}
