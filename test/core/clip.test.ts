import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupClips } from '../../src/core/clip.ts';
import { LAYOUTS, type LayoutId } from '../../src/core/layouts.ts';
import { recognise } from '../../src/core/recognise.ts';
import { roleOf } from '../../src/core/roles.ts';
import { layoutFixture, listingOf, sampleCard } from './listing.ts';

const CARD = { fsType: 'exfat', origin: 'volume', label: '' } as const;

function clipsOf(paths: readonly string[], ...more: LayoutId[]): Record<string, readonly string[]> {
  const { files } = listingOf(paths);
  const layouts = new Set([...recognise({ files, folders: [] }, CARD).layouts, ...more]);
  return Object.fromEntries(
    groupClips(files, layouts).map((clip) => [clip.name, clip.files.map((file) => file.path)]),
  );
}

describe('every row of the table', () => {
  it.each(LAYOUTS.map(({ id }) => ({ id })))(
    '$id: its files form the clips of its listing',
    ({ id }) => {
      const fixture = layoutFixture(id);
      const { layouts } = recognise(fixture, CARD);
      const clips = groupClips(fixture.files, layouts);
      const found = new Map(
        clips.map((clip) => [clip.name, clip.files.map((f) => f.path).toSorted()]),
      );
      const expected = new Map([...fixture.clips].map(([name, paths]) => [name, paths.toSorted()]));
      expect(found).toEqual(expected);
    },
  );

  it('each rule is used by some layout’s listing', () => {
    const used = new Set(
      LAYOUTS.flatMap(({ id }) => {
        const fixture = layoutFixture(id);
        return groupClips(fixture.files, recognise(fixture, CARD).layouts).map((clip) => clip.rule);
      }),
    );
    expect([...used].toSorted()).toEqual([...new Set(LAYOUTS.map((l) => l.clips))].toSorted());
  });
});

describe('what is one shot and what is not', () => {
  it('same number in two folders: two shots', () => {
    expect(
      Object.keys(clipsOf(['DCIM/100CANON/IMG_0003.JPG', 'DCIM/101CANON/IMG_0003.JPG'])),
    ).toEqual(['DCIM/100CANON/0003', 'DCIM/101CANON/0003']);
  });

  it('names with five digits go by their stem, not by the last four', () => {
    expect(
      Object.keys(clipsOf(['DCIM/100MSDCF/DSC00001.ARW', 'DCIM/100MSDCF/DSC10001.ARW'])),
    ).toHaveLength(2);
  });

  it('upper and lower case are one name', () => {
    expect(clipsOf(['DCIM/100CANON/IMG_0003.JPG', 'dcim/100canon/img_0003.cr3'])).toEqual({
      'DCIM/100CANON/0003': ['DCIM/100CANON/IMG_0003.JPG', 'dcim/100canon/img_0003.cr3'],
    });
  });

  it('a proxy beside a Canon clip belongs to it', () => {
    expect(clipsOf(['DCIM/100EOSR5/MVI_0007.CRM', 'DCIM/100EOSR5/MVI_0007_Proxy.MP4'])).toEqual({
      'DCIM/100EOSR5/0007': ['DCIM/100EOSR5/MVI_0007.CRM', 'DCIM/100EOSR5/MVI_0007_Proxy.MP4'],
    });
  });

  it('a sidecar named after the whole file belongs to it; a second picture does not', () => {
    expect(clipsOf(['a/b.cr3', 'a/b.cr3.xmp', 'a/b.jpg', 'a/b.cr3.jpg'])).toEqual({
      'a/b': ['a/b.cr3', 'a/b.cr3.xmp', 'a/b.jpg'],
      'a/b.cr3': ['a/b.cr3.jpg'],
    });
  });

  it('GoPro: chapters belong together, another video and a photo with the same number do not', () => {
    expect(
      clipsOf([
        'DCIM/100GOPRO/GH010042.MP4',
        'DCIM/100GOPRO/GH020042.MP4',
        'DCIM/100GOPRO/GH010043.MP4',
        'DCIM/100GOPRO/GOPR0042.JPG',
        'DCIM/100GOPRO/GOPR0042.WAV',
        'DCIM/100GOPRO/GX010042.WAV',
        'DCIM/100GOPRO/G0010044.JPG',
      ]),
    ).toEqual({
      'DCIM/100 video 0042': [
        'DCIM/100GOPRO/GH010042.MP4',
        'DCIM/100GOPRO/GH020042.MP4',
        'DCIM/100GOPRO/GX010042.WAV',
      ],
      'DCIM/100 video 0043': ['DCIM/100GOPRO/GH010043.MP4'],
      'DCIM/100 photo 0042': ['DCIM/100GOPRO/GOPR0042.JPG', 'DCIM/100GOPRO/GOPR0042.WAV'],
      'DCIM/100GOPRO/G0010044': ['DCIM/100GOPRO/G0010044.JPG'],
    });
  });

  it('Sony: only the small files lose their suffix, a clip whose name ends like one does not', () => {
    expect(
      clipsOf([
        'PRIVATE/M4ROOT/CLIP/A7M01.MP4',
        'PRIVATE/M4ROOT/CLIP/A7M01M01.XML',
        'PRIVATE/M4ROOT/CLIP/A7.MP4',
      ]),
    ).toEqual({
      'PRIVATE/M4ROOT/A7M01': ['PRIVATE/M4ROOT/CLIP/A7M01.MP4', 'PRIVATE/M4ROOT/CLIP/A7M01M01.XML'],
      'PRIVATE/M4ROOT/A7': ['PRIVATE/M4ROOT/CLIP/A7.MP4'],
    });
  });

  it('DJI: the same base name in two folders is two shots', () => {
    expect(
      Object.keys(clipsOf(['DCIM/DJI_001/DJI_0001.MP4', 'DCIM/100MEDIA/DJI_0001.JPG'])),
    ).toEqual(['DJI 001/DJI_0001', 'DJI 100/DJI_0001']);
  });

  it('Insta360: another moment or another counter is another shot', () => {
    expect(
      Object.keys(
        clipsOf([
          'DCIM/Camera01/VID_20260830_101112_00_003.insv',
          'DCIM/Camera01/PRO_VID_20260830_101112_10_003.insv',
          'DCIM/Camera01/VID_20260830_101112_00_004.insv',
          'DCIM/Camera01/VID_20260830_101113_00_003.insv',
        ]),
      ),
    ).toEqual(['20260830_101112_003', '20260830_101112_004', '20260830_101113_003']);
  });

  it('sound: tracks of one take belong together, takes do not', () => {
    expect(
      clipsOf(
        [
          'AUDIO/T01_Tr1.WAV',
          'AUDIO/T01_Tr2.WAV',
          'AUDIO/T01_LR.WAV',
          'AUDIO/T02_Tr1.WAV',
          'AUDIO/x.mp3',
        ],
        'audio-folders',
      ),
    ).toEqual({
      'AUDIO/T01': ['AUDIO/T01_Tr1.WAV', 'AUDIO/T01_Tr2.WAV', 'AUDIO/T01_LR.WAV'],
      'AUDIO/T02': ['AUDIO/T02_Tr1.WAV'],
      'AUDIO/x': ['AUDIO/x.mp3'],
    });
  });

  it('rules do not reach beyond their layout: what none claims goes by folder and stem', () => {
    expect(
      clipsOf([
        'A001.RDM/A001_C001_0118AB.RDC/A001_C001_0118AB_001.R3D',
        'extra/a.mov',
        'extra/a.xml',
        'b.mov',
      ]),
    ).toEqual({
      'A001.RDM/A001_C001_0118AB.RDC': ['A001.RDM/A001_C001_0118AB.RDC/A001_C001_0118AB_001.R3D'],
      'extra/a': ['extra/a.mov', 'extra/a.xml'],
      b: ['b.mov'],
    });
    expect(groupClips(listingOf(['DCIM/100CANON/IMG_0003.JPG']).files, new Set())).toEqual([
      {
        name: 'DCIM/100CANON/IMG_0003',
        rule: 'same-stem',
        files: [expect.objectContaining({ path: 'DCIM/100CANON/IMG_0003.JPG' })],
      },
    ]);
  });

  it('without media there is no clip, and management files are in none', () => {
    expect(clipsOf(['DCIM/100CANON/IMG_0003.XMP', 'notes.txt'])).toEqual({});
    expect(clipsOf(['PRIVATE/AVCHD/BDMV/INDEX.BDM'])).toEqual({});
    expect(
      clipsOf(['PRIVATE/AVCHD/BDMV/INDEX.BDM', 'PRIVATE/AVCHD/BDMV/STREAM/00000.MTS']),
    ).toEqual({
      'PRIVATE/AVCHD': ['PRIVATE/AVCHD/BDMV/STREAM/00000.MTS'],
    });
  });
});

