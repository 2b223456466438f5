/**
 * Story 11. Root has mounted a card with udisksctl, out of habit: it lies below /media/root, where nobody else may
 * look. The service runs without rights. It must say so and say what to do, and go on by itself when it is done.
 *
 * Needs root and loop devices.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canMountLoops, MAIN, Studio } from '../support/studio.ts';

const here = canMountLoops();
const story = here ? describe : describe.skip;
if (!here) console.warn('Story 11 is skipped: it needs root and loop devices.');

const NOBODY = 65_534;
const tool = (file: string, ...args: readonly string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

interface Told {
  readonly cards: readonly { readonly label: string; readonly present: boolean }[];
  readonly troubles?: readonly { readonly sentence: string; readonly hint: string }[];
}

story('a card that is mounted where the service may not look', () => {
  let studio: Studio;
  let service: ChildProcess;
  let device = '';
  let ownersFolder = '';

  beforeEach(async () => {
    // Nobody may not mount: it depends on what others mount.
    studio = new Studio({ cards: 'loopDevices = true' });
    chmodSync(studio.folder, 0o755);
    mkdirSync(studio.state);
    for (const path of [studio.state, studio.watch, studio.destination(0), studio.destination(1)]) {
      chownSync(path, NOBODY, NOBODY);
    }
    ownersFolder = join(studio.folder, 'media', 'root');
    mkdirSync(join(ownersFolder, 'EOS'), { recursive: true });
    chmodSync(ownersFolder, 0o750);
    const image = join(studio.folder, 'eos.img');
    tool('truncate', '-s', '24M', image);
    tool('mkfs.ext4', '-q', '-F', '-L', 'EOS', image);
    device = tool('losetup', '-f', '--show', image);
    // What udev notes about a card elsewhere, the service asks the device itself here.
    chmodSync(device, 0o664);
    tool('mount', device, join(ownersFolder, 'EOS'));
    const folder = join(ownersFolder, 'EOS/DCIM/100CANON');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'IMG_0001.CR3'), Buffer.alloc(200_000, 7));
    const args = [MAIN, 'daemon', '--config', studio.config, '--state-dir', studio.state];
    const env = { ...process.env, HOME: studio.state, XDG_RUNTIME_DIR: '' };
    service = spawn(process.execPath, args, { stdio: 'ignore', uid: NOBODY, gid: NOBODY, env });
  }, 60_000);

  afterEach(async () => {
    const ended = new Promise((done) => service.once('exit', done));
    if (service.exitCode === null && service.kill('SIGTERM')) await ended;
    tool('umount', device);
    chmodSync(device, 0o660);
    tool('losetup', '-d', device);
    await studio.close();
  }, 60_000);

  async function told(): Promise<Told> {
    const { code, stdout } = await studio.command('status', '--json');
    return code === 0 ? JSON.parse(stdout) : { cards: [] };
  }

  /** Other images may be mounted on the machine. */
  async function troubles(): Promise<NonNullable<Told['troubles']>> {
    return ((await told()).troubles ?? []).filter(({ sentence }) => sentence.includes(device));
  }

  it('is told about, with what to do, and taken as soon as it may be looked at', async () => {
    await studio.until('it is told about', async () => (await troubles()).length > 0);
    expect((await told()).cards.filter(({ label }) => label === 'EOS')).toEqual([]);
    expect(await troubles()).toEqual([
      {
        sentence: expect.stringMatching(/^EOS on \/dev\/loop\d+ is in, but .* may not look into/),
        hint: expect.stringContaining(`umount ${join(ownersFolder, 'EOS')}`),
      },
    ]);

    chmodSync(ownersFolder, 0o755);
    // Any mount wakes the service; a person's hint does the same.
    tool('mount', '--bind', ownersFolder, ownersFolder);
    tool('umount', ownersFolder);
    await studio.until('it is in', async () =>
      (await told()).cards.some(({ label, present }) => label === 'EOS' && present),
    );
    expect(await troubles()).toEqual([]);
  }, 120_000);
});
