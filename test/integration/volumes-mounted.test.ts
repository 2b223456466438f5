/** The volume source on real mounts of loop devices. Needs root, loop devices and exfat-fuse. */
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cardKey } from '../../src/core/card.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import type { Insertion, VolumeSource } from '../../src/ports/volume-source.ts';
import { makeCardReader } from '../../src/volumes/card-walk.ts';
import { makeVolumeSource, type VolumeSourceOptions } from '../../src/volumes/volume-source.ts';
import { volumeSourceContract } from '../contracts/volume-source-contract.ts';
import { Bench, tool } from './volumes-loops.ts';

// Making filesystems takes its time on a busy machine.
jest.setTimeout(60_000);

const never = new AbortController().signal;

function sourceWith(over: Partial<VolumeSourceOptions> = {}): VolumeSource {
  return makeVolumeSource({
    clock: systemClock,
    loopDevices: true,
    watchFolders: [],
    watchSettleMs: 0,
    destinationPaths: [],
    ownFolders: [],
    offers: async () => [],
    ...over,
  });
}

/** What is listed below a folder: other things may be mounted on the machine. */
async function below(source: VolumeSource, folder: string): Promise<readonly Insertion[]> {
  const listing = await source.list(never);
  if (listing.state === 'unknown') throw new Error(listing.reason);
  return listing.insertions.filter((insertion) => insertion.root.startsWith(`${folder}/`));
}

describe('the volume source keeps its contract on mounted cards', () => {
  volumeSourceContract(async () => {
    const bench = new Bench();
    bench.image('a', 'exfat', 'EOS DIGITAL');
    // exFAT's serial number is the time of formatting: two cards formatted in one second share it.
    tool('tune.exfat', '-I', '0x12345678', bench.image('b', 'exfat', 'EOS DIGITAL'));
    let device = '';
    const insert = async (name: string) => {
      device = bench.attach(join(bench.root, `${name}.img`));
      return bench.mountExfat(device, 'card');
    };
    return {
      source: sourceWith(),
      insert: () => insert('a'),
      pull: async () => {
        bench.unmount(join(bench.root, 'card'));
        bench.detach(device);
      },
      insertOther: async () => {
        await insert('b');
      },
      close: async () => bench.close(),
    };
  });
});