describe('grouping', () => {
  const everything = LAYOUTS.flatMap(({ id }) => layoutFixture(id).files);
  const all = new Set(LAYOUTS.map((layout) => layout.id));

  it('puts each media file into exactly one clip, whatever the layouts and the order', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...new Map(everything.map((f) => [f.path, f])).values()]),
        fc.subarray([...all]),
        (files, layouts) => {
          const clips = groupClips(files, new Set(layouts));
          const grouped = clips.flatMap((clip) => clip.files.map((file) => file.path));
          expect(new Set(grouped).size).toBe(grouped.length);
          const media = files.filter((file) => roleOf(file.path) === 'media');
          for (const { path } of media) expect(grouped).toContain(path);
          for (const clip of clips) {
            expect(clip.files.some((file) => roleOf(file.path) === 'media')).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('a frame sequence of 20,000 files is one clip', () => {
    const frames = Array.from(
      { length: 20_000 },
      (_, i) =>
        `ARRIRAW/A003C001_140101_R1AB/A003C001_140101_R1AB.${String(i).padStart(7, '0')}.ari`,
    );
    expect(Object.keys(clipsOf(frames))).toEqual(['ARRIRAW/A003C001_140101_R1AB']);
  });

  it('counts the shots of the sample cards', () => {
    const card = sampleCard('gopro-dji', 'gopro-dji');
    if (card === undefined) return;
    const clips = groupClips(card.files, recognise(card, CARD).layouts);
    expect(clips.map((clip) => `${clip.name}: ${clip.files.length}`).toSorted()).toEqual([
      'DCIM/100 photo 0024: 2',
      'DCIM/100 photo 0043: 2',
      'DCIM/100 photo 9231: 1',
      'DCIM/100 video 0042: 6',
      'DCIM/101 photo 7066: 2',
      'DJI 001/DJI_0001: 3',
      'DJI 001/DJI_0002: 1',
      'DJI 001/DJI_0003: 1',
      'DJI 100/DJI_0001: 3',
    ]);
  });
});
