import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asMediumId } from '../../../src/core/ids.ts';
import type { Insertion } from '../../../src/ports/volume-source.ts';
import { MARKER_NAME, markerText } from '../../../src/volumes/destination-marker.ts';
import type { FoundVolume } from '../../../src/volumes/found-volume.ts';
import type { Place } from '../../../src/volumes/place.ts';
import { makeVolumeSource, type VolumeSourceOptions } from '../../../src/volumes/volume-source.ts';
import { StillClock } from '../../fakes/still-clock.ts';

const never = new AbortController().signal;

function medium(name: string, sequence = `${name}=1`): Place['medium'] {
  return {
    kind: 'disk',
    id: asMediumId(`disk:${name}`),
    disks: [`disk:${name}`],
    carriers: [],
    sequence,
  };
}

const volume = (over: Partial<FoundVolume> & { readonly root: string }): FoundVolume => ({
  devicePath: '/dev/sdb1',
  device: '8:17',
  fsType: 'exfat',
  label: 'EOS_DIGITAL',
  volumeSerial: 'F144-63E1',
  sizeBytes: 1e9,
  medium: medium('card'),
  cardLike: true,
  ...over,
});

describe('what is in', () => {
  let root = '';
  let volumes: FoundVolume[] = [];
  let offers: { path: string; label: string }[] = [];
  /** Disk names by path prefix; everything else is on the system disk. */
  let disks: Map<string, string> = new Map();
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'safelight-in-'));
    volumes = [];
    offers = [];
    disks = new Map();
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const folder = (name: string): string => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const source = (over: Partial<VolumeSourceOptions> = {}) =>
    makeVolumeSource({
      clock: new StillClock(),
      loopDevices: false,
      watchFolders: [],
      watchSettleMs: 0,
      destinationPaths: [],
      ownFolders: [],
      offers: async () => offers,
      parts: {
        lister: {
          list: async () => volumes,
          stillMounted: async ({ sequence, device }) =>
            volumes.some((v) => v.medium.sequence === sequence && v.device === device),
        },
        places: {
          placeOf: async (path) => {
            const name = [...disks].find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'system';
            return { mountPoint: '/', fsType: 'ext4', readOnly: false, medium: medium(name) };
          },
          sequenceNow: async ({ sequence }) => sequence,
          systemDisks: async () => new Set(['disk:system']),
          missingMount: async () => undefined,
        },
        systemDisks: async () => new Set(['disk:system']),
        hints: [],
      },
      ...over,
    });
  const list = async (over: Partial<VolumeSourceOptions> = {}): Promise<readonly Insertion[]> => {
    const listing = await source(over).list(never);
    return listing.state === 'known' ? listing.insertions : [];
  };

  it('a card comes with its number, its medium and what identifies it', async () => {
    volumes = [volume({ root: folder('card'), hardwareSerial: 'cid:1' })];
    expect(await list()).toEqual([
      {
        key: 'volume card=1 8:17 F144-63E1',
        origin: 'volume',
        root: join(root, 'card'),
        label: 'EOS_DIGITAL',
        facts: {
          kind: 'volume',
          fsType: 'exfat',
          volumeSerial: 'F144-63E1',
          sizeBytes: 1e9,
          hardwareSerial: 'cid:1',
        },
        fsType: 'exfat',
        mediumId: 'disk:card',
        devicePath: '/dev/sdb1',
      },
    ]);
  });

  it('the same node with another medium is another insertion', async () => {
    const cardRoot = folder('card');
    volumes = [volume({ root: cardRoot })];
    const [first] = await list();
    volumes = [volume({ root: cardRoot, medium: medium('card', 'card=2') })];
    const [second] = await list();
    expect(second?.key).not.toBe(first?.key);
    expect(first && (await source().stillIn(first))).toBe(false);
    expect(second && (await source().stillIn(second))).toBe(true);
  });

  it('a destination of this configuration is never a card, even full of frames', async () => {
    const card = folder('work');
    mkdirSync(join(card, 'Ingest/DCIM'), { recursive: true });
    volumes = [volume({ root: card })];
    const destinationPaths = [join(card, 'Ingest')];
    const [excluded] = await list({ destinationPaths });
    expect(excluded?.excluded).toContain('destination of this configuration');
    // Its twin: the same drive in a configuration that does not name it.
    const [free] = await list();
    expect(free?.excluded).toBeUndefined();
  });

  it('another partition on a destination\u2019s disk is never a card', async () => {
    const destination = folder('dest');
    disks.set(destination, 'card');
    volumes = [volume({ root: folder('other-partition') })];
    const [found] = await list({ destinationPaths: [destination] });
    expect(found?.excluded).toContain('destination of this configuration');
  });

  it.each(['', 'Ingest'])(
    'a drive with a marker in "%s" is another configuration\u2019s',
    async (at) => {
      const drive = folder('drive');
      mkdirSync(join(drive, 'Ingest'));
      volumes = [volume({ root: drive })];
      expect((await list())[0]?.excluded).toBeUndefined();
      writeFileSync(join(drive, at, MARKER_NAME), markerText('m1'));
      expect((await list())[0]?.excluded).toContain('another safelight configuration');
      // A person may have it offloaded all the same.
      offers = [{ path: drive, label: 'old drive' }];
      expect(await list()).toMatchObject([{ origin: 'offered' }]);
      expect((await list())[0]?.excluded).toBeUndefined();
    },
  );

  it('the system disk is never a card, however it is asked for', async () => {
    volumes = [volume({ root: folder('efi'), medium: medium('system') })];
    expect((await list())[0]?.excluded).toContain('this system runs from');
    offers = [{ path: join(root, 'efi'), label: 'x' }];
    expect((await list())[0]?.excluded).toContain('this system runs from');
  });

  it('trouble with a volume is told, and keeps it from being offloaded', async () => {
    const trouble = { sentence: 'It gives no answer.', hint: 'Take it out.' };
    volumes = [volume({ root: folder('card'), label: 'EOS', trouble })];
    const listing = await source().list(never);
    expect(listing).toMatchObject({
      insertions: [{ excluded: 'It gives no answer.' }],
      troubles: [
        {
          sentence: expect.stringMatching(/^EOS on .* it gives no answer\.$/),
          hint: 'Take it out.',
          about: {
            label: 'EOS',
            facts: { kind: 'volume' },
            places: [join(root, 'card'), expect.stringMatching(/^\/dev\//)],
          },
        },
      ],
    });
  });

  it('a volume that no camera made is passed over unless it is offered', async () => {
    volumes = [volume({ root: folder('stick'), cardLike: false, fsType: 'ext4' })];
    expect(await list()).toEqual([]);
    offers = [{ path: join(root, 'stick'), label: 'Rescued' }];
    expect(await list()).toMatchObject([{ origin: 'offered', facts: { kind: 'volume' } }]);
  });

  it('watched sub-folders are cards named after their folder', async () => {
    folder('ftp/A003/DCIM');
    expect(await list({ watchFolders: [join(root, 'ftp')] })).toMatchObject([
      {
        origin: 'watch',
        label: 'A003',
        root: join(root, 'ftp/A003'),
        facts: { kind: 'folder', realPath: join(root, 'ftp/A003') },
      },
    ]);
    expect((await list({ watchFolders: [join(root, 'ftp')] }))[0]).not.toHaveProperty('mediumId');
  });

  it.each(['ftp/A003', 'ftp/A003/inside', 'ftp'])(
    'a watched sub-folder that touches a destination (%s) is never a card',
    async (destination) => {
      folder('ftp/A003');
      const options = {
        watchFolders: [join(root, 'ftp')],
        destinationPaths: [join(root, destination)],
      };
      expect((await list(options))[0]?.excluded).toContain('destination of this configuration');
    },
  );

  it('an offered folder is in while it is there', async () => {
    const path = folder('rescued');
    offers = [{ path, label: 'Rescued' }];
    const [found] = await list();
    expect(found).toMatchObject({ origin: 'offered', label: 'Rescued', root: path });
    expect(found && (await source().stillIn(found))).toBe(true);
    renameSync(path, `${path}-kept`);
    expect(await list()).toEqual([]);
    expect(found && (await source().stillIn(found))).toBe(false);
    // Another folder under the old name is another insertion.
    folder('rescued');
    expect(found && (await source().stillIn(found))).toBe(false);
  });

  it('an offered folder that touches a destination is refused', async () => {
    offers = [{ path: folder('a/b'), label: 'x' }];
    expect((await list({ destinationPaths: [join(root, 'a')] }))[0]?.excluded).toBeDefined();
    expect((await list({ destinationPaths: [join(root, 'a/b/c')] }))[0]?.excluded).toBeDefined();
    expect((await list({ destinationPaths: [join(root, 'a/bc')] }))[0]?.excluded).toBeUndefined();
  });

  it.each(['a', 'a/state', 'a/state/previews'])(
    'neither the state folder nor a remote\u2019s is a card, offered or watched as %s',
    async (path) => {
      folder('a/state/previews');
      const ownFolders = [{ path: join(root, 'a/state'), sentence: 'It is the state folder.' }];
      offers = [{ path: join(root, path), label: 'x' }];
      expect((await list({ ownFolders }))[0]?.excluded).toBe('It is the state folder.');
      // Its twin: the same folder where it is nobody's own.
      expect((await list())[0]?.excluded).toBeUndefined();
      offers = [];
      const watchFolders = [join(root, path, '..')];
      expect((await list({ watchFolders, ownFolders }))[0]?.excluded).toBe(
        'It is the state folder.',
      );
    },
  );

  it('a watched sub-folder that is offered too is listed once', async () => {
    offers = [{ path: folder('ftp/A003'), label: 'By hand' }];
    const found = await list({ watchFolders: [join(root, 'ftp')] });
    expect(found).toMatchObject([{ origin: 'offered', label: 'By hand' }]);
  });

  it('a lister that fails makes the whole listing unknown, with its reason', async () => {
    const failing = source({
      offers: async () => Promise.reject(new Error('The ledger is closed.')),
    });
    expect(await failing.list(never)).toEqual({
      state: 'unknown',
      reason: 'The ledger is closed.',
    });
  });

  it('a watched folder that is missing is told, and the cards are listed all the same', async () => {
    volumes = [volume({ root: folder('card') })];
    const listing = await source({ watchFolders: [join(root, 'nowhere')] }).list(never);
    expect(listing).toMatchObject({
      state: 'known',
      insertions: [{ origin: 'volume' }],
      troubles: [{ sentence: expect.stringContaining('nowhere') }],
    });
  });
});