describe('mounted volumes', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  it('an exFAT card served by a FUSE driver is an exFAT card', async () => {
    const device = bench.attach(bench.image('card', 'exfat', 'NIKON Z 6'));
    const root = bench.mountExfat(device, 'NIKON Z 6');
    const [card] = await below(sourceWith(), bench.root);
    const serial = tool('blkid', '-p', '-o', 'value', '-s', 'UUID', device).trim();
    const name = device.replace('/dev/', '');
    const sequence = readFileSync(`/sys/block/${name}/diskseq`, 'utf8').trim();
    expect(card).toMatchObject({
      root,
      label: 'NIKON Z 6',
      fsType: 'exfat',
      facts: { fsType: 'exfat', volumeSerial: serial, sizeBytes: 48 * 1024 * 1024 },
      devicePath: device,
      mediumId: `image:${join(bench.root, 'card.img')}`,
    });
    expect(card?.key).toContain(`${name}=${sequence} `);
  });

  it.each(['ext4', 'xfs'] as const)(
    'a rescued image with %s counts where images are wanted',
    async (type) => {
      bench.drive('rescued', type);
      expect(await below(sourceWith(), bench.root)).toMatchObject([
        { label: 'RESCUED', fsType: type },
      ]);
      expect(await below(sourceWith({ loopDevices: false }), bench.root)).toEqual([]);
    },
  );

  it('the same image is the same card each time, under another key', async () => {
    const image = bench.image('card', 'ext4');
    const first = bench.attach(image);
    bench.mount(first, 'card');
    const [before] = await below(sourceWith(), bench.root);
    bench.unmount(join(bench.root, 'card'));
    bench.detach(first);
    bench.mount(bench.attach(image), 'card');
    const [after] = await below(sourceWith(), bench.root);
    expect(after && cardKey(after.facts)).toBe(before && cardKey(before.facts));
    expect(after?.key).not.toBe(before?.key);
  });

  it('a medium swapped below a mount is found out: it would serve other bytes under the old names', async () => {
    bench.image('a', 'ext4', 'CARD_A');
    bench.image('b', 'ext4', 'CARD_B');
    const device = bench.attachReadOnly(join(bench.root, 'a.img'));
    bench.mount(device, 'card', '-o', 'ro');
    const source = sourceWith();
    const [before] = await below(source, bench.root);
    if (before === undefined) throw new Error('nothing was listed');
    expect(await source.stillIn(before)).toBe(true);
    bench.swap(device, join(bench.root, 'b.img'));
    expect(await source.stillIn(before)).toBe(false);
    const [during] = await below(source, bench.root);
    expect(during?.excluded).toContain('while it was mounted');
    expect(during?.key).not.toBe(before.key);
    // The device still answers with the former card's serial, from memory: it must not be believed.
    expect(tool('blkid', '-p', '-o', 'value', '-s', 'LABEL', device).trim()).toBe('CARD_A');
    expect(during && cardKey(during.facts)).not.toBe(cardKey(before.facts));
    // Unmounted and put in again it is a card like any other.
    bench.unmount(join(bench.root, 'card'));
    expect(await below(source, bench.root)).toEqual([]);
    bench.mount(device, 'card', '-o', 'ro');
    const [after] = await below(source, bench.root);
    expect(after).toMatchObject({ label: 'CARD_B' });
    expect(after?.excluded).toBeUndefined();
  });

  it('a card mounted twice is one card; a folder of it bound elsewhere is none', async () => {
    const { device, point } = bench.drive('card');
    const again = bench.mount(device, 'again');
    bench.mount(bench.folder('card/lost+found'), 'bound', '--bind');
    const roots = async () => (await below(sourceWith(), bench.root)).map((card) => card.root);
    expect(await roots()).toEqual([point]);
    // A read-only mount is the better one to read from.
    tool('mount', '-o', 'remount,bind,ro', again);
    expect(await roots()).toEqual([again]);
    bench.unmount(again);
    expect(await roots()).toEqual([point]);
  });

  it('a card hidden below another mount is not read through it', async () => {
    const { point } = bench.drive('under');
    const over = bench.attach(bench.image('over', 'ext4'));
    bench.mount(over, 'under');
    expect(await below(sourceWith(), bench.root)).toMatchObject([{ label: 'OVER', root: point }]);
  });

  it('a lazily unmounted card is out', async () => {
    const { point } = bench.drive('card');
    const source = sourceWith();
    const [card] = await below(source, bench.root);
    const held = openSync(point, 'r');
    bench.unmount(point, '--lazy');
    expect(await below(source, bench.root)).toEqual([]);
    expect(card && (await source.stillIn(card))).toBe(false);
    closeSync(held);
  });

  it('a destination is never a card, nor is the other partition of its disk', async () => {
    const parts = bench.addPartitions(bench.attach(bench.partitioned('disk')));
    for (const part of parts) tool('mkfs.ext4', '-q', '-F', part);
    const [first, second] = [bench.mount(parts[0], 'first'), bench.mount(parts[1], 'second')];
    mkdirSync(join(first, 'Ingest'));
    const excluded = async (destinationPaths: readonly string[]) =>
      (await below(sourceWith({ destinationPaths }), bench.root)).map(
        (volume) => `${volume.root} ${volume.excluded ?? 'free'}`,
      );
    expect(await excluded([])).toEqual([`${first} free`, `${second} free`]);
    expect(await excluded([join(first, 'Ingest')])).toEqual([
      expect.stringContaining('destination of this configuration'),
      expect.stringContaining('destination of this configuration'),
    ]);
  });

  it('a pulled medium shows as unreadable, not as empty', async () => {
    const image = bench.image('card', 'ext4');
    const device = bench.attach(image);
    const point = bench.mount(device, 'card');
    for (let i = 0; i < 40; i += 1) {
      mkdirSync(join(point, `DCIM/${100 + i}CANON`), { recursive: true });
      writeFileSync(join(point, `DCIM/${100 + i}CANON/IMG.JPG`), 'x');
    }
    bench.unmount(point);
    bench.mount(device, 'card', '-o', 'ro');
    // From here on the device gives read errors, as a card that was pulled does.
    truncateSync(image, 64 * 1024);
    const reader = makeCardReader({ junkReason: () => undefined, clock: systemClock });
    const scan = await reader.scan({ root: point }, never);
    expect(scan.files.length).toBeLessThan(40);
    expect(scan.problems.length).toBeGreaterThan(0);
    expect(scan.problems[0]?.reason).toMatch(/EIO|EUCLEAN|EBADMSG/);
  });

  it('an offered folder on a card is tied to the card that is in', async () => {
    const { point, device } = bench.drive('card');
    const path = join(point, 'DCIM');
    mkdirSync(path);
    const source = sourceWith({ offers: async () => [{ path, label: 'Offered' }] });
    const offered = (await below(source, bench.root)).find((one) => one.origin === 'offered');
    if (offered === undefined) throw new Error('nothing was listed');
    expect(offered).toMatchObject({ label: 'Offered', root: path, facts: { kind: 'folder' } });
    expect(await source.stillIn(offered)).toBe(true);
    // The same image in the same device again: path, device number and inode are equal, the medium's number is not.
    bench.unmount(point);
    bench.detach(device);
    tool('losetup', device, join(bench.root, 'card.img'));
    bench.adopt(device);
    bench.mount(device, 'card');
    expect(await source.stillIn(offered)).toBe(false);
  });
});
