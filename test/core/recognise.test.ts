import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ScannedFile } from '../../src/core/inventory.ts';
import { LAYOUTS } from '../../src/core/layouts.ts';
import { CARD_SCORE, recognise, type VolumeTraits } from '../../src/core/recognise.ts';
import { layoutFixture, listingOf, sampleCard, volumeFixture } from './listing.ts';

const VOLUME: VolumeTraits = { fsType: 'exfat', origin: 'volume', label: 'Untitled' };
const WATCHED: VolumeTraits = { fsType: 'ext4', origin: 'watch', label: 'card-1' };
const OFFERED: VolumeTraits = { fsType: 'ext4', origin: 'offered', label: 'folder' };

function file(path: string, sizeBytes: number): ScannedFile {
  return { path, sizeBytes, mtimeMs: 0 };
}

function scoreOf(...files: ScannedFile[]): number {
  return recognise({ files, folders: [] }, WATCHED).score;
}

describe('ordinary volumes', () => {
  it.each([
    'usb-stick',
    'empty-stick',
    'time-machine',
    'archive-drive',
    'system-disk',
    'music-stick',
    'phone-storage',
  ])('%s is left alone', (name) => {
    for (const fsType of ['vfat', 'exfat', 'ext4', 'apfs', 'ntfs']) {
      expect(recognise(volumeFixture(name), { ...VOLUME, fsType }).isCameraCard).toBe(false);
    }
  });

  it.each(['usb-stick', 'empty-stick', 'time-machine', 'system-disk'])(
    '%s is left alone in a watched folder too',
    (name) => {
      expect(recognise(volumeFixture(name), WATCHED).isCameraCard).toBe(false);
    },
  );
});

describe('cards', () => {
  it.each(LAYOUTS.filter((l) => l.strength === 'strong').map(({ id }) => ({ id })))(
    '$id is a camera card on any filesystem and from anywhere',
    ({ id }) => {
      const fixture = layoutFixture(id);
      for (const fsType of ['vfat', 'exfat', 'udf', 'hfsplus', 'ext4', 'fuseblk']) {
        expect(recognise(fixture, { ...VOLUME, fsType }).isCameraCard).toBe(true);
      }
      expect(recognise(fixture, WATCHED).isCameraCard).toBe(true);
      expect(recognise(fixture, OFFERED).isCameraCard).toBe(true);
    },
  );

  it.each(['audio-folders', 'phone'])('%s alone is too weak for a volume', (id) => {
    expect(recognise(layoutFixture(id), { ...VOLUME, fsType: 'hfsplus' }).isCameraCard).toBe(false);
    // A person put it there, and there is media in it.
    expect(recognise(layoutFixture(id), WATCHED).isCameraCard).toBe(true);
  });

  it('a freshly formatted card is a card, and holds no media', () => {
    const found = recognise(volumeFixture('formatted-sony'), VOLUME);
    expect(found).toMatchObject({ isCameraCard: true, mediaFiles: 0, mediaBytes: 0 });
    expect(found.primary).toBe('sony-xavc-s');
  });

  it("a maker's program on the card does not make it a stick", () => {
    const found = recognise(volumeFixture('sony-with-software'), VOLUME);
    expect(found.isCameraCard).toBe(true);
    expect(found.reasons.filter((reason) => reason.startsWith('against it'))).toHaveLength(2);
  });

  it('an unknown camera is known by its DCIM folder on a FAT filesystem', () => {
    for (const fsType of ['vfat', 'exfat', 'msdos', 'fat32', 'FAT16']) {
      expect(recognise(volumeFixture('dashcam'), { ...VOLUME, fsType }).isCameraCard).toBe(true);
    }
    for (const fsType of ['ext4', 'hfsplus', 'notfat', 'vfat2']) {
      expect(recognise(volumeFixture('dashcam'), { ...VOLUME, fsType }).isCameraCard).toBe(false);
    }
  });

  it('an empty DCIM folder on a FAT filesystem is enough for a volume, not for a watched folder', () => {
    const formatted = listingOf(['DCIM/']);
    expect(recognise(formatted, VOLUME)).toMatchObject({ isCameraCard: true, score: CARD_SCORE });
    expect(recognise(formatted, { ...WATCHED, fsType: 'vfat' }).isCameraCard).toBe(false);
    expect(recognise(listingOf(['MYDCIM/']), VOLUME).isCameraCard).toBe(false);
    expect(recognise(listingOf(['x/DCIM/']), VOLUME).isCameraCard).toBe(false);
  });
});