describe('waking', () => {
  it('wakes after half a quiet minute, and as soon as a watched sub-folder may have settled', async () => {
    const root = mkdtempSync(join(tmpdir(), 'safelight-wake-'));
    mkdirSync(join(root, 'A003'));
    const clock = new StillClock();
    const stop = new AbortController();
    const options: VolumeSourceOptions = {
      clock,
      loopDevices: false,
      watchFolders: [root],
      watchSettleMs: 3_000,
      destinationPaths: [],
      ownFolders: [],
      offers: async () => [],
    };
    const watched = makeVolumeSource({
      ...options,
      parts: {
        lister: { list: async () => [], stillMounted: async () => false },
        places: {
          placeOf: async () => ({
            mountPoint: '/',
            fsType: 'ext4',
            readOnly: false,
            medium: medium('x'),
          }),
          sequenceNow: async () => '',
          systemDisks: async () => new Set<string>(),
          missingMount: async () => undefined,
        },
        systemDisks: async () => new Set<string>(),
        hints: [],
      },
    });
    let wakes = 0;
    const running = watched.watch(() => {
      wakes += 1;
    }, stop.signal);
    await clock.someoneWaits();
    clock.move(30_000);
    await clock.someoneWaits();
    expect(wakes).toBe(1);
    // The listing finds a sub-folder that may have settled in three seconds: the long wait is cut short.
    await watched.list(never);
    await clock.someoneWaits();
    expect(clock.asked).toEqual([30_000, 30_000, 3_000]);
    clock.move(3_000);
    await clock.someoneWaits();
    expect(wakes).toBe(2);
    stop.abort();
    await running;
    rmSync(root, { recursive: true });
  });
});
