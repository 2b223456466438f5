import { describe, expect, it } from '@jest/globals';
import { LAYOUTS, type LayoutId } from '../../src/core/layouts.ts';
import { recognise, type VolumeTraits } from '../../src/core/recognise.ts';
import { layoutFixture, listingOf } from './listing.ts';

const CARD: VolumeTraits = { fsType: 'exfat', origin: 'volume', label: 'Untitled' };

function layoutsOf(paths: readonly string[]): readonly LayoutId[] {
  return [...recognise(listingOf(paths), CARD).layouts];
}

describe('every row of the table', () => {
  it.each(LAYOUTS.map(({ id, strength }) => ({ id, strength })))(
    '$id ($strength) is known by its own listing, in any case',
    ({ id, strength }) => {
      const fixture = layoutFixture(id);
      const found = recognise(fixture, CARD);
      expect(found.layouts).toContain(id);
      expect(found.isCameraCard || strength === 'weak').toBe(true);

      const upper = listingOf(fixture.files.map((file) => file.path.toUpperCase()));
      expect(recognise(upper, CARD).layouts).toContain(id);
      const lower = listingOf(fixture.files.map((file) => file.path.toLowerCase()));
      expect(recognise(lower, CARD).layouts).toContain(id);
    },
  );

  it.each(LAYOUTS.map(({ id }) => ({ id })))('$id is not known one folder deeper', ({ id }) => {
    const deeper = layoutFixture(id).files.map((file) => `Ingest/2026/card/${file.path}`);
    // ARRI frames and recorder projects are telling wherever they lie, but these listings are deep enough.
    const found = layoutsOf(deeper).filter((layout) => layout !== 'arri');
    expect(found).toEqual([]);
  });

  it('has each id once, each with a name and a signature', () => {
    const ids = LAYOUTS.map((layout) => layout.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, signature } of LAYOUTS) {
      expect(name).not.toBe('');
      expect(signature.length).toBeGreaterThan(0);
      expect(signature.every((alternative) => alternative.length > 0)).toBe(true);
      for (const pattern of signature.flat()) expect(pattern.flags).toBe('i');
    }
  });
});

