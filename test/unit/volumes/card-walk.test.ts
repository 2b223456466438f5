import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeCardReader } from '../../../src/volumes/card-walk.ts';

const never = new AbortController().signal;

/** Which names are litter is the core's matter (junk.ts); here it only matters what becomes of them. */
const junkReason = (path: string): string | undefined =>
  path === '.Trashes' || path.includes('/._') ? 'litter' : undefined;
const reader = makeCardReader({ junkReason, clock: { now: () => 42 } });

describe('listing a card', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'safelight-walk-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const put = (path: string | Buffer, text = 'x'): void => {
    const whole = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)]);
    const slash = whole.lastIndexOf('/');
    mkdirSync(whole.subarray(0, slash), { recursive: true });
    writeFileSync(whole, text);
  };

  it('leaves the litter of operating systems out, and says so', async () => {
    put('DCIM/100CANON/IMG_0001.JPG');
    put('.Trashes/501/IMG_0002.JPG');
    put('DCIM/._IMG_0001.JPG');
    const scan = await reader.scan({ root }, never);
    expect(scan.files.map((f) => f.path)).toEqual(['DCIM/100CANON/IMG_0001.JPG']);
    const reason = 'litter';
    expect(scan.ignored).toEqual([
      { path: '.Trashes', reason },
      { path: 'DCIM/._IMG_0001.JPG', reason },
    ]);
    expect(scan.folders).toEqual(['DCIM', 'DCIM/100CANON']);
    expect(scan.scannedAt).toBe(42);
  });

  it('says what the camera’s own list names and the card has not, unless a person takes it as it is', async () => {
    const names = ['C0001.MP4', 'C0002.MP4', '._C0003.MP4'];
    const text = names.map((name) => `<Material uri="./CLIP/${name}"/>`).join('');
    put('PRIVATE/M4ROOT/MEDIAPRO.XML', text);
    put('PRIVATE/M4ROOT/CLIP/C0001.MP4');
    put('PRIVATE/M4ROOT/CLIP/._C0003.MP4');
    const { problems } = await reader.scan({ root }, never);
    expect(problems).toEqual([
      {
        path: 'PRIVATE/M4ROOT/CLIP/C0002.MP4',
        reason: 'PRIVATE/M4ROOT/MEDIAPRO.XML names it, but it is not on the card.',
        missing: true,
      },
    ]);
    expect((await reader.scan({ root, origin: 'offered' }, never)).problems).toEqual([]);
    expect((await reader.scan({ root, origin: 'volume' }, never)).problems).toHaveLength(1);
  });

  it('lists hidden files: cameras hide things too', async () => {
    put('.hidden/.clip.bin');
    const scan = await reader.scan({ root }, never);
    expect(scan.files.map((f) => f.path)).toEqual(['.hidden/.clip.bin']);
  });

  it('follows no link, opens no pipe, and names both', async () => {
    put('DCIM/A.JPG');
    symlinkSync('/etc', join(root, 'etc'));
    symlinkSync('DCIM/A.JPG', join(root, 'B.JPG'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(root, 'socket'), resolve);
    });
    const scan = await reader.scan({ root }, never);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(scan.files.map((f) => f.path)).toEqual(['DCIM/A.JPG']);
    expect(scan.ignored).toEqual([
      { path: 'B.JPG', reason: 'a link; links are not followed' },
      { path: 'etc', reason: 'a link; links are not followed' },
      { path: 'pipe', reason: 'a pipe, not a file' },
      { path: 'socket', reason: 'a socket, not a file' },
    ]);
    expect(scan.problems).toEqual([]);
  });

  it('keeps names as they are: composed and decomposed, backslash, line break', async () => {
    const names = ['\u00e9.txt', 'e\u0301.txt', 'a\\b.txt', 'a\nb.txt', ' lead and trail '];
    for (const name of names) put(name);
    const scan = await reader.scan({ root }, never);
    expect(scan.files.map((f) => f.path)).toEqual(names.toSorted());
  });

  it('makes a name that is not UTF-8 a problem, in a folder too, and goes on', async () => {
    put(Buffer.from([0x41, 0xff, 0x2e, 0x4a]));
    put(Buffer.concat([Buffer.from('D'), Buffer.from([0xe4]), Buffer.from('/inside.JPG')]));
    put('DCIM/A.JPG');
    const scan = await reader.scan({ root }, never);
    expect(scan.files.map((f) => f.path)).toEqual(['DCIM/A.JPG']);
    expect(scan.problems.map((p) => p.path)).toEqual(['A\ufffd.J', 'D\ufffd']);
    expect(scan.problems[0]?.reason).toContain('not valid UTF-8');
  });

  it('makes what the system cannot reach a problem, and lists the rest', async () => {
    put('DCIM/A.JPG');
    // Two trees of 3,000 characters, one moved below the other: longer than any path the system takes.
    const deep = Array.from({ length: 12 }, () => 'x'.repeat(250)).join('/');
    mkdirSync(join(root, 'one', deep), { recursive: true });
    mkdirSync(join(root, 'two', deep), { recursive: true });
    renameSync(join(root, 'two'), join(root, 'one', deep, 'two'));
    const scan = await reader.scan({ root }, never);
    renameSync(join(root, 'one', deep, 'two'), join(root, 'two'));
    expect(scan.files.map((f) => f.path)).toEqual(['DCIM/A.JPG']);
    expect(scan.problems).toHaveLength(1);
    expect(scan.problems[0]?.reason).toContain('too long for the system (ENAMETOOLONG)');
  });

  it('makes a root that is gone, or is no folder, a problem rather than an empty card', async () => {
    put('file');
    for (const path of [join(root, 'nothing'), join(root, 'file')]) {
      const scan = await reader.scan({ root: path }, never);
      expect(scan.files).toEqual([]);
      expect(scan.problems).toHaveLength(1);
      expect(scan.problems[0]?.path).toBe('.');
    }
  });

  it('finds whatever tree is there, in the order of code units', async () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_ ~-]{1,8}$/).filter((n) => n.trim() !== '');
    const tree = fc.uniqueArray(fc.tuple(name, name, name), {
      selector: (parts) => parts.join('/'),
      maxLength: 12,
    });
    let nth = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (paths) => {
        nth += 1;
        const below = `t${nth}`;
        mkdirSync(join(root, below));
        const wanted = paths.map((parts) => `a${parts[0]}/b${parts[1]}/c${parts[2]}`);
        for (const path of wanted) put(`${below}/${path}`);
        const scan = await reader.scan({ root: join(root, below) }, never);
        expect(scan.files.map((f) => f.path)).toEqual(wanted.toSorted());
        expect(scan.problems).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
