/** The mounter with real mounts of loop devices. Needs root, loop devices and exfat-fuse. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ExecError, runProgram } from '../../src/platform/exec.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import type { Mounter } from '../../src/ports/mounter.ts';
import type { Insertion } from '../../src/ports/volume-source.ts';
import { MARKER_NAME, markerText } from '../../src/volumes/destination-marker.ts';
import { probeFilesystem } from '../../src/volumes/linux/blkid.ts';
import { type Mount, readMounts } from '../../src/volumes/linux/mountinfo.ts';
import { makeMounter, type MounterOptions } from '../../src/volumes/mounting/make-mounter.ts';
import { makeVolumeSource } from '../../src/volumes/volume-source.ts';
import { mounterContract } from '../contracts/mounter-contract.ts';
import { Bench, has, tool } from './volumes-loops.ts';

// Making filesystems takes its time on a busy machine.
jest.setTimeout(60_000);

const never = new AbortController().signal;
let bench: Bench;
/** Device nodes of this test: other tests have loop devices too, and those must be left alone. */
let ours: Set<string>;

beforeEach(() => {
  bench = new Bench();
  ours = new Set();
});

afterEach(() => {
  for (const name of readdirSync(bench.folder('cards'))) {
    try {
      tool('umount', '-l', join(bench.root, 'cards', name));
    } catch {
      // The test unmounted it itself.
    }
  }
  bench.close();
});

function mounter(over: Partial<MounterOptions> = {}): Mounter {
  return makeMounter({
    clock: systemClock,
    policy: 'mount',
    loopDevices: true,
    moreTypes: ['ext4'],
    destinationPaths: [],
    stateDir: join(bench.root, 'state'),
    mountFolder: bench.folder('cards'),
    env: {},
    run: withoutUdisks,
    probes: {
      probeFilesystem: async (path, signal) =>
        ours.has(path) ? probeFilesystem(path, signal) : { fsType: 'not-ours' },
      listBlockDevices: async () => [],
    },
    desktop: async () => false,
    ...over,
  });
}

/** A machine without udisks, whatever is installed here. */
const withoutUdisks: typeof runProgram = async (file, args, options) => {
  if (file !== 'udisksctl') return runProgram(file, args, options);
  const facts = { file, stdout: '', stderr: '' };
  throw new ExecError('not-found', `The program ${file} is not installed.`, facts);
};

/** An image with one picture on it. */
function cardImage(name: string, type: 'ext4' | 'exfat' = 'ext4'): string {
  const image = bench.image(name, type, name.toUpperCase());
  const device = bench.attach(image);
  const point =
    type === 'exfat' ? bench.mountExfat(device, 'filling') : bench.mount(device, 'filling');
  mkdirSync(join(point, 'DCIM', '100CANON'), { recursive: true });
  writeFileSync(join(point, 'DCIM', '100CANON', 'IMG_0001.CR3'), `frame of ${name}`);
  bench.unmount(point);
  bench.detach(device);
  return image;
}

function insert(image: string): string {
  const device = bench.attach(image);
  ours.add(device);
  return device;
}

async function mountsOf(device: string): Promise<readonly Mount[]> {
  return (await readMounts()).filter(({ source }) => source === device);
}

async function listed(): Promise<readonly Insertion[]> {
  const source = makeVolumeSource({
    clock: systemClock,
    loopDevices: true,
    watchFolders: [],
    watchSettleMs: 0,
    destinationPaths: [],
    ownFolders: [],
    offers: async () => [],
  });
  const listing = await source.list(never);
  if (listing.state === 'unknown') throw new Error(listing.reason);
  return listing.insertions.filter(({ root }) => root.startsWith(bench.root));
}

async function theOnly(): Promise<Insertion> {
  const [only, ...others] = await listed();
  if (only === undefined || others.length > 0) throw new Error('not exactly one card is in');
  return only;
}

const hashOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the mounter keeps its contract with real mounts', () => {
  mounterContract(async () => {
    const image = cardImage('a003');
    const one = mounter();
    let device = '';
    return {
      mounter: one,
      insert: async () => {
        device = insert(image);
      },
      pull: async () => bench.detach(device),
      mounted: listed,
      close: async () => {},
    };
  });
});

