import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { FileWithCopy } from '../../../src/ports/card-reader.ts';
import { differingFiles } from '../../../src/volumes/differing-files.ts';

const never = new AbortController().signal;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'safelight-differing-'));
  await mkdir(join(root, 'card'));
  await mkdir(join(root, 'drive'));
});
afterEach(() => rm(root, { recursive: true }));

async function pair(
  path: string,
  onCard: Buffer | undefined,
  onDrive: Buffer | undefined,
  sizeBytes = onCard?.length ?? onDrive?.length ?? 0,
): Promise<FileWithCopy> {
  const copy = join(root, 'drive', path);
  if (onCard !== undefined) await writeFile(join(root, 'card', path), onCard);
  if (onDrive !== undefined) await writeFile(copy, onDrive);
  return { path, sizeBytes, copy };
}

const differing = async (...files: readonly FileWithCopy[]) => [
  ...(await differingFiles(join(root, 'card'), files, never)),
];

it('a file of other content is found, wherever the piece that is looked at lies', async () => {
  const files: FileWithCopy[] = [];
  for (let i = 0; i < 20; i += 1) {
    files.push(await pair(`same${i}`, Buffer.alloc(300_000, i), Buffer.alloc(300_000, i)));
  }
  files.push(
    await pair('other', Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2)),
    await pair('small', Buffer.from('a'), Buffer.from('b')),
    await pair('empty', Buffer.alloc(0), Buffer.alloc(0)),
  );
  expect((await differing(...files)).toSorted()).toEqual(['other', 'small']);
});

it('what cannot be read says nothing', async () => {
  await symlink('/etc/hostname', join(root, 'card', 'link'));
  expect(
    await differing(
      await pair('gone', undefined, Buffer.alloc(9)),
      await pair('never copied', Buffer.alloc(9), undefined),
      await pair('link', undefined, Buffer.alloc(9)),
      // A copy that was cut short is found by other means.
      await pair('short', Buffer.alloc(9, 1), Buffer.alloc(3, 2), 9),
    ),
  ).toEqual([]);
});

it('an abort ends it', async () => {
  const one = await pair('a', Buffer.alloc(9), Buffer.alloc(9));
  const reason = new Error('enough');
  await expect(differingFiles(join(root, 'card'), [one], AbortSignal.abort(reason))).rejects.toBe(
    reason,
  );
});
