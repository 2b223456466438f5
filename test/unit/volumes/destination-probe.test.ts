import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DestinationLook, ReadyDestination } from '../../../src/core/destination.ts';
import { asDestinationId, asMediumId } from '../../../src/core/ids.ts';
import type { ConfiguredDestination } from '../../../src/ports/destination.ts';
import { MARKER_NAME, markerText } from '../../../src/volumes/destination-marker.ts';
import {
  type DestinationProbeOptions,
  makeDestinationProbe,
} from '../../../src/volumes/destination-probe.ts';
import type { Medium, Place } from '../../../src/volumes/place.ts';
import { StillClock } from '../../fakes/still-clock.ts';

function diskMedium(name: string, over: Partial<Medium> = {}): Medium {
  const id = `disk:${name}`;
  return {
    kind: 'disk',
    id: asMediumId(id),
    disks: [id],
    carriers: [],
    sequence: `${name}=1`,
    ...over,
  };
}

/** The name of the trial file. */
const TRIAL = `.safelight-trial-${process.pid}`;

function ready(look: DestinationLook | undefined): ReadyDestination {
  if (look?.state !== 'ready') throw new Error(`not ready: ${JSON.stringify(look)}`);
  return look;
}

const at = (name: string, path: string): ConfiguredDestination => ({
  id: asDestinationId(name),
  path,
});

