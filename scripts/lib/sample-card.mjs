/**
 * Makes a folder that looks like a camera's card: pictures with EXIF, large RAW-like files, clips with sidecars,
 * the camera's own management files and a file that an operating system left behind.
 *
 * The same seed gives the same bytes. RAW and video files are right in name, size and first bytes only.
 */
import { createCipheriv } from 'node:crypto';
import { mkdir, open, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** The long and the short side of a frame in pixels. */
const LONG = 1800;
const SHORT = 1200;
/** Seconds between two frames of the made-up afternoon. */
const FRAME_GAP_S = 38;
const MEBIBYTE = 1 << 20;

/**
 * @param {string} out folder to make; must not exist or be empty
 * @param {{ frames?: number, seed?: number, rawMb?: number }} [options] frames: pictures (JPEG + RAW each);
 *   rawMb: size of each RAW file in MiB
 * @returns {Promise<{ files: number, bytes: number }>}
 */
export async function makeSampleCard(out, { frames = 12, seed = 1, rawMb = 8 } = {}) {
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length > 0) throw new Error(`${out} is not empty.`);
  const card = new CardFolder(out, new Date(2026, 10, 21, 15, 4, 10 + (seed % 20) * 2));
  for (let n = 1; n <= frames; n += 1) {
    const name = `DCIM/100CANON/IMG_${String(n).padStart(4, '0')}`;
    card.clock = n * FRAME_GAP_S;
    await card.write(`${name}.JPG`, await photograph(n, seed, card.time()));
    await card.write(`${name}.CR3`, fileLike('crx ', rawMb * MEBIBYTE, seed * 1000 + n));
  }
  await addClips(card, { seed, sizeBytes: 3 * rawMb * MEBIBYTE });
  await addCamerasOwn(card);
  await card.write(
    '.DS_Store',
    Buffer.concat([Buffer.from('\0\0\0\x01Bud1', 'latin1'), zeros(6136)]),
  );
  return { files: card.files, bytes: card.bytes };
}

/** Writes files with the times that a camera would have given them. */
class CardFolder {
  files = 0;
  bytes = 0;
  /** Seconds since the first frame. */
  clock = 0;

  constructor(root, begin) {
    this.root = root;
    this.begin = begin;
  }

  time() {
    return new Date(this.begin.getTime() + this.clock * 1000);
  }

  async write(path, content) {
    const target = join(this.root, path);
    await mkdir(dirname(target), { recursive: true });
    if (Buffer.isBuffer(content)) {
      await writeFile(target, content, { flag: 'wx' });
      this.bytes += content.length;
    } else {
      await this.#stream(target, content);
    }
    await utimes(target, this.time(), this.time());
    this.files += 1;
  }

  async #stream(target, chunks) {
    const file = await open(target, 'wx');
    try {
      for (const chunk of chunks) {
        await file.write(chunk);
        this.bytes += chunk.length;
      }
    } finally {
      await file.close();
    }
  }
}

/** Bytes that no compression and no chance repetition makes small; the same for the same seed. */
function* seeded(sizeBytes, seed) {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  for (let left = sizeBytes; left > 0; left -= MEBIBYTE) {
    yield stream.update(zeros(Math.min(left, MEBIBYTE)));
  }
}

/** An ISO media file as far as its first box; CR3 and MP4 both begin like this. */
function* fileLike(brand, sizeBytes, seed) {
  const head = Buffer.alloc(24);
  head.writeUInt32BE(16, 0);
  head.write(`ftyp${brand}`, 4, 'latin1');
  head.writeUInt32BE((sizeBytes - 16) >>> 0, 16);
  head.write('mdat', 20, 'latin1');
  yield head;
  yield* seeded(sizeBytes - head.length, seed);
}

function zeros(sizeBytes) {
  return Buffer.alloc(sizeBytes);
}

/** One frame: a sky and a hill in the frame's own colours, and its number. Every fifth is held upright. */
async function photograph(n, seed, time) {
  const taken = exifTime(time);
  const upright = n % 5 === 0;
  const picture = sharp(Buffer.from(upright ? scene(n, seed, SHORT, LONG) : scene(n, seed)));
  // A camera stores what the sensor saw, lying on its side, and says so in the orientation.
  return sharp(
    await picture
      .composite([grain(seed + n)])
      .png({ compressionLevel: 0 })
      .toBuffer(),
  )
    .rotate(upright ? 270 : 0)
    .jpeg({ quality: 90 })
    .withExif({
      IFD0: { Make: 'Canon', Model: 'Canon EOS R6', DateTime: taken, Software: 'safelight sample' },
      IFD2: {
        DateTimeOriginal: taken,
        DateTimeDigitized: taken,
        FNumber: '28/10',
        ExposureTime: `1/${100 + 20 * (n % 8)}`,
        FocalLength: '35/1',
        BodySerialNumber: '023021001234',
      },
    })
    .withMetadata({ orientation: upright ? 6 : 1 })
    .toBuffer();
}