describe('a card that nobody mounts', () => {
  it('is mounted read-only, and the image stays as it was to the last byte', async () => {
    const image = cardImage('a003');
    const before = hashOf(image);
    const device = insert(image);
    const one = mounter();
    expect(await one.mountCards(never)).toEqual({ changed: true, troubles: [] });

    const [mount] = await mountsOf(device);
    expect([...(mount?.options ?? [])]).toEqual(
      expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec', 'noatime']),
    );
    const card = await theOnly();
    expect(card).toMatchObject({ label: 'A003', devicePath: device, root: mount?.mountPoint });
    expect(() => writeFileSync(join(card.root, 'x'), 'x')).toThrow('EROFS');
    expect(await one.isOwn(card)).toBe(true);
    expect(await one.mountCards(never)).toEqual({ changed: false, troubles: [] });

    expect(await one.giveBack(card, 'set-aside', never)).toEqual({ kind: 'given-back' });
    expect(await mountsOf(device)).toEqual([]);
    expect(existsSync(card.root)).toBe(false);
    expect(hashOf(image)).toBe(before);
  });

  it('is mounted by FUSE where the kernel cannot read it', async () => {
    if (!has('mount.exfat-fuse')) throw new Error('exfat-fuse is missing');
    const image = cardImage('eos', 'exfat');
    const before = hashOf(image);
    insert(image);
    const one = mounter();
    expect(await one.mountCards(never)).toEqual({ changed: true, troubles: [] });
    const card = await theOnly();
    expect(card).toMatchObject({ label: 'EOS', fsType: 'exfat' });
    expect(() => writeFileSync(join(card.root, 'x'), 'x')).toThrow('EROFS');
    expect(await one.giveBack(card, 'eject', never)).toEqual({ kind: 'given-back' });
    expect(hashOf(image)).toBe(before);
  });

  it('is not mounted again after it was given back, until it is put in anew', async () => {
    const image = cardImage('a003');
    const device = insert(image);
    const one = mounter();
    await one.mountCards(never);
    const card = await theOnly();
    await one.giveBack(card, 'eject', never);
    expect(await one.mediumIn(card)).toBe(true);
    expect(await one.mountCards(never)).toEqual({ changed: false, troubles: [] });
    // Not even by a service that was started meanwhile.
    expect(await mounter().mountCards(never)).toEqual({ changed: false, troubles: [] });

    bench.detach(device);
    expect(await one.mediumIn(card)).toBe(false);
    insert(image);
    expect(await one.mountCards(never)).toEqual({ changed: true, troubles: [] });
    expect((await theOnly()).key).not.toBe(card.key);
  });

  it('that was only set aside is mounted again by a service that starts anew: it has to be listed again', async () => {
    insert(cardImage('a003'));
    const one = mounter();
    await one.mountCards(never);
    const card = await theOnly();
    await one.giveBack(card, 'set-aside', never);
    expect(await one.mountCards(never)).toEqual({ changed: false, troubles: [] });
    const next = mounter();
    expect(await next.mountCards(never)).toEqual({ changed: true, troubles: [] });
    const again = await theOnly();
    await next.giveBack(again, 'set-aside', never);
    expect(await next.mountCards(never)).toEqual({ changed: false, troubles: [] });
  });

  it('is busy while somebody reads it, and given back when nobody does', async () => {
    insert(cardImage('a003'));
    const one = mounter();
    await one.mountCards(never);
    const card = await theOnly();
    const here = process.cwd();
    process.chdir(card.root);
    try {
      expect(await one.giveBack(card, 'set-aside', never)).toMatchObject({
        kind: 'busy',
        sentence: expect.stringContaining('A003 is in use'),
      });
    } finally {
      process.chdir(here);
    }
    expect(await one.giveBack(card, 'set-aside', never)).toEqual({ kind: 'given-back' });
  });
});

