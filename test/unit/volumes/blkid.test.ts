/** blkid's answers that look alike: nothing there to find, and nothing that it was allowed to see. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { probeFilesystem } from '../../../src/volumes/linux/blkid.ts';

const { PATH } = process.env;
const never = new AbortController().signal;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-blkid-'));
  process.env['PATH'] = `${folder}${delimiter}${PATH}`;
});

afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

/** A stand-in for the program, with the words and exit code of util-linux 2.38. */
function blkidThat(script: string): string {
  writeFileSync(join(folder, 'blkid'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'blkid'), 0o755);
  const device = join(folder, 'sda1');
  writeFileSync(device, '');
  return device;
}

describe('asking blkid', () => {
  it('takes what it found', async () => {
    const device = blkidThat('printf "DEVNAME=/dev/sda1\\nUUID=0AD5-D8B8\\nTYPE=vfat\\n"');
    expect(await probeFilesystem(device, never)).toEqual({
      fsType: 'vfat',
      volumeSerial: '0AD5-D8B8',
    });
  });

  it('finds nothing on an empty device', async () => {
    expect(await probeFilesystem(blkidThat('exit 2'), never)).toBeUndefined();
  });

  it('does not take a device that it may not read for an empty one', async () => {
    const device = blkidThat('echo "blkid: error: /dev/sda1: Permission denied" >&2; exit 2');
    await expect(probeFilesystem(device, never)).rejects.toMatchObject({ code: 'no-answer' });
  });

  it('does not take a missing device for an empty one', async () => {
    blkidThat('exit 2');
    const missing = join(folder, 'sdz');
    await expect(probeFilesystem(missing, never)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