/** The sensor's noise: without it a JPEG of plain colours would be far smaller than a camera's. */
function grain(seed) {
  const side = 512;
  const dots = Buffer.concat([...seeded(side * side * 3, seed)]);
  // Close to the middle grey, which soft light leaves as it is.
  for (let i = 0; i < dots.length; i += 1) dots[i] = 112 + (dots[i] >> 3);
  const raw = { width: side, height: side, channels: 3 };
  return { input: dots, raw, tile: true, blend: 'soft-light' };
}

function scene(n, seed, width = LONG, height = SHORT) {
  const hue = (n * 47 + seed * 13) % 360;
  const sun = width * (0.2 + ((n * 211) % 600) / 1000);
  const hill = height * (0.5 + (n % 7) * 0.03);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="hsl(${hue},60%,30%)"/>
        <stop offset="1" stop-color="hsl(${(hue + 40) % 360},75%,70%)"/>
      </linearGradient>
    </defs>
    <rect width="${width}" height="${height}" fill="url(#sky)"/>
    <circle cx="${sun}" cy="${height * 0.32}" r="130" fill="hsl(${(hue + 60) % 360},90%,82%)"/>
    <path d="M0 ${height * 0.75} Q${sun} ${hill} ${width} ${height * 0.73} V${height} H0 Z" fill="hsl(${(hue + 200) % 360},35%,22%)"/>
    <g fill="#fff">${digits(String(n), 120, height - 360)}</g></svg>`;
}

/** Seven-segment figures, so that no font has to be installed. Segments a to g as bits from low to high. */
const SEGMENTS = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f];
const SEGMENT_BOXES = [
  [20, 0, 80, 20],
  [100, 20, 20, 80],
  [100, 120, 20, 80],
  [20, 200, 80, 20],
  [0, 120, 20, 80],
  [0, 20, 20, 80],
  [20, 100, 80, 20],
];

function digits(text, left, top) {
  const boxes = [...text].flatMap((digit, place) =>
    SEGMENT_BOXES.filter((_box, bit) => (SEGMENTS[Number(digit)] >> bit) & 1).map(
      ([x, y, width, height]) =>
        `<rect x="${left + place * 160 + x}" y="${top + y}" width="${width}" height="${height}"/>`,
    ),
  );
  return boxes.join('');
}

function exifTime(time) {
  const day = [time.getFullYear(), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())];
  const hour = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    twoDigits(part),
  );
  return `${day.join(':')} ${hour.join(':')}`;
}

function twoDigits(value) {
  return String(value).padStart(2, '0');
}

/** Two clips as a Sony camera lays them down: the clip, its XML, its thumbnail, and the index that names them. */
async function addClips(card, { seed, sizeBytes }) {
  const clips = ['C0001', 'C0002'];
  for (const [index, clip] of clips.entries()) {
    card.clock += 240;
    const thumb = await sharp(Buffer.from(scene(90 + index, seed)))
      .resize(160, 120)
      .jpeg()
      .toBuffer();
    await card.write(
      `PRIVATE/M4ROOT/CLIP/${clip}.MP4`,
      fileLike('XAVC', sizeBytes, seed * 1000 + 900 + index),
    );
    await card.write(`PRIVATE/M4ROOT/CLIP/${clip}M01.XML`, Buffer.from(clipXml(clip, card.time())));
    await card.write(`PRIVATE/M4ROOT/THMBNL/${clip}T01.JPG`, thumb);
  }
  await card.write('PRIVATE/M4ROOT/MEDIAPRO.XML', Buffer.from(mediaIndex(clips)));
}

function clipXml(clip, time) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<NonRealTimeMeta xmlns="urn:schemas-professionalDisc:nonRealTimeMeta:ver.2.20">
  <TargetMaterial umidRef="${umid(clip)}"/>
  <Duration value="240"/>
  <CreationDate value="${time.toISOString()}"/>
  <Device manufacturer="Sony" modelName="ILCE-7M4" serialNo="4294967295"/>
</NonRealTimeMeta>
`;
}

function mediaIndex(clips) {
  const materials = clips.map(
    (clip) => `    <Material uri="./CLIP/${clip}.MP4" type="MP4" umid="${umid(clip)}">
      <RelevantInfo uri="./CLIP/${clip}M01.XML" type="XML"/>
      <RelevantInfo uri="./THMBNL/${clip}T01.JPG" type="JPG"/>
    </Material>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<MediaProfile xmlns="urn:schemas-professionalDisc:mediaProfile:ver.2.20" version="2.20">
  <Contents>
${materials.join('\n')}
  </Contents>
</MediaProfile>
`;
}

function umid(clip) {
  return `060A2B340101010501010D4313000000${Buffer.from(clip).toString('hex').toUpperCase().padStart(32, '0')}`;
}

/** Small files that the cameras need for themselves; they belong to the card and are copied like the rest. */
async function addCamerasOwn(card) {
  await card.write('DCIM/CANONMSC/M0100.CTG', zeros(512));
  await card.write('PRIVATE/M4ROOT/STATUS.BIN', zeros(256));
  await card.write('PRIVATE/SONY/SONYCARD.IND', zeros(64));
  await card.write('AVF_INFO/AVIN0001.INP', zeros(1024));
}
