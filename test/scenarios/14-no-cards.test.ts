/**
 * Story 14. Six things are plugged in that are no camera cards, though frames lie on most of them: the disk the system
 * runs from, a destination, a stick with a person's files, an empty stick, a Time Machine disk, and a drive that is a
 * destination of another configuration. And one card. Only the card is offloaded.
 *
 * Real mounts of loop devices; needs root and exfat-fuse.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bench, has, tool } from '../integration/volumes-loops.ts';
import { canMountLoops, Studio } from '../support/studio.ts';

const here = canMountLoops() && has('mount.exfat-fuse');
const story = here ? describe : describe.skip;
if (!here) console.warn('Story 14 is skipped: it needs root, loop devices and exfat-fuse.');

/** One of the places that systems run from; live systems are mounted here, others do not have it. */
const SYSTEM_PLACE = '/cdrom';
const FRAME = 'DCIM/100CANON/IMG_0001.CR3';
const MARKER = '.safelight-destination.json';

/** What is on each, besides what its name says: path → size. */
const TREES = {
  STICK: { 'Documents/tax.pdf': 40_000, 'Music/song.mp3': 90_000, 'setup.exe': 50_000 },
  EMPTY: {},
  TIMEMACH: {
    'Backups.backupdb/mac/2026-01-01/Users/anna/Pictures/a.jpg': 9_000,
    'Backups.backupdb/.RecoverySets': 10,
    '.com.apple.timemachine.donotpresent': 1,
  },
  OTHERS: { [FRAME]: 300_000, 'DCIM/101CANON/IMG_0002.CR3': 200_000 },
  SYSTEM: { [FRAME]: 300_000, vmlinuz: 90_000 },
} as const;
type Kind = keyof typeof TREES;

interface Told {
  readonly cards: readonly { readonly label: string; readonly verdict: string }[];
  readonly unknownVolumes: readonly { readonly label: string; readonly mountPoint: string }[];
}

function fill(root: string, tree: Readonly<Record<string, number>>): void {
  for (const [path, size] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), Buffer.alloc(size, path.length));
  }
}

story('what is plugged in and is no camera card', () => {
  let bench: Bench;
  let studio: Studio;
  const roots = new Map<string, string>();
  let systemDevice: string | undefined;

  async function told(): Promise<Told> {
    return JSON.parse((await studio.command('status', '--json')).stdout);
  }

  beforeAll(async () => {
    bench = new Bench();
    studio = new Studio({ driveMiB: 128, cards: 'loopDevices = true\nmount = "never"' });
    for (const [label, tree] of Object.entries(TREES)) {
      const { point, device } = bench.drive(label, 'exfat');
      fill(point, tree);
      roots.set(label, point);
      if (label !== 'SYSTEM') continue;
      bench.unmount(point);
      if (existsSync(SYSTEM_PLACE)) continue;
      mkdirSync(SYSTEM_PLACE);
      tool('mount.exfat-fuse', device, SYSTEM_PLACE);
      systemDevice = device;
    }
    const marker = { version: 1, id: 'another', createdAt: '2026-01-01T00:00:00.000Z' };
    writeFileSync(join(roots.get('OTHERS') ?? '', MARKER), JSON.stringify(marker));
    // A destination with frames beside the configured folder.
    fill(studio.drives[0], { [FRAME]: 300_000 });
    const card = bench.drive('A003', 'exfat');
    fill(card.point, { [FRAME]: 300_000, 'DCIM/100CANON/IMG_0002.CR3': 300_000 });
    await studio.start();
    // All are listed with the card; "safe" comes after them.
    await studio.until('the card is safe', async () =>
      (await told()).cards.some(
        ({ label, verdict }) => label === 'A003' && verdict === 'safe-to-format',
      ),
    );
    await studio.until('the others were looked at', async () => {
      const labels = (await told()).unknownVolumes.map(({ label }) => label);
      return ['STICK', 'EMPTY', 'TIMEMACH'].every((label) => labels.includes(label));
    });
  }, 180_000);

  afterAll(async () => {
    if (systemDevice !== undefined) {
      tool('umount', SYSTEM_PLACE);
      rmdirSync(SYSTEM_PLACE);
    }
    await studio.close();
    bench.close();
  }, 60_000);

  async function expectLeftAlone(label: string): Promise<void> {
    // The machine may have other images mounted; they are no matter of this story.
    const ours = new Set(['A003', 'drive-a', 'drive-b', ...Object.keys(TREES)]);
    const taken = (await told()).cards.map((card) => card.label).filter((one) => ours.has(one));
    expect(taken).toEqual(['A003']);
    for (const drive of [0, 1] as const) {
      const copied = readdirSync(studio.destination(drive), { recursive: true, encoding: 'utf8' });
      expect(copied.filter((path) => path.includes(label))).toEqual([]);
      expect(copied.filter((path) => /A003_.*\.CR3$/.test(path))).toHaveLength(2);
    }
  }

  it.each(['STICK', 'EMPTY', 'TIMEMACH'] as const satisfies readonly Kind[])(
    '%s is left alone, and shown with how to offload it all the same',
    async (label) => {
      await expectLeftAlone(label);
      const root = roots.get(label) ?? '';
      expect((await told()).unknownVolumes).toContainEqual({ label, mountPoint: root });
      const { stdout } = await studio.command('status');
      expect(stdout).toContain(`offload it all the same: safelight offload ${root}`);
    },
  );

  it('a destination of another configuration is left alone, though it is full of frames', async () => {
    await expectLeftAlone('OTHERS');
    const { unknownVolumes } = await told();
    expect(unknownVolumes.map(({ label }) => label)).not.toContain('OTHERS');
  });

  it('a destination of this configuration is left alone, and cannot be offered', async () => {
    await expectLeftAlone('drive-a');
    const offer = await studio.command('offload', studio.drives[0]);
    expect(offer.code).not.toBe(0);
    expect(offer.stderr).toContain('destination of this configuration');
  });

  it('the disk that the system runs from is left alone, and cannot be offered', async () => {
    if (systemDevice === undefined) {
      console.warn(`The system disk was not tried: this machine has something at ${SYSTEM_PLACE}.`);
      return;
    }
    await expectLeftAlone('SYSTEM');
    const offer = await studio.command('offload', SYSTEM_PLACE);
    expect(offer.code).not.toBe(0);
    expect(offer.stderr).toContain('this system runs from');
  });
});
