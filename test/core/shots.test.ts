import { describe, expect, it } from '@jest/globals';
import { shotsOf, shotsText } from '../../src/core/shots.ts';

const on = (...paths: readonly string[]) => shotsOf(paths.map((path) => ({ path })));

describe('what a card holds in shots', () => {
  it('counts a RAW file with its JPEG and its voice memo once', () => {
    const shots = on(
      'DCIM/100CANON/IMG_0001.CR3',
      'DCIM/100CANON/IMG_0001.JPG',
      'DCIM/100CANON/IMG_0002.CR3',
      'DCIM/100CANON/IMG_0002.WAV',
      'DCIM/EOSMISC/M0100.CTG',
    );
    expect(shots).toEqual({ camera: 'Canon', clips: 2, media: 4 });
  });

  it('counts a clip with its proxy and its sidecars once', () => {
    const root = 'PRIVATE/M4ROOT';
    const shots = on(
      `${root}/CLIP/C0001.MP4`,
      `${root}/CLIP/C0001M01.XML`,
      `${root}/SUB/C0001S03.MP4`,
      `${root}/THMBNL/C0001T01.JPG`,
      `${root}/MEDIAPRO.XML`,
    );
    expect(shots).toEqual({ camera: 'Sony XAVC S', clips: 1, media: 1 });
  });

  it('says so when no camera is recognised, and of nothing that it is nothing', () => {
    expect(on('notes.txt')).toEqual({ camera: null, clips: 0, media: 0 });
    expect(shotsText(on())).toBe('No camera recognised: 0 clips in 0 media files');
    expect(shotsText({ camera: 'Canon', clips: 1, media: 1 })).toBe(
      'Canon: 1 clip in 1 media file',
    );
    expect(shotsText({ camera: 'Canon', clips: 1200, media: 2400 })).toBe(
      'Canon: 1,200 clips in 2,400 media files',
    );
  });
});
