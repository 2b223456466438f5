/** Writes a small file so that after a power cut the old or the new content stands there, never half of it. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fsyncFolder } from '../platform/durable-fs.ts';

/** Temporary file, fsync, rename, fsync of the file again (FAT needs it), fsync of the folder. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
    await file.sync();
  } finally {
    await file.close();
  }
  await fsyncFolder(dirname(path));
}
