import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { chooseFrames, type Frame } from '../../../src/previews/choose-frames.ts';
import { frameKindOf } from '../../../src/previews/frame-name.ts';
import { thumbnailPlaces } from '../../../src/previews/sidecars.ts';

const frame = (name: string): Frame => ({ path: `/drive/${name}`, name });
const shots = (count: number): Frame[] =>
  Array.from({ length: count }, (_, i) => frame(`DCIM/IMG_${i}.JPG`));
const names = (frames: readonly Frame[]) => frames.map(({ name }) => name);

describe('the choice of frames', () => {
  it('takes all when there is room', () => {
    expect(chooseFrames(shots(60), 60)).toEqual({ frames: shots(60), more: 0 });
  });

  it('is even over the roll, first and last included', () => {
    const { frames, more } = chooseFrames(shots(101), 5);
    expect(names(frames)).toEqual([0, 25, 50, 75, 100].map((i) => `DCIM/IMG_${i}.JPG`));
    expect(more).toBe(96);
  });

  it('takes just as many as there is room for, none twice, in order, and counts the rest', () => {
    fc.assert(
      fc.property(fc.nat({ max: 500 }), fc.integer({ min: 1, max: 80 }), (count, max) => {
        const all = shots(count);
        const { frames, more } = chooseFrames(all, max);
        const places = frames.map((f) => all.indexOf(f));
        const isRising = places.every((at, i) => i === 0 || at > (places[i - 1] ?? -1));
        const gaps = places.slice(1).map((at, i) => at - (places[i] ?? 0));
        const isEven = gaps.length === 0 || Math.max(...gaps) - Math.min(...gaps) <= 1;
        return (
          frames.length === Math.min(count, max) &&
          more === count - frames.length &&
          isRising &&
          isEven
        );
      }),
    );
  });

  it('shows one file of a shot: the one that can be shown', () => {
    const all = [
      'DCIM/A.CR3',
      'DCIM/A.JPG',
      'DCIM/b.heic',
      'DCIM/B.MOV',
      'OTHER/A.JPG',
      'DCIM/C.NEF',
    ];
    expect(names(chooseFrames(all.map(frame), 60).frames)).toEqual([
      'DCIM/A.JPG',
      'DCIM/b.heic',
      'OTHER/A.JPG',
      'DCIM/C.NEF',
    ]);
  });

  it('passes over what is no picture and no clip', () => {
    const all = ['DCIM/A.WAV', 'MISC/M0100.CTG', 'DCIM/A.THM', 'DCIM/A.XMP', 'INDEX'].map(frame);
    expect(chooseFrames(all, 60)).toEqual({ frames: [], more: 0 });
  });
});

describe('a name', () => {
  test.each([
    ['DCIM/100CANON/IMG_0001.JPG', 'picture'],
    ['a.jpeg', 'picture'],
    ['a.WebP', 'picture'],
    ['IMG_0001.CR3', 'still'],
    ['IMG_0001.HIF', 'still'],
    ['GX010001.MP4', 'video'],
    ['A003C001.R3D', 'video'],
    ['A.WAV', 'other'],
    ['JPG', 'other'],
    ['.jpg', 'other'],
    ['DCIM/._IMG_0001.JPG', 'other'],
    ['a.jpg/b', 'other'],
    ['', 'other'],
  ])('%s promises: %s', (name, kind) => {
    expect(frameKindOf(name)).toBe(kind);
  });
});

describe('a clip’s thumbnail', () => {
  test.each([
    ['/d/DCIM/100CANON/MVI_0001.MP4', '/d/DCIM/100CANON/MVI_0001.THM'],
    ['/d/DCIM/100GOPRO/GX010001.MP4', '/d/DCIM/100GOPRO/GX010001.THM'],
    ['/d/PRIVATE/M4ROOT/CLIP/C0001.MP4', '/d/PRIVATE/M4ROOT/THMBNL/C0001T01.JPG'],
    ['/d/XDROOT/Clip/X0001.MXF', '/d/XDROOT/Thmbnl/X0001T01.JPG'],
    ['/d/DCIM/100MEDIA/DJI_0001.MP4', '/d/MISC/THM/100/DJI_0001.SCR'],
    ['/d/DCIM/DJI_001/DJI_0001.MP4', '/d/MISC/THM/001/DJI_0001.THM'],
  ])('of %s may be %s', (clip, place) => {
    expect(thumbnailPlaces(clip)).toContain(place);
  });

  it('of DJI is looked for in the larger picture first', () => {
    const [first] = thumbnailPlaces('/d/DCIM/100MEDIA/DJI_0001.MP4');
    expect(first).toBe('/d/MISC/THM/100/DJI_0001.SCR');
  });

  it('is never the clip itself', () => {
    fc.assert(
      fc.property(
        fc.webPath(),
        (path) => !thumbnailPlaces(`/d${path}.MP4`).includes(`/d${path}.MP4`),
      ),
    );
  });
});
