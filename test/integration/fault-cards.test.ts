/**
 * The faults that other tools were tried with, and ours with the same score: the built service, real drives, one
 * fault at a time. Whatever happens: never "safe" while something is missing, never wrong bytes under a final name,
 * never waiting for ever, nothing lost on what is well; and safe by itself when the fault is gone. Needs root.
 */
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { CardSlot } from '../support/card-slot.ts';
import { canMountLoops, type CheckedCard, Studio } from '../support/studio.ts';
import { type TreeFile, treeOf } from '../support/tree.ts';

const here = canMountLoops();
if (!here) console.warn('The fault cards are skipped: they need root and loop devices.');

const LABEL = 'A001';

type Copy = Pick<TreeFile, 'path' | 'sha256'>;
const LIMIT_MS = 240_000;

/** What may never happen, counted over all faults; "hung" counts faults that did not end safe in time. */
const NOTHING = { falseSafe: 0, wrongBytes: 0, hung: 0, goodLegsLost: 0 };
const score = { faults: 0, ...NOTHING };

(here ? describe : describe.skip)('a card and a fault', () => {
  let studio: Studio;
  let made: string;
  /** Content that a camera has written at any time. */
  const written = new Set<string>();
  /** Paths on drives that rotted by the test's own hand. */
  const rotten = new Set<string>();
  const hashes = new Map<string, string>();

  beforeEach(() => {
    studio = new Studio({ driveMiB: 512 });
    made = join(studio.folder, 'made');
    rotten.clear();
    hashes.clear();
    score.faults += 1;
  });
  afterEach(async () => {
    await studio.close();
  });
  afterAll(() => {
    process.stdout.write(`fault cards: ${JSON.stringify(score)}\n`);
  });

  function shoot(root: string, path: string, sizeBytes: number): void {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), randomBytes(sizeBytes));
    const at = 1_790_000_000 + written.size;
    utimesSync(join(root, path), at, at);
    for (const { sha256 } of treeOf(root)) written.add(sha256);
  }

  function shootRoll(root = made, frames = 14, sizeBytes = 5_000_001): void {
    for (let n = 1; n <= frames; n += 1) {
      shoot(root, `DCIM/100CANON/IMG_${String(n).padStart(4, '0')}.CR3`, sizeBytes);
    }
    for (let n = 1; n <= 20; n += 1) shoot(root, `DCIM/101CANON/IMG_${n}.JPG`, 30_000 + n);
  }

  /** Looked at again and again: what was not written to since is not read again. */
  function sha256Of(path: string): string {
    const { ino, ctimeMs } = statSync(path);
    const key = `${path} ${ino} ${ctimeMs}`;
    const known = hashes.get(key);
    if (known !== undefined) return known;
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    hashes.set(key, sha256);
    return sha256;
  }

  /** What has its name; what is on its way changes while one looks. */
  function copiesOn(drive: 0 | 1): readonly Copy[] {
    const root = studio.destination(drive);
    if (!existsSync(root)) return [];
    return readdirSync(root, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path: relative(root, path), sha256: sha256Of(path) };
      });
  }

  /** Counts what must not be; the card's files are those that a verdict would be about. */
  async function look(files: readonly TreeFile[]): Promise<CheckedCard | undefined> {
    const { cards } = await studio.check();
    const card = cards.find(({ label }) => label === LABEL);
    const truly = ([0, 1] as const).every((drive) => holdsAll(files, copiesOn(drive)));
    if (card?.verdict === 'safe-to-format' && !truly) score.falseSafe += 1;
    for (const drive of [0, 1] as const) {
      score.wrongBytes += copiesOn(drive).filter(
        ({ path, sha256 }) => !written.has(sha256) && !rotten.has(path),
      ).length;
    }
    return card;
  }

  async function until(
    what: string,
    files: readonly TreeFile[],
    holds: (card: CheckedCard | undefined) => boolean,
  ): Promise<void> {
    try {
      await studio.until(what, async () => holds(await look(files)));
    } catch (error) {
      score.hung += 1;
      throw error;
    }
  }

  async function untilSafe(files: readonly TreeFile[]): Promise<void> {
    await until('safe', files, (card) => card?.verdict === 'safe-to-format');
    expect(([0, 1] as const).map((drive) => holdsAll(files, copiesOn(drive)))).toEqual([
      true,
      true,
    ]);
  }

  /** The drive that is well gets everything while the other one is in trouble, and the card is on hold. */
  async function untilHeldWith(drive: 0 | 1, files: readonly TreeFile[]): Promise<void> {
    try {
      await until(
        'the good drive has everything and the card is on hold',
        files,
        (card) => card?.verdict === 'hold' && holdsAll(files, copiesOn(drive)),
      );
    } catch (error) {
      score.goodLegsLost += 1;
      throw error;
    }
  }

  async function untilCopying(): Promise<void> {
    await studio.until('something is being copied', async () => {
      const some = execFileSync('find', [...studio.drives, '-name', '*.CR3*'], {
        encoding: 'utf8',
      });
      return some !== '';
    });
  }

  it(
    'a drive that gives back other bytes than it took: found by the copy from it, and replaced',
    async () => {
      shootRoll();
      const files = treeOf(made);
      await studio.start();
      await studio.until('both drives are known', async () =>
        existsSync(join(studio.destination(1), '.safelight-destination.json')),
      );
      studio.unmount(studio.drives[1]);
      const inserted = await studio.insert(made, LABEL);
      await untilHeldWith(0, files);
      const aside = join(studio.folder, 'aside');
      renameSync(inserted, aside);
      const victim = copiesOn(0).find(({ path }) => path.endsWith('IMG_0003.CR3'));
      if (victim === undefined) throw new Error('no copy to hurt');
      rotten.add(victim.path);
      flipOnMedium(studio.image(0), readFileSync(join(studio.destination(0), victim.path)));
      // The cache still has the right bytes: whoever asks it is told that all is well.
      studio.mount(studio.drives[1]);
      const others = files.filter(({ sha256 }) => sha256 !== victim.sha256);
      await until('all but one have caught up', others, () => holdsAll(others, copiesOn(1)));
      expect(copiesOn(1).map(({ sha256 }) => sha256)).not.toContain(victim.sha256);
      renameSync(aside, inserted);
      execFileSync('sh', ['-c', 'echo 3 >/proc/sys/vm/drop_caches']);
      await untilSafe(files);
    },
    LIMIT_MS,
  );

  it(
    'a drive that is full',
    async () => {
      shootRoll();
      const files = treeOf(made);
      const { bavail, bsize } = statfsSync(studio.drives[0]);
      const filler = join(studio.drives[0], 'filler');
      execFileSync('fallocate', ['-l', String(bavail * bsize - 20_000_000), filler]);
      await studio.start();
      await studio.insert(made, LABEL);
      await untilHeldWith(1, files);
      rmSync(filler);
      await untilSafe(files);
      expect(score).toMatchObject(NOTHING);
    },
    LIMIT_MS,
  );

  it(
    'a card that is pulled in the middle',
    async () => {
      const slot = new CardSlot(studio, LABEL);
      try {
        shootRoll(slot.root, 36, 8_000_001);
        const files = treeOf(slot.root);
        slot.out();
        await studio.start();
        slot.in();
        await untilCopying();
        slot.pull();
        await until('on hold', files, (card) => card?.verdict !== 'safe-to-format');
        slot.in();
        await untilSafe(files);
        expect(score).toMatchObject(NOTHING);
      } finally {
        slot.remove();
      }
    },
    LIMIT_MS,
  );

  it(
    'a service that is killed in the middle',
    async () => {
      shootRoll(made, 24);
      const files = treeOf(made);
      await studio.start();
      await studio.insert(made, LABEL);
      await untilCopying();
      await studio.stop('SIGKILL');
      await look(files);
      await studio.start();
      await untilSafe(files);
      expect(score).toMatchObject(NOTHING);
    },
    LIMIT_MS,
  );

  it(
    'a copy with other bytes, the same size and the same time, met by a service that knows nothing',
    async () => {
      shootRoll();
      const files = treeOf(made);
      await studio.start();
      await studio.insert(made, LABEL);
      await untilSafe(files);
      await studio.stop();
      // A new machine: the drives are the same, the ledger is gone.
      rmSync(studio.state, { recursive: true });
      const [victim] = copiesOn(0);
      if (victim === undefined) throw new Error('no copy to hurt');
      rotten.add(victim.path);
      const path = join(studio.destination(0), victim.path);
      const { atime, mtime } = statSync(path);
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.from('not what the camera wrote'), 0, 25, 2_000);
      closeSync(file);
      utimesSync(path, atime, mtime);
      expect(holdsAll(files, copiesOn(0))).toBe(false);
      await studio.start();
      await untilSafe(files);
    },
    LIMIT_MS,
  );

  it(
    'a new picture under the name and with the size of an old one',
    async () => {
      shootRoll();
      await studio.start();
      const inserted = await studio.insert(made, LABEL);
      await untilSafe(treeOf(inserted));
      const before = copiesOn(0).length;
      shoot(inserted, 'DCIM/100CANON/IMG_0001.CR3', 5_000_001);
      await untilSafe(treeOf(inserted));
      // The old one stays: nobody has said that it may go.
      expect(copiesOn(0).length).toBe(before + 1);
    },
    LIMIT_MS,
  );

  it(
    'two pictures of one name and size in two folders',
    async () => {
      for (const folder of ['100CANON', '101CANON'])
        shoot(made, `DCIM/${folder}/IMG_0001.CR3`, 2e6);
      const files = treeOf(made);
      await studio.start();
      await studio.insert(made, LABEL);
      await untilSafe(files);
      expect(
        copiesOn(0)
          .map(({ sha256 }) => sha256)
          .toSorted(),
      ).toEqual(files.map(({ sha256 }) => sha256).toSorted());
    },
    LIMIT_MS,
  );

  it(
    'a drive that is pulled in the middle',
    async () => {
      shootRoll(made, 24);
      const files = treeOf(made);
      await studio.start();
      await studio.insert(made, LABEL);
      await untilCopying();
      studio.unmount(studio.drives[0], '-l');
      await untilHeldWith(1, files);
      studio.mount(studio.drives[0]);
      await untilSafe(files);
      expect(score).toMatchObject(NOTHING);
    },
    LIMIT_MS,
  );

  it('has not happened once: false safe, wrong bytes, hanging, a good drive left behind', () => {
    score.faults -= 1;
    expect(score).toEqual({ faults: 8, ...NOTHING });
  });
});

/** Whether a place holds everything that is on the card now. */
function holdsAll(files: readonly TreeFile[], copies: readonly Copy[]): boolean {
  const there = new Set(copies.map(({ sha256 }) => sha256));
  return files.every(({ sha256 }) => there.has(sha256));
}

/** Changes one bit where these bytes stand in an image, below the cache of the filesystem in it. */
function flipOnMedium(image: string, content: Buffer): void {
  const needle = content.subarray(4_096, 4_096 + 64);
  const at = readFileSync(image).indexOf(needle);
  if (at < 0) throw new Error('the copy is not in the image');
  const file = openSync(image, 'r+');
  writeSync(file, Buffer.of((needle[0] ?? 0) ^ 1), 0, 1, at);
  closeSync(file);
}
