import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { pictureTypeOf } from '../../../src/previews/picture-type.ts';
import { isPlainTiff } from '../../../src/previews/plain-tiff.ts';

const latin1 = (text: string) => Buffer.from(text.padEnd(32, '\0'), 'latin1');

describe('the first bytes', () => {
  test.each([
    ['\xff\xd8\xff\xe1\x00\x10Exif', 'jpeg'],
    ['\x89PNG\r\n\x1a\n', 'png'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'webp'],
    ['II*\0\x08\0\0\0', 'tiff'],
    ['MM\0*\0\0\0\x08', 'tiff'],
    ['II*\0\x10\0\0\0CR\x02\0', 'foreign'],
    ['IIU\0\x18\0\0\0', 'foreign'],
    ['IIRO\x08\0\0\0', 'foreign'],
    ['II\x1a\0\0\0HEAPCCDR', 'foreign'],
    ['FUJIFILMCCD-RAW 0201', 'foreign'],
    ['FOVb', 'foreign'],
    ['\0MRM', 'foreign'],
    ['\0\0\0\x18ftypcrx ', 'foreign'],
    ['\0\0\0\x18ftypheic', 'foreign'],
    ['RIFF\x10\0\0\0AVI LIST', 'foreign'],
    ['NOTRIFF WEBPVP8 ', 'unknown'],
    ['', 'unknown'],
    ['\xff\xd8', 'unknown'],
    ['<html>', 'unknown'],
  ])('%j are: %s', (bytes, type) => {
    expect(pictureTypeOf(latin1(bytes))).toBe(type);
  });

  it('of an empty or short file are nothing', () => {
    expect(pictureTypeOf(new Uint8Array())).toBe('unknown');
    expect(pictureTypeOf(Uint8Array.of(0xff, 0xd8))).toBe('unknown');
  });

  it('are looked at where they are, also within a larger buffer', () => {
    const whole = Buffer.concat([Buffer.from('xx'), latin1('\xff\xd8\xff')]);
    expect(pictureTypeOf(whole.subarray(2))).toBe('jpeg');
  });
});

interface Tag {
  readonly tag: number;
  readonly type?: number;
  readonly values: readonly number[];
}

/** A TIFF file with one directory and `dataBytes` of picture. */
function tiff(tags: readonly Tag[], dataBytes: number, little = true): Buffer {
  const u16 = (n: number) => {
    const b = Buffer.alloc(2);
    return little ? (b.writeUInt16LE(n), b) : (b.writeUInt16BE(n), b);
  };
  const u32 = (n: number) => {
    const b = Buffer.alloc(4);
    return little ? (b.writeUInt32LE(n), b) : (b.writeUInt32BE(n), b);
  };
  const start = 8 + dataBytes;
  let tail = start + 2 + tags.length * 12 + 4;
  const outside: Buffer[] = [];
  const entries = tags.map(({ tag, type = 4, values }) => {
    const bytes = Buffer.concat(values.map((v) => (type === 3 ? u16(v) : u32(v))));
    let field = Buffer.concat([bytes, Buffer.alloc(4)]).subarray(0, 4);
    if (bytes.length > 4) {
      field = u32(tail);
      outside.push(bytes);
      tail += bytes.length;
    }
    return Buffer.concat([u16(tag), u16(type), u32(values.length), field]);
  });
  return Buffer.concat([
    Buffer.from(little ? 'II' : 'MM'),
    u16(42),
    u32(start),
    Buffer.alloc(dataBytes, 7),
    u16(tags.length),
    ...entries,
    u32(0),
    ...outside,
  ]);
}

const PICTURE: readonly Tag[] = [
  { tag: 0x103, type: 3, values: [1] },
  { tag: 0x106, type: 3, values: [2] },
  { tag: 0x117, values: [4_000, 4_000, 2_000] },
];

function without(tag: number): Tag[] {
  return PICTURE.filter((entry) => entry.tag !== tag);
}

async function isPlain(file: Buffer): Promise<boolean> {
  return isPlainTiff(async (at, length) => file.subarray(at, at + length), file.length);
}

describe('a TIFF file', () => {
  test.each([true, false])('with a picture is one (little-endian: %s)', async (little) => {
    expect(await isPlain(tiff(PICTURE, 10_000, little))).toBe(true);
  });

  test.each<[string, Tag[]]>([
    ['a DNG version', [...PICTURE, { tag: 0xc612, values: [1] }]],
    ['further directories inside', [...PICTURE, { tag: 0x14a, values: [8] }]],
    ['a first picture that is only a small one', [{ tag: 0xfe, values: [1] }, ...PICTURE]],
    ['a colour filter array', [...without(0x106), { tag: 0x106, type: 3, values: [32803] }]],
    ['linear raw', [...without(0x106), { tag: 0x106, type: 3, values: [34892] }]],
    ['a camera’s own compression', [...without(0x103), { tag: 0x103, type: 3, values: [34713] }]],
    ['old JPEG', [...without(0x103), { tag: 0x103, type: 3, values: [6] }]],
    ['most of its bytes elsewhere', [...without(0x117), { tag: 0x117, values: [3_000] }]],
    ['more bytes than there are', [...without(0x117), { tag: 0x117, values: [300_000] }]],
    ['nothing said about its data', without(0x117)],
    ['nothing said about its colours', without(0x106)],
  ])('with %s is none', async (_what, tags) => {
    expect(await isPlain(tiff(tags, 10_000))).toBe(false);
  });

  it('that is cut off anywhere before its directory’s end is none, and no error', async () => {
    const file = tiff(PICTURE, 1_000);
    const asked = Array.from({ length: file.length - 1 }, (_, end) =>
      isPlain(file.subarray(0, end)),
    );
    expect(await Promise.all(asked)).not.toContain(true);
  });

  it('of any bytes is no error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const answer = await isPlain(Buffer.concat([Buffer.from('II*\0'), bytes]));
        return typeof answer === 'boolean';
      }),
    );
  });
});
