/** Notes about media in a file that cannot always be written. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { MountNotes } from '../../../../src/volumes/mounting/mount-notes.ts';

it('cards that cannot be mounted are told though they cannot be noted, and noted as soon as they can', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mount-notes-'));
  const path = join(folder, 'mounts.json');
  mkdirSync(path);
  const facts = { kind: 'volume', fsType: 'exfat', volumeSerial: 'F144', sizeBytes: 1 } as const;
  const words = { sentence: 'A003 could not be mounted.', hint: 'Take it out.' };
  const trouble = { devicePath: '/dev/sda1', label: 'A003', facts, ...words };
  const cards = [{ device: '8:1', sequence: '7', trouble }];
  const notes = new MountNotes(path);
  await notes.noteNotMounted(cards);
  rmSync(path, { recursive: true });
  await notes.noteNotMounted(cards);
  expect(await new MountNotes(path).notMounted()).toEqual(cards);
  rmSync(folder, { recursive: true });
});
