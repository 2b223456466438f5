import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { extensionOf, roleOf } from '../../src/core/roles.ts';
import { layoutFixture, volumeFixture } from './listing.ts';

describe('the role of a file', () => {
  it.each([
    // pictures
    'DCIM/100CANON/IMG_0001.JPG',
    'DCIM/100CANON/IMG_0001.CR3',
    'DCIM/100CANON/IMG_0004.HIF',
    'DCIM/100_FUJI/DSCF0001.RAF',
    'DCIM/100MSDCF/DSC00001.ARW',
    'DCIM/100GOPRO/GOPR0024.GPR',
    'DCIM/100APPLE/IMG_0001.HEIC',
    'a/b.3fr',
    'x.dng',
    // clips
    'PRIVATE/M4ROOT/CLIP/C0001.MP4',
    'PRIVATE/AVCHD/BDMV/STREAM/00000.MTS',
    'CONTENTS/VIDEO/0001AB.MXF',
    'CONTENTS/AUDIO/0001AB00.MXF',
    'A001.RDM/A001_C001_0118AB.RDC/A001_C001_0118AB_001.R3D',
    'A001_08151623_C001.braw',
    'CRM/REEL_007/x.crm',
    'a.0000001.ari',
    'DCIM/Camera01/VID_1.insv',
    'DCIM/100NCZ_9/DSC_0001.NEV',
    // sound
    'STEREO/FOLDER01/STE-000.wav',
    'DCIM/100CANON/IMG_0005.WAV',
    'a.MP3',
  ])('%s is media', (path) => {
    expect(roleOf(path)).toBe('media');
  });

  it.each([
    'PRIVATE/M4ROOT/CLIP/C0001M01.XML',
    'PRIVATE/M4ROOT/SUB/C0001S03.MP4',
    'PRIVATE/M4ROOT/THMBNL/C0001T01.JPG',
    'PRIVATE/XDROOT/Sub/C0001S03.MP4',
    'Thmbnl/C0001T01.JPG',
    'CONTENTS/ICON/0001AB.BMP',
    'CONTENTS/PROXY/0001AB.MP4',
    'CONTENTS/VOICE/0001AB00.WAV',
    'CONTENTS/CLIP/0001AB.XML',
    'MISC/THM/100/DJI_0001.JPG',
    'MISC/THM/100/DJI_0001.SCR',
    'Proxy/A001_08151623_C001.mp4',
    'REEL2/Proxy/A001.mov',
    'DCIM/100GOPRO/GL010042.LRV',
    'DCIM/100GOPRO/GX010042.THM',
    'DCIM/DJI_001/DJI_0001.SRT',
    'DCIM/DJI_001/DJI_0001.LRF',
    'DCIM/101CANON/IMG_0006.XMP',
    'A001_08151623_C001.sidecar',
    'FOLDER01/ZOOM0001/ZOOM0001.hprj',
    'PRIVATE/AVCHD/BDMV/PLAYLIST/00000.MPL',
    'PRIVATE/AVCHD/BDMV/CLIPINF/00000.CPI',
  ])('%s is a sidecar', (path) => {
    expect(roleOf(path)).toBe('sidecar');
  });

  const MANAGEMENT = [
    'PRIVATE/SONY/SONYCARD.IND',
    'PRIVATE/DATABASE/DATABASE.BIN',
    'AVF_INFO/AVIN0001.BNP',
    'AVF_INFO/PRV00001.BIN',
    'PRIVATE/M4ROOT/MEDIAPRO.XML',
    'M4ROOT/STATUS.BIN',
    'PRIVATE/XDROOT/CUEUP.XML',
    'MEDIAPRO.XML',
    'PROAV/DISCINFO.XML',
    'BPAV/MEDIAPRO.XML',
    'PRIVATE/AVCHD/BDMV/INDEX.BDM',
    'AVCHD/BDMV/MOVIEOBJ.BDM',
    'BDMV/index.bdmv',
    'BDMV/MovieObject.bdmv',
    'PRIVATE/AVCHD/AVCHDTN/THUMB.TDT',
    'CONTENTS/INDEX.MIF',
    'CONTENTS/CLIPS001/INDEX.MIF',
    'LASTCLIP.TXT',
    'DCIM/EOSMISC/M0100.CTG',
    'DCIM/CANONMSC/M0100.CTG',
    'NIKON001.DSC',
    'DCIM/NIKON001.DSC',
    'MISC/AUTPRINT.MRK',
    'MISC/version.txt',
    'CAMSET/CAMSET01.CSD',
    'Get_started_with_GoPro.url',
    'MISC/GIS/dji.gis',
    'MISC/IDX/a/b.idx',
    'DCIM/fileinfo_list.list',
    'DCIM/Camera01/fileinfo_list.list',
    'A001.RDM/digital_magazine.bin',
    'A001.RDM/digital_magdynamic.bin',
    'SOUNDDEV/SDINFO.TXT',
  ];

  it.each(MANAGEMENT)('%s is management', (path) => {
    expect(roleOf(path)).toBe('management');
    expect(roleOf(path.toLowerCase())).toBe('management');
    expect(roleOf(path.toUpperCase())).toBe('management');
  });

  // A management name elsewhere may be somebody's file: with nothing but management a card counts as empty.
  it.each(MANAGEMENT)('%s is precious in any other place or with any other ending', (path) => {
    expect(roleOf(`backup/${path}`)).not.toBe('management');
    expect(roleOf(`${path}.zip`)).not.toBe('management');
  });

  // A RED magazine's folder may have any name.
  it.each(MANAGEMENT.filter((path) => !path.includes('.RDM/')))('x%s is precious', (path) => {
    expect(roleOf(`x${path}`)).not.toBe('management');
  });

  it.each([
    ['a video that a person put among the indexes', 'AVF_INFO/wedding.mp4', 'media'],
    ['a picture there', 'DCIM/EOSMISC/IMG_0001.JPG', 'media'],
    ['a picture in MISC', 'MISC/IMG_0001.JPG', 'media'],
    ['notes in MISC', 'MISC/notes.txt', 'other'],
    ['a picture in a log folder', 'MISC/LOG/a.jpg', 'media'],
    ['a tracked way', 'NCFL/track.bin', 'other'],
    ['dust reference', 'NDF/dust.ndf', 'other'],
    ['rescued by chkdsk', 'FOUND.000/FILE0000.CHK', 'other'],
    ['no extension', 'README', 'other'],
    ['a hidden file is no extension', '.jpg', 'other'],
    ['a folder with a dot', 'a.jpg/file', 'other'],
    ['an extension in a longer one', 'a.jpgx', 'other'],
    ['a trailing dot', 'a.jpg.', 'other'],
    ['not a proxy folder', 'Proxyshots/a.mp4', 'media'],
    ['not a Sub folder in the root', 'x/Sub/a.mp4', 'media'],
    ['deeper than a Sub folder', 'Sub/x/a.mp4', 'media'],
  ])('%s: %s is %s', (_what, path, role) => {
    expect(roleOf(path)).toBe(role);
  });

  it('is never management for anything with a media extension', () => {
    const part = fc.constantFrom(
      'PRIVATE',
      'SONY',
      'DATABASE',
      'AVF_INFO',
      'M4ROOT',
      'XDROOT',
      'AVCHD',
      'BDMV',
      'AVCHDTN',
      'CONTENTS',
      'CLIPS001',
      'DCIM',
      'EOSMISC',
      'CANONMSC',
      'MISC',
      'GIS',
      'IDX',
      'LOG',
      'CAMSET',
      'A001.RDM',
      'SOUNDDEV',
      'PROAV',
      'BPAV',
      'Camera01',
    );
    const extension = fc.constantFrom('jpg', 'CR3', 'mp4', 'MXF', 'wav', 'r3d', 'braw', 'insv');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.string(), extension, (parts, stem, ext) => {
        const path = [...parts, `${stem.replaceAll('/', '_')}x.${ext}`].join('/');
        expect(['media', 'sidecar']).toContain(roleOf(path));
      }),
    );
  });

  it('finds nothing but management on a card just formatted', () => {
    const roles = volumeFixture('formatted-sony').files.map((file) => roleOf(file.path));
    expect(new Set(roles)).toEqual(new Set(['management']));
  });

  it('knows every file of the layouts’ listings', () => {
    const unknown = ['red', 'sony-xavc-s', 'canon-xf', 'panasonic-p2', 'avchd', 'gopro', 'dji']
      .flatMap((id) => layoutFixture(id).files)
      .filter((file) => roleOf(file.path) === 'other');
    expect(unknown).toEqual([]);
  });
});

describe('the extension', () => {
  it.each([
    ['a.JPG', 'jpg'],
    ['a/b.c/d.Cr3', 'cr3'],
    ['a.tar.gz', 'gz'],
    ['a', ''],
    ['.hidden', ''],
    ['a.b/c', ''],
    ['a.', ''],
    ['', ''],
  ])('of "%s" is "%s"', (path, extension) => {
    expect(extensionOf(path)).toBe(extension);
  });
});