describe('folders that a person put somewhere', () => {
  it('count as cards when there is any media in them', () => {
    const found = recognise(volumeFixture('assistants-folder'), WATCHED);
    expect(found).toMatchObject({ isCameraCard: true, mediaFiles: 3 });
    expect(recognise(volumeFixture('assistants-folder'), OFFERED).isCameraCard).toBe(true);
    expect(recognise(volumeFixture('assistants-folder'), VOLUME).isCameraCard).toBe(false);
  });

  it('count as nothing when there is no media in them', () => {
    expect(recognise(listingOf(['call sheet.pdf', 'new folder/']), WATCHED).isCameraCard).toBe(
      false,
    );
    expect(recognise(listingOf([]), WATCHED).isCameraCard).toBe(false);
  });

  it('one sign of a stick is forgiven, two are not', () => {
    const media = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'];
    const judged = (...more: string[]): boolean =>
      recognise(listingOf([...media, ...more]), WATCHED).isCameraCard;
    expect(judged('viewer.exe')).toBe(true);
    expect(judged('Documents/')).toBe(true);
    expect(judged('viewer.exe', 'Documents/')).toBe(false);
    expect(judged('Users/')).toBe(false);
  });
});

describe('the weighing', () => {
  it('adds up signs for and against, and tells them', () => {
    const strong = listingOf(['DCIM/100CANON/IMG_0001.JPG']);
    expect(recognise(strong, VOLUME)).toEqual({
      layouts: new Set(['canon-stills', 'dcf']),
      primary: 'canon-stills',
      isCameraCard: true,
      score: 7,
      reasons: [
        'Canon layout: DCIM/100CANON/',
        'DCF camera layout: DCIM/100CANON/IMG_0001.JPG',
        'nearly all of it is media',
      ],
      mediaFiles: 1,
      mediaBytes: 1,
    });
    const withIndex = listingOf(['DCIM/100CANON/IMG_0001.JPG', 'DCIM/EOSMISC/M0100.CTG'], 0);
    expect(recognise(withIndex, VOLUME)).toMatchObject({
      score: 8,
      reasons: expect.arrayContaining([
        'a file that cameras keep for themselves: DCIM/EOSMISC/M0100.CTG',
      ]),
    });
    expect(recognise(strong, { ...VOLUME, fsType: 'ext4' }).score).toBe(5);
    expect(recognise(strong, WATCHED).score).toBe(7);
  });

  it('tells all signs of the sample stick', () => {
    expect(recognise(volumeFixture('usb-stick'), VOLUME)).toEqual({
      layouts: new Set(),
      isCameraCard: false,
      score: -8,
      reasons: [
        'against it: a program starter, autorun.inf',
        'against it: a program, setup.exe',
        'against it: a documents folder, Documents/',
      ],
      mediaFiles: 2,
      mediaBytes: 2,
    });
  });

  it.each([
    ['autorun.inf', -2],
    ['x/autorun.inf', 0],
    ['tool.exe', -2],
    ['x/tool.dmg', -2],
    ['x/y/tool.exe', 0],
    ['tool.exe.jpg', 0],
    ['My Documents/', -4],
    ['Documents/', -4],
    ['x/Documents/', 0],
    ['Downloads/', -2],
    ['Android/', -4],
    ['Users/', -5],
    ['Windows/', -5],
    ['Backups.backupdb/', -5],
    ['ann.sparsebundle/', -5],
    ['x/ann.sparsebundle/', 0],
  ])('%s weighs %d', (path, weight) => {
    const media = Array.from({ length: 20 }, (_, i) => `clip${i}.mov`);
    const without = recognise(listingOf(media), WATCHED).score;
    expect(recognise(listingOf([...media, path]), WATCHED).score - without).toBe(weight);
  });

  it('a label decides nothing, and weighs little where there is a DCIM folder', () => {
    const dcim = volumeFixture('dashcam');
    const plain = recognise(dcim, VOLUME).score;
    for (const label of ['EOS_DIGITAL', 'NIKON Z 9', 'CAM_SD', 'B002', 'gopro', 'DJI Mini 3']) {
      expect(recognise(dcim, { ...VOLUME, label }).score).toBe(plain + 1);
      expect(recognise(listingOf(['a.jpg']), { ...VOLUME, label }).isCameraCard).toBe(false);
      expect(recognise(listingOf(['a.jpg']), { ...VOLUME, label }).score).toBe(1);
    }
    for (const label of ['', 'NO NAME', 'Untitled', 'holiday', 'MY EOS_DIGITAL', 'EOS_DIGITAL2']) {
      expect(recognise(dcim, { ...VOLUME, label }).score).toBe(plain);
    }
  });

  it('weighs media by bytes, and by number where all files are empty', () => {
    expect(scoreOf(file('a.mov', 81), file('a.xml', 19))).toBe(1);
    expect(scoreOf(file('a.mov', 80), file('a.xml', 20))).toBe(0);
    expect(scoreOf(file('a.mov', 0), file('a.xml', 0))).toBe(0);
    expect(scoreOf(file('a.mov', 0))).toBe(1);
    expect(scoreOf()).toBe(0);
  });

  it('counts strange files: up to three in ten are nothing unusual', () => {
    const media = Array.from({ length: 7 }, (_, i) => `clip${i}.mov`);
    const strange = (count: number): number =>
      recognise(
        listingOf([...media, ...Array.from({ length: count }, (_, i) => `${i}.qqq`)]),
        WATCHED,
      ).score;
    expect(strange(3)).toBe(0);
    expect(strange(4)).toBe(-2);
  });

  it('passes over junk: a deleted picture is no media, an index is no sign', () => {
    const found = recognise(
      listingOf(['.Trashes/501/IMG_0001.JPG', '._IMG_0002.JPG', '.Trashes/Users/', 'autorun.inf']),
      VOLUME,
    );
    expect(found).toMatchObject({ mediaFiles: 0, score: -2, layouts: new Set() });
  });

  it('knows the folders that files lie in, listed or not', () => {
    const listed = recognise(
      { files: [], folders: ['PRIVATE', 'PRIVATE/M4ROOT', 'PRIVATE/M4ROOT/CLIP'] },
      VOLUME,
    );
    const implied = recognise(listingOf(['PRIVATE/M4ROOT/CLIP/deep/C0001.XYZ']), VOLUME);
    expect(listed.layouts).toEqual(new Set(['sony-xavc-s']));
    expect(implied.layouts).toEqual(new Set(['sony-xavc-s']));
  });

  it('does not depend on the order of the listing', () => {
    const paths = [...volumeFixture('sony-with-software').files, ...layoutFixture('avchd').files];
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: paths.length }), (files) => {
        const { reasons: _, ...found } = recognise({ files, folders: [] }, VOLUME);
        const { reasons: __, ...expected } = recognise({ files: paths, folders: [] }, VOLUME);
        expect(found).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('holds for a card of 100,000 files', () => {
    const files = Array.from({ length: 100_000 }, (_, i) => ({
      path: `DCIM/${100 + Math.floor(i / 1000)}ABCDE/ABCD${String(i % 10_000).padStart(4, '0')}.JPG`,
      sizeBytes: 10,
      mtimeMs: 0,
    }));
    const found = recognise({ files, folders: [] }, VOLUME);
    expect(found).toMatchObject({ mediaFiles: 100_000, mediaBytes: 1_000_000, primary: 'dcf' });
  });
});

describe('primary layout', () => {
  it.each([
    [['sony-stills', 'sony-xavc-s', 'avchd'], 'sony-xavc-s'],
    [['dji', 'gopro'], 'gopro'],
    [['dcf', 'phone'], 'dcf'],
    [['canon-raw', 'canon-xf'], 'canon-raw'],
  ])('of %j is %s', (ids, primary) => {
    const files = ids.flatMap((id) => layoutFixture(id).files);
    const found = recognise({ files, folders: [] }, VOLUME);
    expect(found.primary).toBe(primary);
    for (const id of ids) expect([...found.layouts]).toContain(id);
  });

  it('is absent where there is no layout', () => {
    expect(recognise(listingOf(['a.jpg']), VOLUME)).not.toHaveProperty('primary');
  });
});

describe('the sample cards', () => {
  it.each([
    ['canon-eos-dcim', 'canon-eos-dcim', ['canon-stills', 'dcf']],
    ['gopro-dji', 'gopro-dji', ['gopro', 'dji', 'dcf']],
    ['cinema-signatures', 'cinema-signatures/red', ['red']],
    ['cinema-signatures', 'cinema-signatures/p2', ['panasonic-p2']],
    ['cinema-signatures', 'cinema-signatures/fx6', ['sony-xdroot']],
    ['cinema-signatures', 'cinema-signatures/xdcamex', ['xdcam-ex']],
    ['cinema-signatures', 'cinema-signatures/canonxf', ['canon-xf']],
    ['cinema-signatures', 'cinema-signatures/zoom', ['zoom']],
    ['cinema-signatures', 'cinema-signatures/bmd', ['blackmagic']],
  ])('%s: %s is a camera card (%j)', (archive, root, layouts) => {
    const sample = sampleCard(archive, root);
    if (sample === undefined) return;
    expect(sample.files.length).toBeGreaterThan(0);
    for (const traits of [VOLUME, WATCHED, OFFERED]) {
      const found = recognise(sample, traits);
      expect([...found.layouts]).toEqual(layouts);
      expect(found.isCameraCard).toBe(true);
      expect(found.mediaFiles).toBeGreaterThan(0);
    }
  });

  it('the stick is none', () => {
    const stick = sampleCard('usb-stick-not-a-camera', 'usb-stick-not-a-camera');
    if (stick === undefined) return;
    expect(stick.files).toHaveLength(5);
    for (const traits of [VOLUME, { ...VOLUME, fsType: 'vfat' }, WATCHED, OFFERED]) {
      expect(recognise(stick, traits).isCameraCard).toBe(false);
    }
  });
});
