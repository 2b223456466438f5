/** What every maker of contact sheets must do, run against the fake and the real one. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PreviewMaker, PreviewRequest } from '../../src/ports/preview-maker.ts';

/** A JPEG of one pixel: whole, as a decoder takes it. */
export const ONE_PIXEL_JPEG = Buffer.from(
  '/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeF' +
    'xlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj' +
    'Y2NjY2P/wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAA' +
    'AA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAAD//Z',
  'base64',
);

async function isJpeg(path: string | undefined): Promise<boolean> {
  const bytes = path === undefined ? Buffer.alloc(0) : await readFile(path);
  return bytes.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff));
}

export function previewMakerContract(
  name: string,
  make: () => PreviewMaker,
  timeoutMs = 5_000,
): void {
  describe(`${name} as a maker of contact sheets`, () => {
    let folder: string;
    const never = new AbortController().signal;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'safelight-preview-'));
      await mkdir(join(folder, 'drive'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    async function frame(fileName: string, bytes: Uint8Array) {
      const path = join(folder, 'drive', fileName);
      await writeFile(path, bytes);
      return { path, name: fileName };
    }

    const request = (frames: PreviewRequest['frames']): PreviewRequest => ({
      title: 'A003',
      frames,
      outFolder: join(folder, 'out', 'a003'),
    });

    it(
      'makes a sheet and the first frame’s picture, in a folder that it makes',
      async () => {
        const frames = [await frame('A.JPG', ONE_PIXEL_JPEG), await frame('B.JPG', ONE_PIXEL_JPEG)];
        const preview = await make().make(request(frames), never);
        expect(await isJpeg(preview?.sheet)).toBe(true);
        expect(await isJpeg(preview?.firstFrame)).toBe(true);
        expect(isAbsolute(preview?.sheet ?? '')).toBe(true);
        expect(preview?.undecodable).toEqual([]);
      },
      timeoutMs,
    );

    it(
      'names pictures that cannot be decoded, and shows the others all the same',
      async () => {
        const frames = [
          await frame('A.JPG', ONE_PIXEL_JPEG.subarray(0, 100)),
          await frame('B.JPG', ONE_PIXEL_JPEG),
          await frame('C.JPG', Buffer.alloc(1_000)),
        ];
        const preview = await make().make(request(frames), never);
        expect(preview?.undecodable).toEqual(['A.JPG', 'C.JPG']);
        expect(await isJpeg(preview?.sheet)).toBe(true);
        expect(await isJpeg(preview?.firstFrame)).toBe(true);
      },
      timeoutMs,
    );

    it(
      'makes a sheet without a first frame when nothing can be shown',
      async () => {
        const first = await make().make(request([await frame('A.JPG', ONE_PIXEL_JPEG)]), never);
        expect(first?.firstFrame).toBeDefined();
        const frames = [await frame('A.CR3', Buffer.from('\0\0\0\x18ftypcrx '))];
        const preview = await make().make(request(frames), never);
        expect(await isJpeg(preview?.sheet)).toBe(true);
        expect(preview).not.toHaveProperty('firstFrame');
        expect(await readdir(request([]).outFolder)).toHaveLength(1);
      },
      timeoutMs,
    );

    it(
      'makes none of nothing',
      async () => {
        expect(await make().make(request([]), never)).toBeUndefined();
      },
      timeoutMs,
    );

    it(
      'does not fail over files that are gone',
      async () => {
        const gone = { path: join(folder, 'drive', 'GONE.JPG'), name: 'GONE.JPG' };
        const preview = await make().make(
          request([gone, await frame('B.JPG', ONE_PIXEL_JPEG)]),
          never,
        );
        expect(await isJpeg(preview?.sheet)).toBe(true);
        // Not there is not damaged.
        expect(preview?.undecodable).toEqual([]);
      },
      timeoutMs,
    );

    it(
      'has no answer, and no error, when it cannot write',
      async () => {
        await writeFile(join(folder, 'out'), 'a file in the way');
        const frames = [await frame('A.JPG', ONE_PIXEL_JPEG)];
        expect(await make().make(request(frames), never)).toBeUndefined();
      },
      timeoutMs,
    );

    it(
      'throws the reason when aborted, and only then',
      async () => {
        const reason = new Error('the service stops');
        const frames = [await frame('A.JPG', ONE_PIXEL_JPEG)];
        const aborted = AbortSignal.abort(reason);
        await expect(make().make(request(frames), aborted)).rejects.toBe(reason);
      },
      timeoutMs,
    );

    it(
      'never writes to the drive',
      async () => {
        const frames = [await frame('A.JPG', ONE_PIXEL_JPEG)];
        await make().make(request(frames), never);
        expect(await readdir(join(folder, 'drive'))).toEqual(['A.JPG']);
        expect(await readFile(join(folder, 'drive', 'A.JPG'))).toEqual(ONE_PIXEL_JPEG);
      },
      timeoutMs,
    );
  });
}
