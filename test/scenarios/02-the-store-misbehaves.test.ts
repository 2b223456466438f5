/**
 * Story 2. The offsite store has a bad night: it is away, it says yes and keeps nothing, it changes a bit, it hangs
 * up. Each time the card is on hold with a true sentence; each time it becomes safe by itself when the store is well
 * again.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { fetchTree, makeBucket, s3Remote } from '../support/s3-rclone.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/servers/fault-proxy.ts';
import { type RealServer, startRadosgw } from '../support/servers/real-servers.ts';
import { canMountLoops, Studio } from '../support/studio.ts';
import { treeOf } from '../support/tree.ts';

const BUCKET = 'studio-originals';
const here = canMountLoops();
if (!here) console.warn('Story 2 is skipped: it needs root and loop devices.');

(here ? describe : describe.skip)('a store that misbehaves', () => {
  let server: RealServer;
  let proxy: FaultProxy;
  let studio: Studio;

  beforeAll(async () => {
    const started = await startRadosgw();
    if ('missing' in started) throw new Error(started.missing);
    server = started;
    await makeBucket(server, BUCKET);
    proxy = await startFaultProxy(server.endpoint);
    studio = new Studio();
    const account = { ...server, endpoint: proxy.endpoint };
    studio.configure({ remote: s3Remote(account, { bucket: BUCKET, folder: studio.folder }) });
    await studio.start();
  }, 120_000);

  afterAll(async () => {
    await studio?.close();
    await proxy?.close();
    await server?.stop();
  }, 60_000);

  afterEach(() => {
    proxy.rules.length = 0;
  });

  /** A small card with one file that goes in parts and two that go whole. */
  async function shoot(label: string): Promise<void> {
    const root = join(studio.folder, `made-${label}`);
    mkdirSync(join(root, 'DCIM/100CANON'), { recursive: true });
    writeFileSync(join(root, 'DCIM/100CANON/IMG_0001.JPG'), randomBytes(300_000));
    writeFileSync(join(root, 'DCIM/100CANON/IMG_0002.CR3'), randomBytes(1_000_000));
    writeFileSync(join(root, 'DCIM/100CANON/MVI_0003.MP4'), randomBytes(20_000_000));
    await studio.insert(root, label);
  }

  async function untilHeld(label: string, sentence: RegExp): Promise<void> {
    await studio.until(`${label} is held with a true sentence`, async () => {
      const { code, cards } = await studio.check(label).catch(() => ({ code: 4, cards: [] }));
      const [card] = cards;
      if (card === undefined) return false;
      expect(card.verdict).toBe('hold');
      expect(code).toBe(1);
      return card.blockers.some((blocker) => sentence.test(blocker.sentence));
    });
  }

  async function expectSafeAndWhole(label: string): Promise<void> {
    await studio.untilSafe(label);
    const { cards } = await studio.check(label);
    const fetched = join(studio.folder, 'fetched', label);
    await fetchTree(server, `${BUCKET}/cards/${cards[0]?.roll ?? ''}`, fetched);
    expect(content(fetched)).toEqual(content(join(studio.watch, label)));
  }

  const faults: readonly [string, Fault, RegExp][] = [
    ['is away', { kind: 'status', status: 503, code: 'SlowDown' }, /b2/],
    ['says yes and keeps nothing', { kind: 'lie' }, /does not have it|not to be found/],
    ['changes a bit of every upload', { kind: 'flip-request', at: 1_000 }, /not yet confirmed|b2/],
    ['hangs up in the middle', { kind: 'cut-request', at: 50_000 }, /b2|not yet confirmed/],
    ['hangs up before it answers', { kind: 'cut-answer' }, /b2|not yet confirmed/],
  ];

  it.each(faults)(
    '%s: hold, and safe by itself later',
    async (name, fault, sentence) => {
      const label = name.replaceAll(' ', '-');
      proxy.rules.push({ when: isWrite, fault, times: Number.POSITIVE_INFINITY });
      await shoot(label);
      // A store that only loses its answers has everything: the witness sees that, and safe is the truth.
      if (fault.kind !== 'cut-answer') await untilHeld(label, sentence);
      proxy.rules.length = 0;
      await expectSafeAndWhole(label);
      expect((await studio.check(label)).code).toBe(0);
    },
    180_000,
  );

  it('is switched off: hold, and safe by itself when it is back', async () => {
    const refused = { when: () => true, fault: { kind: 'cut-request', at: 0 } as const };
    proxy.rules.push({ ...refused, times: Number.POSITIVE_INFINITY });
    await shoot('switched-off');
    await untilHeld('switched-off', /b2/);
    proxy.rules.length = 0;
    await expectSafeAndWhole('switched-off');
    expect((await studio.check('switched-off')).code).toBe(0);
  }, 180_000);
});

function isWrite({ method, url }: { readonly method: string; readonly url: string }): boolean {
  return ['PUT', 'POST'].includes(method) && url.includes('/cards/2');
}

function content(root: string): readonly (readonly [string, string])[] {
  return treeOf(root).map(({ path, sha256 }) => [path, sha256]);
}