/** Each alternative of each signature by itself: enough on the left, one fact missing on the right. */
const ALTERNATIVES: readonly (readonly [LayoutId, readonly string[], readonly string[]])[] = [
  ['red', ['A001.RDM/x.bin'], ['A001.RDMX/x.bin']],
  ['red', ['A001_C001_0118AB.RDC/A001_C001_0118AB_001.R3D'], ['A001_C001_0118AB.RDC/notes.txt']],
  ['red', ['REEL/A001_C001_0118AB.RDC/A001_C001_0118AB_001.R3D'], ['A001_C001_0118AB_001.R3D']],
  ['arri', ['ARRIRAW/x'], ['ARRIRAW2/x']],
  ['arri', ['ARRIMEDIA/x'], ['media/ARRIMEDIA/x']],
  ['arri', ['a/b/c.0000001.ari'], ['a/b/c.0000001.arw']],
  ['arri', ['a/b/c.0000001.arx'], ['a/b/c.0000001.arx.txt']],
  ['arri', ['A001R2EC/A001C002_140301_R2EC.mov'], ['A001R2EC/C002_140301.mov']],
  ['arri', ['AVF/', 'A001C002_140301_R2EC.mov'], ['AVF/']],
  ['arri', ['AVF/', 'A001C002_140301_R2EC.mov'], ['A001C002_140301_R2EC.mov']],
  ['blackmagic', ['A001_08151623_C001.braw'], ['A001_0815_C001.braw']],
  ['blackmagic', ['REEL/A001_08151623_C001.braw'], ['a/b/A001_08151623_C001.braw']],
  ['sony-xocn', ['A1/Clip/A001C001_260822/a.mxf'], ['A1/Clip/A001C001_260822/a.xml']],
  ['sony-xdroot', ['PRIVATE/XDROOT/Clip/'], ['PRIVATE/XDROOT/']],
  ['sony-xdroot', ['XDROOT/MEDIAPRO.XML'], ['XDROOT/OTHER.XML']],
  ['xdcam-fam', ['Clip/', 'MEDIAPRO.XML', 'DISCMETA.XML'], ['Clip/', 'MEDIAPRO.XML']],
  ['xdcam-fam', ['Clip/', 'MEDIAPRO.XML', 'DISCMETA.XML'], ['Clip/', 'DISCMETA.XML']],
  ['xdcam-fam', ['Clip/', 'MEDIAPRO.XML', 'DISCMETA.XML'], ['MEDIAPRO.XML', 'DISCMETA.XML']],
  ['xdcam-sam', ['PROAV/INDEX.XML', 'PROAV/CLPR/'], ['PROAV/INDEX.XML']],
  ['xdcam-sam', ['PROAV/DISCINFO.XML', 'PROAV/CLPR/'], ['PROAV/CLPR/']],
  ['xdcam-ex', ['BPAV/CLPR/'], ['BPAV/']],
  ['canon-raw', ['CONTENTS/CLIPS001/A/x.CRM'], ['CONTENTS/CLIPS001/A/x.MXF']],
  ['canon-raw', ['CRM/REEL_007/x.CRM'], ['CRM/007/x.CRM']],
  ['canon-raw', ['DCIM/100EOSR5/x.CRM'], ['DCIM/x.CRM']],
  ['canon-xf', ['CONTENTS/CLIPS001/'], ['CONTENTS/CLIPS1/']],
  ['panasonic-p2', ['CONTENTS/CLIP/', 'CONTENTS/VIDEO/'], ['CONTENTS/CLIP/']],
  ['panasonic-p2', ['CONTENTS/CLIP/', 'CONTENTS/AUDIO/'], ['CONTENTS/AUDIO/']],
  ['panasonic-p2', ['CONTENTS/', 'LASTCLIP.TXT'], ['CONTENTS/']],
  ['panasonic-p2', ['CONTENTS/', 'LASTCLIP.TXT'], ['LASTCLIP.TXT']],
  ['sony-xavc-s', ['PRIVATE/M4ROOT/CLIP/'], ['PRIVATE/M4ROOT/']],
  ['sony-xavc-s', ['M4ROOT/STATUS.BIN'], ['STATUS.BIN']],
  ['sony-xavc-s', ['PRIVATE/M4ROOT/MEDIAPRO.XML'], ['PRIVATE/M4ROOT/MEDIAPRO.XML.txt']],
  ['panasonic', ['PRIVATE/PANA_GRP/001RAQAM/'], ['PRIVATE/PANA_GRP/RAQAM/']],
  ['panasonic', ['PRIVATE/PANA_EXT/'], ['PANA_EXT/']],
  ['panasonic', ['DCIM/100_PANA/'], ['DCIM/PANA/']],
  ['avchd', ['PRIVATE/AVCHD/BDMV/'], ['PRIVATE/AVCHD/']],
  ['avchd', ['AVCHD/BDMV/'], ['AVCHD/']],
  ['avchd', ['BDMV/STREAM/', 'BDMV/MovieObject.bdmv'], ['BDMV/STREAM/']],
  ['avchd', ['BDMV/CLIPINF/', 'BDMV/INDEX.BDM'], ['BDMV/INDEX.BDM']],
  ['gopro', ['DCIM/100GOPRO/'], ['100GOPRO/']],
  ['gopro', ['DCIM/100GBACK/'], ['DCIM/GBACK/']],
  ['gopro', ['Get_started_with_GoPro.url'], ['x/Get_started_with_GoPro.url']],
  ['insta360', ['DCIM/VID_1.insv'], ['VID_1.insv']],
  ['insta360', ['DCIM/Camera01/IMG_1.insp'], ['DCIM/Camera01/IMG_1.jpg']],
  ['insta360', ['DCIM/fileinfo_list.list'], ['fileinfo_list.list']],
  ['insta360', ['MISC/Camera01/a.pb'], ['MISC/a.pb']],
  ['dji', ['DCIM/DJI_001/'], ['DCIM/DJI/']],
  ['dji', ['DCIM/101_DJI_A/'], ['101_DJI_A/']],
  ['dji', ['DCIM/100MEDIA/DJI_0001.JPG'], ['DCIM/100MEDIA/IMG_0001.JPG']],
  ['dji', ['MISC/GIS/', 'x/DJI_0001.MP4'], ['x/DJI_0001.MP4']],
  ['dji', ['MISC/GIS/', 'x/DJI_0001.MP4'], ['MISC/GIS/']],
  ['canon-stills', ['DCIM/100CANON/'], ['DCIM/CANON/']],
  ['canon-stills', ['DCIM/100EOSR5/'], ['100EOSR5/']],
  ['canon-stills', ['DCIM/EOSMISC/'], ['EOSMISC/']],
  ['canon-stills', ['DCIM/CANONMSC/'], ['CANONMSC/']],
  ['nikon', ['DCIM/100NIKON/'], ['DCIM/NIKON/']],
  ['nikon', ['DCIM/100NCD90/'], ['100NCD90/']],
  ['nikon', ['NIKON/DCIM/101NZ_30/'], ['NIKON/101NZ_30/']],
  ['nikon', ['DCIM/NIKON001.DSC'], ['x/y/NIKON001.DSC']],
  ['nikon', ['NCFL/', 'DCIM/'], ['NCFL/']],
  ['nikon', ['NCFL/', 'DCIM/'], ['DCIM/']],
  ['fujifilm', ['DCIM/100_FUJI/'], ['DCIM/100FUJI/']],
  ['sony-stills', ['DCIM/100MSDCF/'], ['DCIM/MSDCF/']],
  ['sony-stills', ['DCIM/10161231/'], ['DCIM/10161331/']],
  ['sony-stills', ['DCIM/10160131/'], ['DCIM/10160132/']],
  ['dcf', ['DCIM/100ABCDE/ABCD0001.JPG'], ['DCIM/000ABCDE/ABCD0001.JPG']],
  ['dcf', ['DCIM/999_____/____9999.X'], ['DCIM/999____/____9999.X']],
  ['dcf', ['DCIM/100ABCDE/ABCD0001.JPG'], ['DCIM/100ABCDE/ABCD001.JPG']],
  ['dcf', ['DCIM/100ABCDE/ABCD0001.JPG'], ['DCIM/100ABCDE/']],
  ['zoom', ['STEREO/FOLDER01/'], ['STEREO/']],
  ['zoom', ['FOLDER01/ZOOM0001/'], ['FOLDER01/']],
  ['zoom', ['F200101_001/F200101_001.h8prj'], ['F200101_001.h8prj']],
  ['zoom', ['x/y/z.zprj'], ['x/y/z.prj']],
  ['zoom', ['260830_007_Tr1.WAV'], ['260830_007.WAV']],
  ['tascam', ['DA Files/da6400_takes.bin'], ['DA Files/takes.bin']],
  ['tascam', ['MUSIC/TASCAM_0001.wav'], ['MUSIC/0001.wav']],
  ['tascam', ['AUDIO/FOLDER/TASCAM_0001S12.wav'], ['TASCAM_0001S12.wav']],
  ['sound-devices', ['SOUNDDEV/SDINFO.TXT'], ['SOUNDDEV/']],
  ['audio-folders', ['PROJECT/a/b/c.wav'], ['PROJECT/a/b/c/d.wav']],
  ['audio-folders', ['Sound/a.w64'], ['Sound/a.mp3']],
  ['phone', ['DCIM/Camera/'], ['Camera/']],
  ['phone', ['DCIM/100APPLE/'], ['100APPLE/']],
  ['phone', ['Pictures/'], ['My Pictures/']],
  ['phone', ['WhatsApp/'], ['App/']],
];

describe('every alternative of a signature', () => {
  it.each(ALTERNATIVES)('%s: %j is enough, %j is not', (id, enough, lacking) => {
    expect(layoutsOf(enough)).toContain(id);
    expect(layoutsOf(lacking)).not.toContain(id);
  });

  it('is tried by at least one example', () => {
    const tried = LAYOUTS.flatMap(({ id, signature }) =>
      signature.map((alternative) =>
        ALTERNATIVES.some(
          ([other, enough]) =>
            other === id &&
            alternative.every((pattern) => enough.some((path) => pattern.test(path))),
        ),
      ),
    );
    expect(tried).not.toContain(false);
  });
});
