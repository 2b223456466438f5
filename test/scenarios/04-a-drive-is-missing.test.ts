/**
 * Story 4. One drive is not mounted when the card goes in, or full. The other drive gets everything all the same, the
 * empty folder below the mount point stays empty, and the missing leg catches up by itself: from the card, or from the
 * good copy when the card is out.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { canMountLoops, type CheckedCard, Studio } from '../support/studio.ts';
import { treeOf } from '../support/tree.ts';

const here = canMountLoops();
if (!here) console.warn('Story 4 is skipped: it needs root and loop devices.');

(here ? describe : describe.skip)('a drive that is missing', () => {
  let studio: Studio;

  beforeEach(async () => {
    studio = new Studio({ driveMiB: 128 });
  });
  afterEach(async () => {
    await studio.close();
  });

  async function shoot(label: string, frames: number): Promise<string> {
    const root = join(studio.folder, `made-${label}`);
    mkdirSync(join(root, 'DCIM/100CANON'), { recursive: true });
    for (let n = 1; n <= frames; n += 1) {
      writeFileSync(join(root, `DCIM/100CANON/IMG_000${n}.CR3`), randomBytes(2_000_000));
    }
    return studio.insert(root, label);
  }

  async function untilHeld(label: string, kind: string): Promise<CheckedCard> {
    let held: CheckedCard | undefined;
    await studio.until(`${label} is held for ${kind}`, async () => {
      const { code, cards } = await studio.check(label);
      held = cards.find((card) => card.blockers.some((blocker) => blocker.kind === kind));
      return code === 1 && held !== undefined;
    });
    if (held === undefined) throw new Error('not held');
    return held;
  }

  /** The first drive has every file, the second nothing. */
  async function untilOnFirstDrive(roll: string, files: number): Promise<void> {
    const folder = join(studio.destination(0), roll);
    await studio.until('the first drive has everything', async () =>
      existsSync(folder) ? treeOf(folder).length === files : false,
    );
  }

  it('is waited for: its empty folder is not filled, and it catches up when it is back', async () => {
    await studio.start();
    await studio.until('both drives are known', async () =>
      existsSync(join(studio.destination(1), '.safelight-destination.json')),
    );
    studio.unmount(studio.drives[1]);
    await shoot('A001', 3);
    const { roll, blockers } = await untilHeld('A001', 'destination-trouble');
    expect(blockers.map(({ sentence }) => sentence).join(' ')).toContain('backup');
    await untilOnFirstDrive(roll, 3);
    expect(readdirSync(studio.drives[1])).toEqual([]);
    studio.mount(studio.drives[1]);
    await studio.untilSafe('A001');
    expect(treeOf(join(studio.destination(1), roll))).toEqual(
      treeOf(join(studio.destination(0), roll)),
    );
  }, 180_000);

  it('is made up for from the good copy when the card has been pulled meanwhile', async () => {
    await studio.start();
    await studio.until('both drives are known', async () =>
      existsSync(join(studio.destination(1), '.safelight-destination.json')),
    );
    studio.unmount(studio.drives[1]);
    const root = await shoot('A002', 3);
    const { roll } = await untilHeld('A002', 'destination-trouble');
    await untilOnFirstDrive(roll, 3);
    await studio.until('the card has been read twice', async () => {
      const { cards } = await studio.check('A002');
      return !cards[0]?.blockers.some(({ kind }) => kind === 'source-sample-missing');
    });
    await rename(root, join(studio.folder, 'pulled'));
    studio.mount(studio.drives[1]);
    await studio.until('A002 is safe', async () => (await studio.check('A002')).code === 0);
    expect((await studio.check('A002')).cards[0]?.present).toBe(false);
    expect(treeOf(join(studio.destination(1), roll))).toEqual(
      treeOf(join(studio.destination(0), roll)),
    );
  }, 180_000);

  it('holds while it is full, and goes on when there is room', async () => {
    await studio.start();
    const filler = join(studio.drives[1], 'filler');
    execFileSync('fallocate', ['-l', '100M', filler]);
    await shoot('A003', 9);
    const { blockers } = await untilHeld('A003', 'destination-trouble');
    expect(blockers.map(({ sentence }) => sentence).join(' ')).toMatch(
      /"backup" has .* free; .* needed/,
    );
    rmSync(filler);
    await studio.untilSafe('A003');
    expect((await studio.check('A003')).code).toBe(0);
  }, 180_000);
});