describe('what is left alone', () => {
  it.each(['never', 'udisks'] as const)(
    'everything, where mount = "%s" (no udisks here)',
    async (policy) => {
      const device = insert(cardImage('a003'));
      await mounter({ policy }).mountCards(never);
      expect(await mountsOf(device)).toEqual([]);
    },
  );

  it('images, unless they were asked for', async () => {
    const device = insert(cardImage('a003'));
    await mounter({ loopDevices: false }).mountCards(never);
    expect(await mountsOf(device)).toEqual([]);
  });

  it('an ext4 drive, which may be meant for copies', async () => {
    const device = insert(cardImage('a003'));
    await mounter({ moreTypes: [] }).mountCards(never);
    expect(await mountsOf(device)).toEqual([]);
  });

  it('a card that somebody else has mounted, which can be given back all the same', async () => {
    const device = insert(cardImage('a003'));
    bench.mount(device, 'desk');
    const one = mounter();
    expect(await one.mountCards(never)).toEqual({ changed: false, troubles: [] });
    expect(await mountsOf(device)).toHaveLength(1);
    const card = await theOnly();
    expect(await one.isOwn(card)).toBe(false);
    expect(await one.giveBack(card, 'set-aside', never)).toEqual({ kind: 'given-back' });
    expect(await mountsOf(device)).toEqual([]);
  });

  it('a drive for copies: it is unmounted again at once', async () => {
    const image = cardImage('drive');
    const filling = bench.attach(image);
    const point = bench.mount(filling, 'filling');
    writeFileSync(join(point, 'DCIM', MARKER_NAME), markerText('other'));
    bench.unmount(point);
    bench.detach(filling);
    const device = insert(image);
    const one = mounter();
    await one.mountCards(never);
    expect(await mountsOf(device)).toEqual([]);
    expect(await one.mountCards(never)).toEqual({ changed: false, troubles: [] });
  });

  it('a destination that was seen before and is not mounted now', async () => {
    const image = cardImage('backup');
    const device = insert(image);
    mkdirSync(join(bench.root, 'state'));
    const place = {
      path: '/mnt/b',
      mountPoint: '/mnt/b',
      mediumId: `image:${image}`,
      markerIds: [],
    };
    writeFileSync(
      join(bench.root, 'state', 'destinations.json'),
      JSON.stringify({ version: 1, destinations: { backup: place } }),
    );
    await mounter().mountCards(never);
    expect(await mountsOf(device)).toEqual([]);
  });
});

describe('trouble', () => {
  it('is one sentence with a hint, and is tried again after a pause', async () => {
    const device = insert(cardImage('a003'));
    const report = await mounter({
      mayMount: async () => false,
      clock: { ...systemClock, elapsed: () => 0 },
    }).mountCards(never);
    expect(report).toEqual({
      changed: false,
      againInMs: 5_000,
      troubles: [
        {
          devicePath: device,
          label: 'A003',
          facts: expect.objectContaining({ kind: 'volume', fsType: 'ext4' }),
          sentence: `A003 on ${device} is in, but could not be mounted (the service is not root and may not mount by itself).`,
          hint: expect.stringContaining('polkit'),
        },
      ],
    });
  });

  it('of a damaged card names the card', async () => {
    const image = cardImage('a003');
    // The superblock still names the filesystem, but points into nowhere.
    const bytes = readFileSync(image);
    bytes.fill(0xff, 1024 + 0x18, 1024 + 0x20);
    writeFileSync(image, bytes);
    insert(image);
    const { troubles } = await mounter({
      probes: {
        probeFilesystem: async (path) =>
          ours.has(path) ? { fsType: 'ext4', label: 'A003', volumeSerial: '1' } : { fsType: 'x' },
        listBlockDevices: async () => [],
      },
    }).mountCards(never);
    expect(troubles).toMatchObject([{ label: 'A003', hint: expect.stringContaining('damaged') }]);
    expect(readdirSync(join(bench.root, 'cards'))).toEqual([]);
  });
});

describe('a card that is swapped for another one under its mount', () => {
  it('is unmounted, and the other one mounted in another folder', async () => {
    const device = bench.attachReadOnly(cardImage('a003'));
    ours.add(device);
    const one = mounter();
    await one.mountCards(never);
    const before = await theOnly();
    bench.swap(device, cardImage('b001'));

    expect(await one.mountCards(never)).toMatchObject({ changed: true, againInMs: 500 });
    expect(await mountsOf(device)).toEqual([]);
    expect(await one.mountCards(never)).toMatchObject({ changed: true });
    const after = await theOnly();
    expect(after.root).not.toBe(before.root);
    expect(readFileSync(join(after.root, 'DCIM/100CANON/IMG_0001.CR3'), 'utf8')).toBe(
      'frame of b001',
    );
  });
});
