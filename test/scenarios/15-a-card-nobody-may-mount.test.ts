/**
 * Story 15. A card is in, and the service may not mount it: no udisks, and no right of its own. Who asks about it, by
 * whatever name, must be told that nobody knows, and never what was known of it or of the others alone.
 *
 * Needs root and loop devices.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canMountLoops, type CommandResult, MAIN, Studio } from '../support/studio.ts';

const here = canMountLoops();
const story = here ? describe : describe.skip;
if (!here) console.warn('Story 15 is skipped: it needs root and loop devices.');

const NOBODY = 65_534;
const run = promisify(execFile);
const tool = (file: string, ...args: readonly string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

interface Checked extends CommandResult {
  readonly told: string;
}

story('a card that the service may not mount', () => {
  let studio: Studio;
  let service: ChildProcess;
  let device = '';

  const places = (): string[] => ['--config', studio.config, '--state-dir', studio.state];
  const owner = () => ({
    uid: NOBODY,
    gid: NOBODY,
    env: { ...process.env, HOME: studio.state, XDG_RUNTIME_DIR: '' },
  });

  beforeEach(() => {
    studio = new Studio({ cards: 'loopDevices = true\nmount = "mount"' });
    chmodSync(studio.folder, 0o755);
    mkdirSync(studio.state);
    for (const path of [studio.state, studio.watch, studio.destination(0), studio.destination(1)]) {
      chownSync(path, NOBODY, NOBODY);
    }
    const image = join(studio.folder, 'eos.img');
    tool('truncate', '-s', '24M', image);
    tool('mkfs.exfat', '-L', 'EOS', image);
    device = tool('losetup', '-f', '--show', image);
    // What udev notes about a card elsewhere, the service asks the device itself here.
    chmodSync(device, 0o664);
    const args = [MAIN, 'daemon', ...places()];
    service = spawn(process.execPath, args, { stdio: 'ignore', ...owner() });
  }, 60_000);

  afterEach(async () => {
    const ended = new Promise((done) => service.once('exit', done));
    if (service.exitCode === null && service.kill('SIGTERM')) await ended;
    chmodSync(device, 0o660);
    tool('losetup', '-d', device);
    await studio.close();
  }, 60_000);

  async function check(...names: readonly string[]): Promise<Checked> {
    const all = [MAIN, 'check', ...names, ...places()];
    try {
      const { stdout, stderr } = await run(process.execPath, all, owner());
      return { code: 0, stdout, stderr, told: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as CommandResult;
      return { code, stdout, stderr, told: stdout + stderr };
    }
  }

  async function isTold(): Promise<boolean> {
    const { code, stdout } = await studio.command('status', '--json');
    return code === 0 && stdout.includes(device);
  }

  it('is told about as such, and nobody can tell how it stands with it', async () => {
    await studio.until('status tells of it', isTold);
    for (const name of ['EOS', device]) {
      const { code, told } = await check(name);
      expect({ name, code, told }).toMatchObject({ name, code: 4 });
      expect(told).toContain(`EOS on ${device} is in, but could not be mounted`);
      expect(told).toContain('polkit rule');
    }
    expect((await check()).code).toBe(4);
    expect((await check('B001')).code).toBe(3);
  }, 120_000);
});
