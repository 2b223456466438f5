import { describe, expect, it } from '@jest/globals';
import { isMediaIndex, missingFrom } from '../../src/core/media-index.ts';

const INDEX = 'PRIVATE/M4ROOT/MEDIAPRO.XML';
const TEXT = `<?xml version="1.0" encoding="UTF-8"?>
<MediaProfile xmlns="http://xmlns.sony.net/pro/metadata/mediaprofile" version="2.10">
  <Contents>
    <Material uri="./CLIP/C0001.MP4" type="MP4" dur="100" umid="060A">
      <Proxy uri="./SUB/C0001S03.MP4" type="MP4"/>
      <RelevantInfo uri="./CLIP/C0001M01.XML" type="XML"/>
      <RelevantInfo uri='./THMBNL/C0001T01.JPG' type="JPG"/>
    </Material>
    <Material umid="060B" uri="./CLIP/C0002.MP4" type="MP4"/>
  </Contents>
</MediaProfile>`;
const ALL = [
  'PRIVATE/M4ROOT/CLIP/C0001.MP4',
  'PRIVATE/M4ROOT/CLIP/C0001M01.XML',
  'PRIVATE/M4ROOT/CLIP/C0002.MP4',
  'PRIVATE/M4ROOT/SUB/C0001S03.MP4',
  'PRIVATE/M4ROOT/THMBNL/C0001T01.JPG',
];

describe('the camera’s own list', () => {
  it.each([INDEX, 'private/xdroot/MediaPro.xml', 'MEDIAPRO.XML', 'BPAV/MEDIAPRO.XML'])(
    'is %s',
    (path) => expect(isMediaIndex(path)).toBe(true),
  );

  it.each(['DCIM/MEDIAPRO.XML', 'PRIVATE/M4ROOT/CLIP/C0001M01.XML', 'XMEDIAPRO.XML'])(
    'is not %s',
    (path) => expect(isMediaIndex(path)).toBe(false),
  );

  it('misses nothing where all it names is there, whatever the capitals', () => {
    expect(missingFrom(INDEX, TEXT, ALL)).toEqual([]);
    expect(
      missingFrom(
        INDEX,
        TEXT,
        ALL.map((path) => path.toLowerCase()),
      ),
    ).toEqual([]);
  });

  it.each(ALL)('misses %s', (path) => {
    expect(
      missingFrom(
        INDEX,
        TEXT,
        ALL.filter((one) => one !== path),
      ),
    ).toEqual([path]);
  });

  it('names a file once, and nothing outside its folder', () => {
    const text = `<Material uri="CLIP/A&amp;B.MP4"/><Material uri="./clip/a&amp;b.mp4"/>
      <Material uri="../DCIM/X.JPG"/><Material uri="urn:smpte:umid:06"/><Material uri=""/><Other uri="Y"/>`;
    expect(missingFrom('MEDIAPRO.XML', text, [])).toEqual(['clip/a&b.mp4']);
    expect(missingFrom(INDEX, 'no list at all', [])).toEqual([]);
  });
});
