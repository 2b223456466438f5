/** The destination probe on real (loop) drives. Needs root and loop devices. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DestinationLook, ReadyDestination } from '../../src/core/destination.ts';
import { asDestinationId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import type { ConfiguredDestination, DestinationProbe } from '../../src/ports/destination.ts';
import { MARKER_NAME } from '../../src/volumes/destination-marker.ts';
import { makeDestinationProbe } from '../../src/volumes/destination-probe.ts';
import { destinationProbeContract } from '../contracts/destination-probe-contract.ts';
import { Bench, tool } from './volumes-loops.ts';

// Making filesystems takes its time on a busy machine.
jest.setTimeout(60_000);

const at = (name: string, path: string): ConfiguredDestination => {
  mkdirSync(path, { recursive: true });
  return { id: asDestinationId(name), path };
};

function probeOn(bench: Bench, allowSystemDisk = false): DestinationProbe {
  return makeDestinationProbe({
    stateDir: join(bench.root, 'state'),
    clock: systemClock,
    allowSystemDisk,
    freeSpaceOpinion: async () => undefined,
  });
}

function ready(look: DestinationLook | undefined): ReadyDestination {
  if (look?.state !== 'ready') throw new Error(`not ready: ${JSON.stringify(look)}`);
  return look;
}

const outcome = (look: DestinationLook | undefined): string | undefined =>
  look?.state === 'trouble' ? look.trouble : look?.state;

describe('the destination probe keeps its contract on loop drives', () => {
  destinationProbeContract(async () => {
    const bench = new Bench();
    const parts = bench.addPartitions(bench.attach(bench.partitioned('disk')));
    for (const part of parts) tool('mkfs.ext4', '-q', '-F', part);
    const first = bench.mount(parts[0], 'first');
    const second = bench.drive('second').point;
    const third = bench.mount(parts[1], 'third');
    const two = [at('working', join(first, 'In')), at('backup', join(second, 'In'))] as const;
    return {
      probe: probeOn(bench),
      two,
      sibling: at('third', join(third, 'In')),
      place: async (placedAt, sizeBytes) => {
        const path = join(two[0].path, placedAt);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, Buffer.alloc(sizeBytes));
      },
      unplugFirst: async () => bench.unmount(first),
      close: async () => bench.close(),
    };
  });
});

describe('drives in trouble', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  const look = (...destinations: readonly ConfiguredDestination[]) =>
    probeOn(bench).lookAll(destinations, new Set());

  it('two images on one disk are two media, with a word; an image and its own disk likewise', async () => {
    const a = at('a', join(bench.drive('a').point, 'In'));
    const b = at('b', join(bench.drive('b').point, 'In'));
    const looks = await look(a, b);
    expect(looks.map(outcome)).toEqual(['ready', 'ready']);
    expect(ready(looks[0])).not.toHaveProperty('warning');
    expect(ready(looks[1]).warning).toContain('drive images on one physical disk');
    expect(ready(looks[0]).mediumId).toBe(`image:${join(bench.root, 'a.img')}`);
  });

  it('a folder that is not on a mount of its own is on the system disk', async () => {
    expect((await look(at('plain', bench.folder('plain')))).map(outcome)).toEqual(['system-disk']);
    const [allowed] = await probeOn(bench, true).lookAll(
      [at('plain', bench.folder('plain'))],
      new Set(),
    );
    expect(outcome(allowed)).toBe('ready');
  });

  it('memory is refused', async () => {
    tool('mount', '-t', 'tmpfs', 'tmpfs', bench.folder('ram'));
    const looks = await look(at('ram', join(bench.root, 'ram')));
    tool('umount', join(bench.root, 'ram'));
    expect(looks[0]).toMatchObject({
      trouble: 'unknown',
      sentence: expect.stringContaining('memory'),
    });
  });

  it.each([[[]], [['--lazy']]])(
    'after an unmount (%j) nothing is ever written into the folder below',
    async (options) => {
      const { point } = bench.drive('a');
      // The folder that shows when the drive is gone.
      bench.unmount(point);
      mkdirSync(join(point, 'In'));
      bench.mount(bench.attach(join(bench.root, 'a.img')), 'a');
      const destination = at('a', join(point, 'In'));
      const probe = probeOn(bench);
      const found = ready((await probe.lookAll([destination], new Set()))[0]);
      bench.unmount(point, ...options);
      expect(await probe.stillThere(found)).toBe(false);
      expect(await probe.glances(found, ['x'])).toEqual(['unknown']);
      // With the same probe, with a new one, and even in a demonstration.
      expect((await probe.lookAll([destination], new Set())).map(outcome)).toEqual(['not-mounted']);
      expect((await look(destination)).map(outcome)).toEqual(['not-mounted']);
      const lenient = await probeOn(bench, true).lookAll([destination], new Set());
      expect(lenient.map(outcome)).toEqual(['not-mounted']);
      expect(readdirSync(destination.path)).toEqual([]);
    },
  );

  it('the drive comes back and is known again', async () => {
    const { point, device } = bench.drive('a');
    const destination = at('a', join(point, 'In'));
    const before = ready((await look(destination))[0]);
    bench.unmount(point);
    expect((await look(destination)).map(outcome)).toEqual(['not-mounted']);
    bench.mount(device, 'a');
    const after = ready((await look(destination))[0]);
    expect(after.mediumId).toBe(before.mediumId);
    expect(readdirSync(destination.path)).toEqual([MARKER_NAME]);
  });

  it('a drive mounted read-only, and one that turned read-only by an error, are seen', async () => {
    const { point, device } = bench.drive('a');
    const destination = at('a', join(point, 'In'));
    bench.unmount(point);
    bench.mount(device, 'a', '-o', 'ro');
    expect((await look(destination)).map(outcome)).toEqual(['read-only']);
    bench.unmount(point);
    bench.mount(device, 'a', '-o', 'errors=remount-ro');
    expect((await look(destination)).map(outcome)).toEqual(['ready']);
    const name = device.replace('/dev/', '');
    writeFileSync(`/sys/fs/ext4/${name}/trigger_fs_error`, '1');
    expect((await look(destination)).map(outcome)).toEqual(['read-only']);
  });

  it('a full drive is seen', async () => {
    const { point } = bench.drive('a');
    const destination = at('a', join(point, 'In'));
    expect((await look(destination)).map(outcome)).toEqual(['ready']);
    expect(() => tool('dd', 'if=/dev/zero', `of=${join(point, 'fill')}`, 'bs=64k')).toThrow(
      'No space left',
    );
    expect((await look(destination)).map(outcome)).toEqual(['too-little-space']);
    rmSync(join(point, 'fill'));
    expect((await look(destination)).map(outcome)).toEqual(['ready']);
  });

  it('another drive at the same place is not the one that was looked at', async () => {
    const { point, device } = bench.drive('a');
    const destination = at('a', join(point, 'In'));
    const probe = probeOn(bench);
    const found = ready((await probe.lookAll([destination], new Set()))[0]);
    expect(await probe.stillThere(found)).toBe(true);
    bench.image('b', 'ext4');
    bench.unmount(point, '--lazy');
    bench.detach(device);
    const again = bench.attach(join(bench.root, 'b.img'));
    bench.mount(again, 'a');
    mkdirSync(destination.path);
    expect(await probe.stillThere(found)).toBe(false);
  });

  it('an exFAT drive is as good as any', async () => {
    const { point } = bench.drive('x', 'exfat');
    const found = ready((await look(at('x', join(point, 'In'))))[0]);
    expect(found.fsType).toBe('fuseblk');
    expect(found.maxFileBytes).toBe(Number.POSITIVE_INFINITY);
  });
});
