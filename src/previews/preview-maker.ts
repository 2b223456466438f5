/** Makes contact sheets from copies on a drive: in a process of their own, never evidence, never in the way. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { groupDigits } from '../core/wording.ts';
import type { Logger } from '../platform/logger.ts';
import type { Preview, PreviewMaker, PreviewRequest } from '../ports/preview-maker.ts';
import { type ChildLimits, type ChildLink, openChildLink } from './child-link.ts';
import { chooseFrames, type Frame } from './choose-frames.ts';
import { frameKindOf } from './frame-name.ts';
import { MAX_FRAMES } from './layout.ts';
import { PreviewError } from './preview-error.ts';
import type { ChildReply, SheetRequest, TileSize } from './sheet-messages.ts';

export interface PreviewLimits extends ChildLimits {
  /** How long a whole sheet may take; frames that are left then get plain tiles. */
  readonly sheetMs: number;
}

export interface PreviewMakerDeps {
  readonly logger: Logger;
  /** The child's program when it is not the one beside this file. */
  readonly program?: URL;
  readonly limits?: Partial<PreviewLimits>;
}

const LIMITS: PreviewLimits = {
  requestMs: 20_000,
  sheetMs: 180_000,
  maxRssBytes: 500 * 1024 * 1024,
};

/** Fixed names: the newest sheet of a roll replaces the earlier one. */
const SHEET = 'contact-sheet.jpg';
const FIRST_FRAME = 'first-frame.jpg';

/** One sheet may be asked for while another is made; each has a child process of its own. */
export function makePreviewMaker(deps: PreviewMakerDeps): PreviewMaker {
  // Compiled it is JavaScript, with a Node that strips types it may be TypeScript.
  const program =
    deps.program ?? new URL(`./sheet-child${extname(import.meta.url)}`, import.meta.url);
  const limits = { ...LIMITS, ...deps.limits };
  return {
    async make(request, signal) {
      signal.throwIfAborted();
      const link = openChildLink(program, limits);
      let scratch: string | undefined;
      try {
        scratch = await mkdtemp(join(tmpdir(), 'safelight-sheet-'));
        return await new SheetJob(request, { link, logger: deps.logger, limits, scratch }).run(
          signal,
        );
      } catch (error) {
        signal.throwIfAborted();
        deps.logger.warn('no contact sheet could be made', { title: request.title, error });
        return undefined;
      } finally {
        link.close();
        if (scratch !== undefined)
          await rm(scratch, { recursive: true, force: true }).catch(() => {});
      }
    },
  };
}

interface JobParts {
  readonly link: ChildLink;
  readonly logger: Logger;
  readonly limits: PreviewLimits;
  /** Folder for tiles. */
  readonly scratch: string;
}

class SheetJob {
  readonly #request: PreviewRequest;
  readonly #parts: JobParts;
  readonly #undecodable: string[] = [];
  readonly #firstFrame: string;
  #hasFirstFrame = false;

  constructor(request: PreviewRequest, parts: JobParts) {
    this.#request = request;
    this.#parts = parts;
    this.#firstFrame = join(request.outFolder, FIRST_FRAME);
  }

  async run(signal: AbortSignal): Promise<Preview | undefined> {
    const { frames, title, outFolder } = this.#request;
    const chosen = chooseFrames(frames, MAX_FRAMES);
    if (chosen.frames.length === 0) return undefined;
    await mkdir(outFolder, { recursive: true });
    const cells = await this.#cells(chosen.frames, signal);
    const footer = chosen.more > 0 ? `and ${groupDigits(chosen.more)} more` : '';
    const sheet = join(outFolder, SHEET);
    const request = { kind: 'sheet', title, footer, cells, sheet: unfinished(sheet) } as const;
    const reply = await this.#parts.link.ask(request, signal);
    if (reply.kind !== 'sheet')
      throw new PreviewError('failed', 'The sheet could not be put together.');
    return this.#placed(sheet);
  }

  async #placed(sheet: string): Promise<Preview> {
    await rename(unfinished(sheet), sheet);
    const undecodable = this.#undecodable;
    if (!this.#hasFirstFrame) {
      // An earlier sheet's must not stand beside this one.
      await rm(this.#firstFrame, { force: true });
      return { sheet, undecodable };
    }
    await rename(unfinished(this.#firstFrame), this.#firstFrame);
    return { sheet, firstFrame: this.#firstFrame, undecodable };
  }

  async #cells(frames: readonly Frame[], signal: AbortSignal): Promise<SheetRequest['cells']> {
    const until = performance.now() + this.#parts.limits.sheetMs;
    const cells: SheetRequest['cells'][number][] = [];
    for (const frame of frames) {
      const isInTime = performance.now() < until;
      const file = join(this.#parts.scratch, `${cells.length}.jpg`);
      const tile = isInTime ? await this.#tile(frame, file, signal) : undefined;
      cells.push({ name: frame.name, ...(tile === undefined ? {} : { tile }) });
    }
    return cells;
  }

  async #tile(frame: Frame, file: string, signal: AbortSignal): Promise<TileSize | undefined> {
    const reply = await this.#answer(frame, file, signal);
    const { logger } = this.#parts;
    switch (reply.kind) {
      case 'tile':
        this.#hasFirstFrame = true;
        return { file, width: reply.width, height: reply.height };
      case 'undecodable':
        this.#undecodable.push(frame.name);
        logger.info('a picture cannot be decoded', { name: frame.name, reason: reply.reason });
        return undefined;
      case 'plain':
        logger.debug('no preview', { name: frame.name, reason: reply.reason });
        return undefined;
      default:
        throw new PreviewError('failed', `The preview process answered "${reply.kind}".`);
    }
  }

  /** A child that dies over a frame costs this frame's tile and no other's. */
  async #answer({ path, name }: Frame, tile: string, signal: AbortSignal): Promise<ChildReply> {
    const larger = this.#hasFirstFrame ? {} : { larger: unfinished(this.#firstFrame) };
    try {
      return await this.#parts.link.ask({ kind: 'tile', path, name, tile, ...larger }, signal);
    } catch (error) {
      if (!(error instanceof PreviewError) || error.code === 'failed') throw error;
      this.#parts.logger.warn('a preview failed', { name, error });
      // Limits say nothing about the file: the drive or the machine may be slow, the picture large.
      const isDamage = error.code === 'crashed' && frameKindOf(name) === 'picture';
      return { kind: isDamage ? 'undecodable' : 'plain', reason: error.message };
    }
  }
}

/** What is not whole yet has another name, so that nobody shows half a picture. */
function unfinished(path: string): string {
  return `${path}.new`;
}
