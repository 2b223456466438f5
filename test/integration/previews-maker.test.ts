/** Contact sheets for real: real pictures, a real child process, and children that misbehave. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  test,
} from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import type { Preview } from '../../src/ports/preview-maker.ts';
import { layoutOf } from '../../src/previews/layout.ts';
import { makePreviewMaker, type PreviewMakerDeps } from '../../src/previews/preview-maker.ts';
import { previewMakerContract } from '../contracts/preview-maker-contract.ts';
import { type CompiledSource, compileSource } from '../unit/platform/compiled-source.ts';

const TIMEOUT_MS = 60_000;

let compiled: CompiledSource;
let folder: string;
let said: string[];
let logger: Logger;

beforeAll(async () => {
  compiled = compileSource('previews/sheet-child.ts');
  await writeFile(fileURLToPath(compiled.url('previews/bad-child.js')), BAD_CHILD);
}, TIMEOUT_MS);
afterAll(() => compiled.remove());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-previews-'));
  said = [];
  logger = { ...silentLogger, warn: (message) => void said.push(message) };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const program = () => new URL(compiled.url('previews/sheet-child.js'));

/** Behaves as the names of frames tell it to, and writes down what it is. */
const BAD_CHILD = `
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { composeSheet } from './compose-sheet.js';
import { makeTile } from './make-tile.js';
const hoard = [];
const report = () => process.send({ kind: 'memory', bytes: process.memoryUsage.rss() });
setInterval(report, 20);
report();
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', async (request) => {
  if (request.kind === 'sheet') return process.send(await composeSheet(request));
  const { name, path } = request;
  if (name.includes('CRASH')) process.kill(process.pid, 'SIGSEGV');
  if (name.includes('THROW')) throw new Error('boom');
  if (name.includes('HOG')) hoard.push(Buffer.alloc(400 * 1024 * 1024, 1));
  const answer = await makeTile(request);
  const nices = !name.includes('NICE') ? [] : readdirSync('/proc/self/task').map((id) =>
    Number(readFileSync('/proc/self/task/' + id + '/stat', 'latin1').split(') ')[1].split(' ')[16]));
  writeFileSync(dirname(path) + '/child.json', JSON.stringify({ pid: process.pid, nices, env: process.env }));
  if (name.includes('HANG') || name.includes('HOG')) return;
  process.send(answer);
});
`;

const badly = () => new URL(compiled.url('previews/bad-child.js'));

async function save(name: string, bytes: Uint8Array): Promise<{ path: string; name: string }> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return { path, name };
}

/** A picture of one colour with some noise, so that its data are many. */
function photo(colour: string, width = 900, height = 600): Sharp {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const grain = { create: { width, height, channels: 3, background: '#000', noise } } as const;
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .composite([{ input: { ...grain }, blend: 'soft-light' }])
    .jpeg({ quality: 90 });
}

async function make(
  frames: readonly { path: string; name: string }[],
  deps: Partial<PreviewMakerDeps> = {},
  signal = new AbortController().signal,
): Promise<Preview | undefined> {
  const maker = makePreviewMaker({ logger, program: program(), ...deps });
  return maker.make({ title: 'A003', frames, outFolder: join(folder, 'out') }, signal);
}

/** The colour in the middle of a cell, as [red, green, blue]. */
async function colourOf(sheet: string | undefined, cell: number, frames: number) {
  const { picture } = layoutOf(frames, false).cells[cell] ?? layoutOf(1, false).cells[0] ?? never();
  const { data } = await sharp(sheet)
    .extract({ left: picture.left + 140, top: picture.top + 100, width: 40, height: 40 })
    .resize(1, 1)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data];
}

function never(): never {
  throw new Error('no such cell');
}

const isAbout = (colour: readonly number[], wanted: readonly number[]): boolean =>
  colour.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 40);

previewMakerContract(
  'the real one',
  () => makePreviewMaker({ logger: silentLogger, program: program() }),
  TIMEOUT_MS,
);