describe('looking at destinations', () => {
  let root = '';
  let clock = new StillClock();
  /** Mounts by path prefix, the later ones on top; below everything is the system's root. */
  let mounts: Map<string, Place> = new Map();
  let missing: string | undefined;
  let sequences: Map<string, string | undefined> = new Map();

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'safelight-dest-'));
    clock = new StillClock();
    mounts = new Map();
    missing = undefined;
    sequences = new Map();
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const mount = (name: string, over: Partial<Place> = {}): string => {
    const mountPoint = join(root, name);
    mkdirSync(join(mountPoint, 'Ingest'), { recursive: true });
    mounts.set(mountPoint, {
      mountPoint,
      fsType: 'ext4',
      readOnly: false,
      medium: diskMedium(name),
      ...over,
    });
    return join(mountPoint, 'Ingest');
  };
  /** A destination on a medium of this kind. */
  const on = (name: string, over: Partial<Medium>): ConfiguredDestination =>
    at(name, mount(name, { medium: diskMedium(name, over) }));
  const probeWith = (over: Partial<DestinationProbeOptions> = {}) =>
    makeDestinationProbe({
      stateDir: join(root, 'state'),
      clock,
      freeSpaceOpinion: async () => undefined,
      places: {
        placeOf: async (path) => {
          const found = [...mounts].toReversed().find(([prefix]) => path.startsWith(prefix));
          return (
            found?.[1] ?? {
              mountPoint: '/',
              fsType: 'ext4',
              readOnly: false,
              medium: diskMedium('system'),
            }
          );
        },
        sequenceNow: async (medium) =>
          sequences.has(medium.id) ? sequences.get(medium.id) : medium.sequence,
        systemDisks: async () => new Set(['disk:system']),
        missingMount: async () => missing,
      },
      ...over,
    });
  const look = async (
    destinations: readonly ConfiguredDestination[],
    over: Partial<DestinationProbeOptions> = {},
  ) => probeWith(over).lookAll(destinations, new Set());

  it('a folder on a drive of its own is ready, marked and remembered', async () => {
    const path = mount('work');
    const [found] = await look([at('working', path)]);
    expect(ready(found)).toMatchObject({
      id: 'working',
      path,
      mountPoint: join(root, 'work'),
      mediumId: 'disk:work',
      deviceNumber: statSync(path).dev,
      fsType: 'ext4',
      maxFileBytes: Number.POSITIVE_INFINITY,
    });
    expect(ready(found)).not.toHaveProperty('warning');
    const marker = JSON.parse(readFileSync(join(path, MARKER_NAME), 'utf8')) as { id: string };
    expect(marker.id).toMatch(/^[0-9a-f-]{36}$/);
    // The same marker is kept.
    await look([at('working', path)]);
    expect(JSON.parse(readFileSync(join(path, MARKER_NAME), 'utf8'))).toEqual(marker);
  });

  it('FAT takes no file of 4 GiB', async () => {
    const path = mount('fat', { fsType: 'vfat' });
    expect(ready((await look([at('fat', path)]))[0]).maxFileBytes).toBe(4_294_967_295);
  });

  it('the system disk is refused, unless it is for a demonstration', async () => {
    const path = join(root, 'plain');
    mkdirSync(path);
    expect(await look([at('plain', path)])).toMatchObject([{ trouble: 'system-disk' }]);
    expect(await look([at('plain', path)], { allowSystemDisk: true })).toMatchObject([
      { state: 'ready' },
    ]);
  });

  it.each([
    ['memory', 'in memory'],
    ['unseen', 'no disk can be seen'],
  ] as const)('%s is no place for copies', async (kind, words) => {
    const path = mount('odd', { medium: diskMedium('odd', { kind }) });
    const [found] = await look([at('odd', path)]);
    expect(found).toMatchObject({ state: 'trouble', trouble: 'unknown' });
    expect(found?.state === 'trouble' && found.sentence).toContain(words);
    expect((await look([at('odd', path)], { allowSystemDisk: true }))[0]?.state).toBe('ready');
  });

  it('a missing folder and a file in its place are told apart from a missing drive', async () => {
    mount('work');
    // Nothing is mounted over the root of this test: the system's disk is never filled.
    expect(await look([at('a', join(root, 'elsewhere/nothing'))])).toMatchObject([
      { trouble: 'missing-folder', sentence: expect.stringContaining('is not there') },
    ]);
    expect(existsSync(join(root, 'elsewhere'))).toBe(false);
    expect(await look([at('a', join(root, 'work/made/by/itself'))])).toMatchObject([
      { state: 'ready' },
    ]);
    writeFileSync(join(root, 'work/file'), '');
    expect(await look([at('a', join(root, 'work/file'))])).toMatchObject([
      { trouble: 'missing-folder', sentence: expect.stringContaining('not a folder') },
    ]);
    missing = join(root, 'work');
    expect(await look([at('a', join(root, 'work/nothing'))])).toMatchObject([
      { trouble: 'not-mounted' },
    ]);
  });

  it('a mount point that the system should have mounted, but has not, is never filled', async () => {
    const path = mount('work');
    missing = join(root, 'work');
    expect(await look([at('working', path)])).toMatchObject([{ trouble: 'not-mounted' }]);
    expect(() => statSync(join(path, MARKER_NAME))).toThrow('ENOENT');
  });

  describe('after the drive was seen once', () => {
    const ids = { allowSystemDisk: true };

    it('the folder below its mount point is never filled, not even in a demonstration', async () => {
      const path = mount('work');
      expect(await look([at('working', path)], ids)).toMatchObject([{ state: 'ready' }]);
      // The drive goes; an empty folder of the same name stays below.
      mounts.clear();
      rmSync(join(root, 'work'), { recursive: true });
      expect(await look([at('working', path)], ids)).toMatchObject([{ trouble: 'not-mounted' }]);
      mkdirSync(path, { recursive: true });
      expect(await look([at('working', path)], ids)).toMatchObject([{ trouble: 'not-mounted' }]);
      expect(() => statSync(join(path, MARKER_NAME))).toThrow('ENOENT');
    });

    it('another mount point is fine while the marker is the same', async () => {
      const path = mount('work');
      await look([at('working', path)]);
      mounts.clear();
      mounts.set(path, {
        mountPoint: path,
        fsType: 'ext4',
        readOnly: false,
        medium: diskMedium('work'),
      });
      expect(await look([at('working', path)])).toMatchObject([{ state: 'ready' }]);
      unlinkSync(join(path, MARKER_NAME));
      mounts.set(path, {
        mountPoint: join(root, 'elsewhere'),
        fsType: 'ext4',
        readOnly: false,
        medium: diskMedium('work'),
      });
      expect(await look([at('working', path)])).toMatchObject([{ trouble: 'not-mounted' }]);
    });

    it('a marker that somebody deleted is made again on the same mount', async () => {
      const path = mount('work');
      await look([at('working', path)]);
      unlinkSync(join(path, MARKER_NAME));
      expect(await look([at('working', path)])).toMatchObject([{ state: 'ready' }]);
      expect(statSync(join(path, MARKER_NAME)).isFile()).toBe(true);
    });

    it('another drive on the same mount point is taken, with a word', async () => {
      const path = mount('work');
      await look([at('working', path)]);
      unlinkSync(join(path, MARKER_NAME));
      mount('work', { medium: diskMedium('second') });
      expect(ready((await look([at('working', path)]))[0]).warning).toContain('another drive');
      expect(ready((await look([at('working', path)]))[0])).not.toHaveProperty('warning');
    });

    it('two drives mounted the wrong way round are refused, both', async () => {
      const a = at('working', mount('a'));
      const b = at('backup', mount('b'));
      await look([a, b]);
      const [markerA, markerB] = [a, b].map(({ path }) => readFileSync(join(path, MARKER_NAME)));
      writeFileSync(join(a.path, MARKER_NAME), markerB ?? '');
      writeFileSync(join(b.path, MARKER_NAME), markerA ?? '');
      const looks = await look([a, b]);
      expect(looks.map((one) => one.state === 'trouble' && one.trouble)).toEqual([
        'not-mounted',
        'not-mounted',
      ]);
      expect(looks[0]?.state === 'trouble' && looks[0].sentence).toContain('"backup"');
    });

    it('a record that cannot be read holds everything: forgetting would be dangerous', async () => {
      const path = mount('work');
      await look([at('working', path)]);
      writeFileSync(join(root, 'state/destinations.json'), '{"version":1,');
      expect(await look([at('working', path)])).toMatchObject([
        { trouble: 'unknown', sentence: expect.stringContaining('destinations.json') },
      ]);
    });

    it('a changed path in the configuration starts afresh', async () => {
      const first = mount('a');
      await look([at('working', first)]);
      const second = mount('b');
      expect(await look([at('working', second)])).toMatchObject([{ state: 'ready' }]);
    });
  });

  it('the marker of another configuration is respected', async () => {
    const path = mount('work');
    writeFileSync(join(path, MARKER_NAME), markerText('theirs'));
    expect(await look([at('working', path)])).toMatchObject([{ state: 'ready' }]);
    expect(readFileSync(join(path, MARKER_NAME), 'utf8')).toBe(markerText('theirs'));
  });

  it('a damaged marker stops nothing, with a word', async () => {
    const path = mount('work');
    writeFileSync(join(path, MARKER_NAME), 'x');
    expect(ready((await look([at('working', path)]))[0]).warning).toContain('damaged');
  });

  it('a read-only mount is trouble before anything is written', async () => {
    const path = mount('work', { readOnly: true });
    expect(await look([at('working', path)])).toMatchObject([{ trouble: 'read-only' }]);
    expect(() => statSync(join(path, MARKER_NAME))).toThrow('ENOENT');
  });

  it('disks are counted, not folders: equal, shared in a RAID, and a card\u2019s', async () => {
    const a = at('a', mount('a'));
    const sameDisk = at('b', mount('b', { medium: diskMedium('a') }));
    const raid = at(
      'c',
      mount('c', { medium: diskMedium('raid', { disks: ['disk:a', 'disk:z'] }) }),
    );
    const own = at('d', mount('d'));
    const looks = await look([a, sameDisk, raid, own]);
    expect(looks.map((one) => (one.state === 'trouble' ? one.trouble : one.state))).toEqual([
      'ready',
      'same-disk',
      'same-disk',
      'ready',
    ]);
    // Nothing was written where nothing may be.
    expect(() => statSync(join(sameDisk.path, MARKER_NAME))).toThrow('ENOENT');
    const withCard = await probeWith().lookAll([a, own], new Set([asMediumId('disk:d')]));
    expect(withCard.map((one) => (one.state === 'trouble' ? one.trouble : one.state))).toEqual([
      'ready',
      'on-card',
    ]);
  });

  it('drive images on one disk, and two folders of one machine, get a word and are used', async () => {
    const looks = await look([
      ...['a', 'b'].map((name) => on(name, { kind: 'image', carriers: ['disk:big'] })),
      ...['c', 'd'].map((name) => on(name, { kind: 'network', server: 'nas' })),
    ]);
    expect(looks.map((one) => (one.state === 'ready' ? (one.warning ?? '') : 'trouble'))).toEqual([
      '',
      expect.stringContaining('"a" and "b" are drive images on one physical disk (disk:big)'),
      '',
      expect.stringContaining('"c" and "d" are both on nas'),
    ]);
  });

  it('a second opinion on the free space is told when it differs, and decides nothing', async () => {
    const path = mount('work');
    const [plain] = await look([at('working', path)], {
      freeSpaceOpinion: async () => {
        throw new Error('no such package');
      },
    });
    expect(ready(plain)).not.toHaveProperty('warning');
    const [other] = await look([at('working', path)], { freeSpaceOpinion: async () => 1 });
    expect(ready(other).warning).toContain('is unclear');
    expect(ready(other).freeBytes).toBeGreaterThan(1);
  });

  it('tries writing once in a while, and at once when the medium is another one', async () => {
    const path = mount('work');
    const probe = probeWith();
    const destination = at('working', path);
    const state = async () => (await probe.lookAll([destination], new Set()))[0]?.state;
    expect(await state()).toBe('ready');
    // A folder in the place of the trial file: from now on every real trial fails.
    mkdirSync(join(path, TRIAL));
    clock.move(60_000);
    expect(await state()).toBe('ready');
    clock.move(10 * 60_000);
    expect(await state()).toBe('trouble');
    rmSync(join(path, TRIAL), { recursive: true });
    expect(await state()).toBe('ready');
    mkdirSync(join(path, TRIAL));
    mount('work', { medium: diskMedium('work', { sequence: 'work=2' }) });
    expect(await state()).toBe('trouble');
  });

  it('never writes through a link that lies where its trial file goes', async () => {
    const path = mount('work');
    writeFileSync(join(root, 'victim'), 'precious');
    symlinkSync(join(root, 'victim'), join(path, TRIAL));
    expect(await look([at('working', path)])).toMatchObject([{ state: 'ready' }]);
    expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('precious');
  });

  it('is sure of a drive only while its medium has the same number', async () => {
    const path = mount('work');
    const probe = probeWith();
    const found = ready((await probe.lookAll([at('working', path)], new Set()))[0]);
    expect(await probe.stillThere(found)).toBe(true);
    sequences.set('disk:work', 'work=2');
    expect(await probe.stillThere(found)).toBe(false);
    sequences.set('disk:work', undefined);
    expect(await probe.stillThere(found)).toBe(false);
    sequences.clear();
    expect(await probe.stillThere({ ...found, deviceNumber: found.deviceNumber + 1 })).toBe(false);
    // A probe that has not looked itself compares the medium.
    expect(await probeWith().stillThere(found)).toBe(true);
    mount('work', { medium: diskMedium('other') });
    expect(await probeWith().stillThere(found)).toBe(false);
  });

  it('a glance at a missing file is an answer only while the drive is there', async () => {
    const path = mount('work');
    const probe = probeWith();
    const found = ready((await probe.lookAll([at('working', path)], new Set()))[0]);
    writeFileSync(join(path, 'A.JPG'), 'abc');
    symlinkSync(join(path, 'A.JPG'), join(path, 'link.JPG'));
    const places = ['A.JPG', 'B.JPG', 'A.JPG/B.JPG', 'link.JPG'];
    expect(await probe.glances(found, places)).toEqual([3, 'missing', 'missing', 'missing']);
    const elsewhere = { ...found, deviceNumber: found.deviceNumber + 1 };
    expect(await probe.glances(elsewhere, ['A.JPG'])).toEqual(['unknown']);
    sequences.set('disk:work', undefined);
    expect(await probe.glances(found, ['B.JPG', 'A.JPG'])).toEqual(['unknown', 3]);
  });
});
