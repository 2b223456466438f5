/** One file's copies, looks and gaps in lines for people. */
import type { FileView } from '../core/file-view.ts';
import { bytesText } from '../core/wording.ts';
import { printable, table, whenText } from './text.ts';

/** The path, then a line for each copy and each remote, then what is missing. */
export function fileLines(file: FileView, timeZone?: string): string[] {
  const hash = file.hash === null ? 'no hash yet' : `xxh64 ${file.hash}`;
  const facts = [bytesText(file.sizeBytes), hash, ...(file.readTwice ? ['read twice'] : [])];
  if (file.role === 'management') facts.push("the camera's own");
  const places = table([
    ...file.copies.map((copy) => [
      mark(copy.counts),
      copy.destination,
      copy.words,
      whenText(copy.at, timeZone),
      `${printable(copy.path)}${copy.medium === null ? '' : ` on ${printable(copy.medium)}`}`,
    ]),
    ...file.remotes.map((remote) => [
      mark(remote.counts),
      remote.remote,
      remote.words,
      whenText(remote.at, timeZone),
      remoteKey(remote),
    ]),
  ]);
  return [
    `${printable(file.path)}  ${facts.join(', ')}`,
    ...places.map((line) => `  ${line}`),
    ...file.missing.map(
      ({ words, place }) => `  ! ${words}${place === null ? '' : ` ("${place}")`}`,
    ),
  ];
}

/** Whether a copy counts towards "safe", in a character that needs no colour. */
function mark(counts: boolean): string {
  return counts ? '+' : '-';
}

function remoteKey({ key, storageClass }: FileView['remotes'][number]): string {
  const where = key === null ? '' : printable(key);
  return storageClass === null ? where : `${where} (${printable(storageClass)})`;
}
