/** What the service and the child process that makes a sheet say to each other. */

/** Asks for one frame's tile, written as JPEG. */
export interface TileRequest {
  readonly kind: 'tile';
  readonly path: string;
  readonly name: string;
  readonly tile: string;
  /** When the frame's larger picture is wanted as well: where it goes. */
  readonly larger?: string;
}

export interface SheetRequest {
  readonly kind: 'sheet';
  readonly title: string;
  readonly footer: string;
  /** In order; a cell without a tile shows the kind of its file. */
  readonly cells: readonly { readonly name: string; readonly tile?: TileSize }[];
  readonly sheet: string;
}

/** A tile that was made, in pixels. */
export interface TileSize {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

export type ChildRequest = TileRequest | SheetRequest;

export type ChildReply =
  /** `plain`: no picture is to be had from it, which says nothing about the file. */
  | { readonly kind: 'plain'; readonly reason: string }
  /** Should be a picture and cannot be decoded. */
  | { readonly kind: 'undecodable'; readonly reason: string }
  | { readonly kind: 'tile'; readonly width: number; readonly height: number }
  | { readonly kind: 'sheet' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Said every now and then: resident memory. */
export interface MemoryReport {
  readonly kind: 'memory';
  readonly bytes: number;
}

export type ChildWord = ChildReply | MemoryReport;

type Fields = Readonly<Record<string, unknown>>;

export function asWord(message: unknown): ChildWord | undefined {
  if (!isFields(message)) return undefined;
  const { kind, reason, width, height, bytes } = message;
  switch (kind) {
    case 'plain':
    case 'undecodable':
    case 'failed':
      return { kind, reason: typeof reason === 'string' ? reason : '' };
    case 'tile':
      return typeof width === 'number' && typeof height === 'number'
        ? { kind, width, height }
        : undefined;
    case 'memory':
      return typeof bytes === 'number' ? { kind, bytes } : undefined;
    case 'sheet':
      return { kind };
    default:
      return undefined;
  }
}

export function asRequest(message: unknown): ChildRequest | undefined {
  if (!isFields(message)) return undefined;
  const { kind, path, name, tile, larger, title, footer, cells, sheet } = message;
  if (kind === 'tile' && isText(path) && isText(name) && isText(tile)) {
    return { kind, path, name, tile, ...(isText(larger) ? { larger } : {}) };
  }
  if (kind === 'sheet' && isText(title) && isText(footer) && isText(sheet) && isList(cells)) {
    return { kind, title, footer, sheet, cells: cells.map(asCell) };
  }
  return undefined;
}

function asCell(cell: unknown): SheetRequest['cells'][number] {
  if (!isFields(cell)) return { name: '' };
  const name = isText(cell['name']) ? cell['name'] : '';
  const tile: unknown = cell['tile'];
  if (!isFields(tile)) return { name };
  const { file, width, height } = tile;
  const isTile = isText(file) && typeof width === 'number' && typeof height === 'number';
  return isTile ? { name, tile: { file, width, height } } : { name };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