describe('a sheet', () => {
  it(
    'shows each picture in its place, and a plain tile for what has none',
    async () => {
      const raw = Buffer.concat([Buffer.from('\0\0\0\x18ftypcrx '), Buffer.alloc(5_000)]);
      const frames = [
        await save('A.JPG', await photo('#c02020').toBuffer()),
        await save('B.CR3', raw),
        await save('C.PNG', await photo('#2020c0').png().toBuffer()),
        await save('D.WEBP', await photo('#20c020').webp().toBuffer()),
        await save('E.TIF', await photo('#c020c0').tiff().toBuffer()),
        // Some cameras' RAW converters do this: the bytes decide.
        await save('F.NEF', await photo('#20c0c0').jpeg().toBuffer()),
      ];
      const preview = await make(frames);
      const colours = await Promise.all(frames.map((_, i) => colourOf(preview?.sheet, i, 6)));
      const wanted = [
        [0xc0, 0x20, 0x20],
        [0x3a, 0x3a, 0x3e],
        [0x20, 0x20, 0xc0],
        [0x20, 0xc0, 0x20],
        [0xc0, 0x20, 0xc0],
        [0x20, 0xc0, 0xc0],
      ];
      // The plain tile has its kind written in the middle.
      expect(colours.map((colour, i) => i === 1 || isAbout(colour, wanted[i] ?? []))).toEqual(
        frames.map(() => true),
      );
      expect(preview?.undecodable).toEqual([]);
      expect(said).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'of many frames has sixty and says how many more there are',
    async () => {
      const bytes = await photo('#c02020', 60, 40).toBuffer();
      const frames = [];
      for (let i = 0; i < 75; i += 1) frames.push(await save(`IMG_${i}.JPG`, bytes));
      const preview = await make(frames);
      const { width, height } = await sharp(preview?.sheet).metadata();
      const withFooter = layoutOf(60, true);
      expect([width, height]).toEqual([withFooter.width, withFooter.height]);
    },
    TIMEOUT_MS,
  );

  it(
    'turns pictures as they were taken, and leaves out where',
    async () => {
      const left = await sharp({
        create: { width: 450, height: 600, channels: 3, background: 'red' },
      })
        .jpeg()
        .toBuffer();
      const bytes = await sharp({
        create: { width: 900, height: 600, channels: 3, background: 'blue' },
      })
        .composite([{ input: left, left: 0, top: 0 }])
        .withExif({ IFD0: { Orientation: '6' }, IFD3: { GPSLatitudeRef: 'N' } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer();
      const preview = await make([await save('A.JPG', bytes)]);
      const first = sharp(preview?.firstFrame);
      const { width, height, exif, orientation } = await first.metadata();
      // Turned clockwise: what was left is on top.
      expect([width, height]).toEqual([341, 512]);
      const top = await first
        .extract({ left: 100, top: 50, width: 10, height: 10 })
        .raw()
        .toBuffer();
      expect(isAbout([...top.subarray(0, 3)], [255, 0, 0])).toBe(true);
      expect([exif, orientation]).toEqual([undefined, undefined]);
    },
    TIMEOUT_MS,
  );

  it(
    'shows a clip by the thumbnail beside it',
    async () => {
      const clip = await save('DCIM/100CANON/MVI_1.MP4', Buffer.from('\0\0\0\x18ftypmp42'));
      const other = await save('DCIM/100CANON/MVI_2.MP4', Buffer.from('\0\0\0\x18ftypmp42'));
      await save('DCIM/100CANON/MVI_1.THM', await photo('#20c020', 160, 120).toBuffer());
      await save('DCIM/100CANON/MVI_2.THM', Buffer.from('damaged'));
      const preview = await make([clip, other]);
      expect(isAbout(await colourOf(preview?.sheet, 0, 2), [0x20, 0xc0, 0x20])).toBe(true);
      expect(isAbout(await colourOf(preview?.sheet, 1, 2), [0x20, 0xc0, 0x20])).toBe(false);
      expect(preview?.undecodable).toEqual([]);
    },
    TIMEOUT_MS,
  );

  // A decoder that has all its pixels need not look for the end marker: a byte or two may go unnoticed.
  test.each([1_000, 100_000])(
    'names a JPEG that lacks its last %i bytes',
    async (lacking) => {
      const whole = await photo('#c02020').toBuffer();
      expect(whole.length).toBeGreaterThan(100_000);
      const frames = [
        await save('GOOD.JPG', whole),
        await save('CUT.JPG', whole.subarray(0, whole.length - lacking)),
      ];
      expect((await make(frames))?.undecodable).toEqual(['CUT.JPG']);
    },
    TIMEOUT_MS,
  );

  it(
    'is not held up by a pipe under a picture’s name',
    async () => {
      execFileSync('mkfifo', [join(folder, 'PIPE.JPG')]);
      const frames = [
        { path: join(folder, 'PIPE.JPG'), name: 'PIPE.JPG' },
        await save('A.JPG', await photo('#c02020').toBuffer()),
      ];
      const preview = await make(frames);
      expect(preview?.firstFrame).toBeDefined();
      expect(preview?.undecodable).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

async function around(name: string): Promise<{ path: string; name: string }[]> {
  const bytes = await photo('#20c020', 450, 300).toBuffer();
  return Promise.all(['A.JPG', name, 'C.JPG'].map((file) => save(file, bytes)));
}

async function lightsOf(preview: Preview | undefined): Promise<boolean[]> {
  const colours = await Promise.all([0, 1, 2].map((i) => colourOf(preview?.sheet, i, 3)));
  return colours.map((colour) => isAbout(colour, [0x20, 0xc0, 0x20]));
}

describe('a child that misbehaves', () => {
  test.each([
    ['CRASH.JPG', {}, ['CRASH.JPG']],
    ['THROW.JPG', {}, ['THROW.JPG']],
    ['HANG.JPG', { requestMs: 12_000 }, []],
    ['HOG.JPG', { maxRssBytes: 300 * 1024 * 1024 }, []],
    // Not a picture by name: nobody expected it to be decodable.
    ['CRASH.CR3', {}, []],
  ])(
    'over %s loses this tile and no other',
    async (name, limits, undecodable) => {
      const preview = await make(await around(name), { program: badly(), limits });
      expect(await lightsOf(preview)).toEqual([true, false, true]);
      expect(preview?.undecodable).toEqual(undecodable);
      expect(said).toEqual(['a preview failed']);
    },
    TIMEOUT_MS,
  );

  it(
    'by not starting gives no sheet, is said once, and blames no picture',
    async () => {
      const none = new URL(compiled.url('previews/no-such-child.js'));
      expect(await make(await around('B.JPG'), { program: none })).toBeUndefined();
      expect(said).toEqual(['no contact sheet could be made']);
    },
    TIMEOUT_MS,
  );

  it(
    'for longer than a sheet may take leaves plain tiles',
    async () => {
      const preview = await make(await around('B.JPG'), { limits: { sheetMs: 0 } });
      expect(await lightsOf(preview)).toEqual([false, false, false]);
      expect(preview?.undecodable).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'is ended when the service stops, and leaves nothing behind',
    async () => {
      const frames = await around('HANG.JPG');
      const before = await scratchFolders();
      const stop = new AbortController();
      const reason = new Error('the service stops');
      const making = make(frames, { program: badly() }, stop.signal);
      const child = await childThatMet(frames[1]?.path ?? '');
      stop.abort(reason);
      await expect(making).rejects.toBe(reason);
      while (isAlive(child.pid)) await new Promise((resolve) => setImmediate(resolve));
      expect(await scratchFolders()).toEqual(before);
    },
    TIMEOUT_MS,
  );

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux(
    'or behaves runs at low priority in all its threads, without our secrets',
    async () => {
      process.env['SAFELIGHT_TEST_SECRET'] = 'hunter2';
      const frames = await around('NICE.JPG');
      await make(frames.slice(1, 2), { program: badly() });
      delete process.env['SAFELIGHT_TEST_SECRET'];
      const { nices, env } = await childThatMet(frames[1]?.path ?? '');
      // oxlint-disable-next-line jest/no-standalone-expect -- inside `it`
      expect(nices.length).toBeGreaterThan(4);
      // oxlint-disable-next-line jest/no-standalone-expect -- inside `it`
      expect(new Set(nices)).toEqual(new Set([15]));
      // oxlint-disable-next-line jest/no-standalone-expect -- inside `it`
      expect(env).not.toHaveProperty('SAFELIGHT_TEST_SECRET');
    },
    TIMEOUT_MS,
  );
});

/** What the bad child wrote down beside the last picture it was given. */
async function childThatMet(path: string) {
  const file = join(path, '..', 'child.json');
  for (;;) {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    const child: { pid: number; nices: number[]; env: object } | undefined =
      text === '' ? undefined : JSON.parse(text);
    if (child !== undefined) return child;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function scratchFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('safelight-sheet-')).toSorted();
}
