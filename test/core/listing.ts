/** Listings for tests: from text files under fixtures/, and from the sample card archives where they exist. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ScannedFile } from '../../src/core/inventory.ts';

export interface Listing {
  readonly files: readonly ScannedFile[];
  readonly folders: readonly string[];
}

/** A listing of a layout, with the clips that a person would count on it. */
export interface LayoutFixture extends Listing {
  /** Clip name → its paths. */
  readonly clips: ReadonlyMap<string, readonly string[]>;
}

/** Files of one byte each and folders (with a slash at the end), as a scan gives them. */
export function listingOf(paths: readonly string[], sizeBytes = 1): Listing {
  return {
    files: paths
      .filter((path) => !path.endsWith('/'))
      .map((path) => ({ path, sizeBytes, mtimeMs: 1_700_000_000_000 })),
    folders: paths.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1)),
  };
}

/** Lines of a fixture: `#` comments, `= name` opens a clip, `-` closes it, everything else is a path. */
export function layoutFixture(id: string): LayoutFixture {
  const clips = new Map<string, string[]>();
  const paths: string[] = [];
  let open: string[] | undefined;
  for (const line of linesOf(`layouts/${id}.txt`)) {
    if (line === '-') open = undefined;
    else if (line.startsWith('= ')) {
      open = [];
      clips.set(line.slice(2), open);
    } else {
      paths.push(line);
      open?.push(line);
    }
  }
  return { ...listingOf(paths), clips };
}

export function volumeFixture(name: string): Listing {
  return listingOf(linesOf(`volumes/${name}.txt`));
}

function linesOf(name: string): readonly string[] {
  const path = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A card in a sample archive; undefined, with a sentence, where the samples are not at hand. */
export function sampleCard(archive: string, root: string): Listing | undefined {
  const path = fileURLToPath(new URL(`../../../shared/cards/${archive}.tar`, import.meta.url));
  if (existsSync(path)) return below(listTar(path), root);
  console.warn(`Skipped ${root}: the sample ${archive}.tar is not in ../shared/cards.`);
  return undefined;
}

/** A part of a listing, as if `folder` were the root. */
function below(listing: Listing, folder: string): Listing {
  const prefix = `${folder}/`;
  const inside = (path: string): boolean => path.startsWith(prefix);
  return {
    files: listing.files
      .filter((file) => inside(file.path))
      .map((file) => ({ ...file, path: file.path.slice(prefix.length) })),
    folders: listing.folders.filter(inside).map((path) => path.slice(prefix.length)),
  };
}

const BLOCK = 512;

/** Reads the headers of a tar archive (ustar, with pax or GNU long names); no content is read. */
function listTar(path: string): Listing {
  const files: ScannedFile[] = [];
  const folders: string[] = [];
  const file = openSync(path, 'r');
  try {
    let longName: string | undefined;
    for (let at = 0; ; ) {
      const header = bytesAt(file, at, BLOCK);
      if (header.length < BLOCK || header.every((byte) => byte === 0)) break;
      const sizeBytes = octal(header, 124, 12);
      const type = String.fromCharCode(header[156] ?? 0);
      const name = longName ?? plainName(header);
      longName = undefined;
      if (type === 'x') longName = paxPath(bytesAt(file, at + BLOCK, sizeBytes));
      else if (type === 'L') longName = text(bytesAt(file, at + BLOCK, sizeBytes));
      else if (type === '5') folders.push(name.replace(/\/$/, ''));
      else if (type === '0' || type === '\0') {
        files.push({ path: name, sizeBytes, mtimeMs: octal(header, 136, 12) * 1000 });
      }
      at += BLOCK + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    }
  } finally {
    closeSync(file);
  }
  return { files, folders };
}

function bytesAt(file: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

function plainName(header: Uint8Array): string {
  const name = text(header.subarray(0, 100));
  const prefix = text(header.subarray(345, 500));
  const isUstar = text(header.subarray(257, 262)) === 'ustar';
  return isUstar && prefix !== '' ? `${prefix}/${name}` : name;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function octal(header: Uint8Array, at: number, length: number): number {
  return Number.parseInt(text(header.subarray(at, at + length)).trim() || '0', 8);
}

function paxPath(record: Uint8Array): string | undefined {
  return /\d+ path=(.*)\n/.exec(new TextDecoder().decode(record))?.[1];
}
