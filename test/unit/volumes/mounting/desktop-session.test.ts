import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { desktopIsThere } from '../../../../src/volumes/mounting/desktop-session.ts';
import { hasRightToMount } from '../../../../src/volumes/mounting/plain-mount.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-sessions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a desktop', () => {
  it.each([
    ['of somebody', 'TYPE=wayland\nCLASS=user\nSTATE=active\n', true],
    ['of somebody in the background', 'TYPE=x11\nCLASS=user\nSTATE=online\n', true],
    ['that shows only the login screen', 'TYPE=wayland\nCLASS=greeter\nSTATE=active\n', false],
    ['that is being left', 'TYPE=x11\nCLASS=user\nSTATE=closing\n', false],
    ['of text alone', 'TYPE=tty\nCLASS=user\nSTATE=active\n', false],
  ])('%s', async (_what, text, there) => {
    writeFileSync(join(folder, '1'), text);
    mkdirSync(join(folder, '1.ref'));
    expect(await desktopIsThere({}, folder)).toBe(there);
  });

  it('is ours when we run in it', async () => {
    expect(await desktopIsThere({ WAYLAND_DISPLAY: 'wayland-0' }, folder)).toBe(true);
    expect(await desktopIsThere({ DISPLAY: '' }, join(folder, 'none'))).toBe(false);
  });
});

describe('the right to mount', () => {
  it.each([
    ['of root', 'CapEff:\t000001ffffffffff\n', true],
    ['given alone', 'CapEff:\t0000000000200000\n', true],
    ['of a hardened service', 'CapEff:\t0000000000000000\n', false],
    ['with everything but it', 'CapEff:\t000001ffffdfffff\n', false],
    ['that cannot be told', '', false],
  ])('%s', async (_what, text, may) => {
    const status = join(folder, 'status');
    writeFileSync(status, `Name:\tnode\n${text}`);
    expect(await hasRightToMount(status)).toBe(may);
  });
});
