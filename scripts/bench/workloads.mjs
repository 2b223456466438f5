/** What is on the cards: by size and number like the real thing, by content noise, so that nothing can be saved. */
import { randomFillSync } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const MIB = 1 << 20;
const MB = 1e6;

/** The same sizes each time: between `low` and `high`, in a fixed order that looks like none. */
function sizeOf(index, low, high) {
  const spread = (index * 2_654_435_761) % 2 ** 32;
  return low + Math.floor((spread / 2 ** 32) * (high - low));
}

function pictures(count) {
  return Array.from({ length: count }, (_, i) => {
    const name = `DCIM/100EOSR5/IMG_${String(i + 1).padStart(4, '0')}`;
    return [
      { path: `${name}.CR3`, sizeBytes: sizeOf(i, 23 * MB, 27 * MB) },
      { path: `${name}.JPG`, sizeBytes: sizeOf(i, 6.5 * MB, 9.5 * MB) },
    ];
  }).flat();
}

function clips(count, sizeBytes) {
  return Array.from({ length: count }, (_, i) => ({
    path: `PRIVATE/M4ROOT/CLIP/C${String(i + 1).padStart(4, '0')}.MP4`,
    // Not a whole number of blocks: a clip never is.
    sizeBytes: sizeBytes + 12_345,
  }));
}

function smallFiles(count) {
  return Array.from({ length: count }, (_, i) => ({
    path: `DCIM/${100 + Math.floor(i / 2_000)}MEDIA/F${String(i + 1).padStart(5, '0')}.JPG`,
    sizeBytes: sizeOf(i, 20_000, 200_000),
  }));
}

export function workloads(quick) {
  return [
    { name: 'W1', what: 'RAW and JPEG', files: pictures(quick ? 4 : 33) },
    { name: 'W2', what: 'long clips', files: clips(quick ? 2 : 4, (quick ? 96 : 1024) * MIB) },
    { name: 'W3', what: 'small files', files: smallFiles(quick ? 800 : 20_000) },
  ].map((one) => ({ ...one, bytes: one.files.reduce((sum, file) => sum + file.sizeBytes, 0) }));
}

/** Writes the files below a folder. */
export async function shoot(root, files) {
  const noise = Buffer.alloc(8 * MIB);
  const folders = new Set(files.map(({ path }) => dirname(path)));
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  for (const { path, sizeBytes } of files) {
    const file = await open(join(root, path), 'wx');
    for (let left = sizeBytes; left > 0; left -= noise.length) {
      const part = noise.subarray(0, Math.min(left, noise.length));
      await file.writeFile(randomFillSync(part));
    }
    await file.close();
  }
}
