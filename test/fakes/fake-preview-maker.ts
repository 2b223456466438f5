/** Makes contact sheets of nothing: real files in the right places, without looking into pictures. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preview, PreviewMaker, PreviewRequest } from '../../src/ports/preview-maker.ts';

const START = Buffer.of(0xff, 0xd8, 0xff);
const END = Buffer.of(0xff, 0xd9);

export class FakePreviewMaker implements PreviewMaker {
  readonly requests: PreviewRequest[] = [];
  /** Makes no sheet, for whatever reason. */
  isBroken = false;

  async make(request: PreviewRequest, signal: AbortSignal): Promise<Preview | undefined> {
    signal.throwIfAborted();
    this.requests.push(request);
    if (this.isBroken || request.frames.length === 0) return undefined;
    const looks = await Promise.all(request.frames.map((frame) => lookAt(frame.path, frame.name)));
    const undecodable = request.frames.filter((_, i) => looks[i] === 'bad').map(({ name }) => name);
    const sheet = join(request.outFolder, 'contact-sheet.jpg');
    const firstFrame = join(request.outFolder, 'first-frame.jpg');
    try {
      await mkdir(request.outFolder, { recursive: true });
      await writeFile(sheet, Buffer.concat([START, END]));
      await rm(firstFrame, { force: true });
      if (!looks.includes('good')) return { sheet, undecodable };
      await writeFile(firstFrame, Buffer.concat([START, END]));
      return { sheet, firstFrame, undecodable };
    } catch {
      return undefined;
    }
  }
}

/** `good`: begins and ends like a JPEG; `bad`: should and does not. */
async function lookAt(path: string, name: string): Promise<'good' | 'bad' | 'none'> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined || !/\.jpe?g$/i.test(name)) return 'none';
  const isWhole = bytes.subarray(0, 3).equals(START) && bytes.subarray(-2).equals(END);
  return isWhole ? 'good' : 'bad';
}
