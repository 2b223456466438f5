/**
 * Story 12. A card comes back. Half of it is known: only the new frames are copied. Another time a camera has begun to
 * count anew on a card that looks like the one before: same names, same sizes, same times, other frames. Nothing of
 * the first shoot may be taken for the second, and nothing overwritten.
 *
 * Needs root and loop devices.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canMountLoops, type CheckedCard, Studio } from '../support/studio.ts';

const here = canMountLoops();
const story = here ? describe : describe.skip;
if (!here) console.warn('Story 12 is skipped: it needs root and loop devices.');

const SHOT_AT = 1_700_000_000;
const FOLDER = 'DCIM/100CANON';
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

story('a card that comes back', () => {
  let studio: Studio;
  let shots: Map<string, Buffer>;

  beforeEach(async () => {
    studio = new Studio({ driveMiB: 128 });
    shots = new Map();
    for (const number of [1, 2, 3, 4]) shoot(number);
    await studio.start();
  }, 60_000);
  afterEach(() => studio.close(), 60_000);

  function shoot(number: number): void {
    shots.set(`IMG_000${number}.CR3`, randomBytes(200_000));
  }

  /** Puts the card in with what was shot, under the same name each time. */
  async function insert(as = 'EOS'): Promise<CheckedCard> {
    const tree = join(studio.folder, 'tree');
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(join(tree, FOLDER), { recursive: true });
    for (const [name, bytes] of shots) {
      writeFileSync(join(tree, FOLDER, name), bytes);
      utimesSync(join(tree, FOLDER, name), SHOT_AT, SHOT_AT);
    }
    await studio.insert(tree, as);
    let card: CheckedCard | undefined;
    await studio.until('it is safe', async () => {
      const { cards } = await studio.check();
      card = cards.find(({ label, present }) => label === as && present);
      return card?.verdict === 'safe-to-format' && card.files.total === shots.size;
    });
    if (card === undefined) throw new Error('no card');
    return card;
  }

  async function pull(): Promise<void> {
    rmSync(join(studio.watch, 'EOS'), { recursive: true });
    await studio.until('it is out', async () =>
      (await studio.check()).cards.every(({ label }) => label !== 'EOS'),
    );
  }

  /** Digests of all frames on a drive, by path below the destination. */
  function onDrive(drive: 0 | 1): Map<string, string> {
    const root = studio.destination(drive);
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const frames = paths.filter((path) => path.endsWith('.CR3'));
    return new Map(frames.map((path) => [path, digest(readFileSync(join(root, path)))]));
  }

  it('with more frames: only they are copied', async () => {
    const first = await insert();
    const before = onDrive(0);
    await pull();
    shoot(5);
    const again = await insert();
    expect(again.roll).toBe(first.roll);
    const fresh = [...onDrive(0)].filter(([path]) => !before.has(path));
    expect(fresh).toEqual([
      [`${first.roll}/${FOLDER}/IMG_0005.CR3`, digest(shots.get('IMG_0005.CR3') ?? Buffer.of())],
    ]);
  }, 120_000);

  it('with one frame changed, though size and time are as before: it is copied beside the former', async () => {
    const first = await insert();
    const before = onDrive(0);
    await pull();
    shoot(3);
    const again = await insert();
    expect(again.roll).toBe(first.roll);
    for (const drive of [0, 1] as const) {
      const now = onDrive(drive);
      for (const [path, was] of before) expect([path, now.get(path)]).toEqual([path, was]);
      expect(now.get(`${first.roll}/${FOLDER}/IMG_0003_2.CR3`)).toBe(
        digest(shots.get('IMG_0003.CR3') ?? Buffer.of()),
      );
      expect(now.size).toBe(before.size + 1);
    }
  }, 120_000);

  it('is told to be the twin of a second slot, or another roll of the same card, and each is kept', async () => {
    await insert();
    const twin = await insert('SLOT2');
    const shown = await studio.command('show', 'SLOT2');
    expect(shown.stdout).toContain('All 4 files are byte for byte those of EOS');
    expect(shown.stdout).toContain('Canon: 4 clips in 4 media files');
    for (const name of shots.keys())
      expect([...onDrive(0).keys()]).toContain(`${twin.roll}/${FOLDER}/${name}`);

    const { roll } = await studio.check('EOS').then(({ cards }) => cards[0] ?? twin);
    await pull();
    for (const number of [1, 2, 3, 4]) shoot(number);
    await insert();
    const again = await studio.command('show', 'EOS');
    expect(again.stdout).toContain(`earlier rolls of it are in ${roll}`);
    expect(again.stdout).toContain('named, sized and dated as those of SLOT2');
    expect(again.stdout).toContain('the content of 4 differs');
  }, 120_000);

  it('with names that clash elsewhere, or that other filesystems refuse: all are copied, each to a place of its own', async () => {
    for (const name of ['a.CR3', 'A.CR3', 'caf\u00e9.CR3', 'cafe\u0301.CR3', 'take 12:30.CR3']) {
      shots.set(name, randomBytes(50_000));
    }
    const { roll } = await insert();
    for (const drive of [0, 1] as const) {
      const now = onDrive(drive);
      expect(new Set(now.values())).toEqual(new Set([...shots.values()].map(digest)));
      const keys = [...now.keys()].map((path) => path.normalize('NFC').toLowerCase());
      expect(new Set(keys).size).toBe(shots.size);
      expect(now.get(`${roll}/${FOLDER}/take 12_30.CR3`)).toBe(
        digest(shots.get('take 12:30.CR3') ?? Buffer.of()),
      );
    }
  }, 120_000);

  it('with other frames under all the same names: it is another roll', async () => {
    const first = await insert();
    const before = onDrive(0);
    await pull();
    for (const number of [1, 2, 3, 4]) shoot(number);
    const again = await insert();
    expect(again.roll).not.toBe(first.roll);
    for (const drive of [0, 1] as const) {
      const now = onDrive(drive);
      for (const [path, was] of before) expect([path, now.get(path)]).toEqual([path, was]);
      for (const [name, bytes] of shots) {
        expect(now.get(`${again.roll}/${FOLDER}/${name}`)).toBe(digest(bytes));
      }
    }
  }, 120_000);
});
