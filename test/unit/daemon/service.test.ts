/** The service from a card put in to its verdict; each way to safe has twins that lack one fact and hold. */
import { afterEach, describe, expect, it, test } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aCard } from '../../fakes/fake-volume-source.ts';
import { BACKUP, ServiceStage, type StageOptions, WORKING } from './service-stage.ts';

const FRAMES = {
  'DCIM/100CANON/IMG_0001.CR3': 'one frame',
  'DCIM/100CANON/IMG_0001.JPG': 'its picture',
  'DCIM/100CANON/IMG_0002.CR3': 'another frame',
};

let stage: ServiceStage;

async function started(options: StageOptions = {}): Promise<ServiceStage> {
  stage = new ServiceStage(options);
  await stage.start();
  return stage;
}

afterEach(() => stage.close());

const verdict = (label = 'A003') => stage.card(label)?.verdict;
const isSafe = (label = 'A003') => verdict(label) === 'safe-to-format';
const reasons = (label = 'A003') => stage.card(label)?.blockers.map(({ kind }) => kind) ?? [];

/** Whether it is held now and however much time passes, for every face. */
async function staysHeld(): Promise<boolean> {
  await stage.until(() => verdict() === 'hold');
  const told: unknown[] = [];
  for (let minute = 0; minute < 10; minute += 1) {
    await stage.forMinutes(1);
    told.push(verdict(), (await stage.check('A003'))?.verdict);
  }
  const wasGreen = stage.signal.states.some(({ light }) => light === 'safe');
  return !wasGreen && told.every((one) => one === 'hold');
}

/** Puts a card in and waits until it is safe; returns its root. */
async function safeCard(): Promise<string> {
  await started();
  const { root } = stage.insert('A003', FRAMES);
  await stage.until(isSafe);
  return root;
}

const FRAME = 'DCIM/100CANON/IMG_0002.CR3';

function failBoth(): void {
  stage.copier.failing.set(WORKING, 'read-only').set(BACKUP, 'too-little-space');
}

function everyFrameIsUnstable(): void {
  for (const path of Object.keys(FRAMES)) stage.copier.unstable.add(path);
}

function ledgerThatFailsAt(ordinal: number): StageOptions {
  const onAppend = (n: number): void => {
    if (n === ordinal) throw Object.assign(new Error('no space'), { name: 'LedgerError' });
  };
  return { ledger: { onAppend } };
}

describe('a card', () => {
  it('becomes safe: on both drives, offsite, and seen there', async () => {
    await started();
    expect(stage.signal.states[0]?.light).toBe('do-not-format');
    stage.insert('A003', FRAMES);
    await stage.until(isSafe);
    const { roll } = stage.card('A003') ?? { roll: '' };
    for (const [path, content] of Object.entries(FRAMES)) {
      for (const id of [WORKING, BACKUP]) {
        expect(readFileSync(join(stage.drive(id), roll, path), 'utf8')).toBe(content);
      }
      expect(stage.remote.store.objects.get(`${roll}/${path}`)?.bytes.toString()).toBe(content);
    }
    expect((await stage.check('A003'))?.verdict).toBe('safe-to-format');
    await stage.until(() => stage.signal.light === 'safe');
  });

  it('is told about when it becomes safe, once', async () => {
    await started();
    stage.insert('A003', FRAMES);
    await stage.until(() => stage.signal.turns.some(({ kind }) => kind === 'safe'));
    await stage.forMinutes(10);
    expect(stage.signal.turns.filter(({ kind }) => kind === 'safe')).toHaveLength(1);
  });

  it('is told apart from the one beside it', async () => {
    await started();
    stage.copier.unreadable.add('DCIM/100CANON/IMG_0009.CR3');
    stage.insert('A003', FRAMES);
    stage.insert('B001', { 'DCIM/100CANON/IMG_0009.CR3': 'unreadable', ...FRAMES });
    await stage.until(() => isSafe('A003'));
    await stage.until(() => reasons('B001').includes('source-unreadable'));
    expect(verdict('A003')).toBe('safe-to-format');
    expect(stage.card('B001')?.files).toMatchObject({ total: 4, onDrives: 3 });
  });

  it('that is pulled becomes safe without it, once it is on the drives', async () => {
    await started();
    stage.remote.store.offline = true;
    const card = stage.insert('A003', FRAMES);
    await stage.until(() => stage.card('A003')?.files.onDrives === 3);
    await stage.until(() => !reasons().includes('source-sample-missing'));
    stage.volumes.pull(card.key);
    stage.remote.store.offline = false;
    await stage.until(() => stage.signal.turns.some(({ kind }) => kind === 'safe'));
    expect((await stage.check('A003'))?.verdict).toBe('safe-to-format');
  });
});

describe('with one fact missing it holds:', () => {
  const faults: readonly (readonly [string, () => void, string])[] = [
    ['one drive is away', () => stage.probe.trouble(BACKUP, 'not-mounted'), 'too-few-copies'],
    [
      'one drive fails',
      () => stage.copier.failing.set(BACKUP, 'too-little-space'),
      'too-few-copies',
    ],
    ['both drives fail', () => failBoth(), 'too-few-copies'],
    ['read back from memory', () => (stage.copier.proof = 'cached'), 'read-back-weak'],
    ['the store is away', () => (stage.remote.store.offline = true), 'too-few-offsite'],
    ['the bucket is gone', () => (stage.remote.store.bucketGone = true), 'too-few-offsite'],
    ['the key is refused', () => (stage.remote.store.badCredentials = true), 'too-few-offsite'],
    ['a frame cannot be read', () => stage.copier.unreadable.add(FRAME), 'source-unreadable'],
    ['frames differ when read', () => everyFrameIsUnstable(), 'source-unstable'],
    ['only a listing was seen', () => (stage.witness.sight = 'listing'), 'offsite-grade-low'],
  ];
  test.each(faults)('%s', async (_, fault, kind) => {
    stage = new ServiceStage();
    fault();
    await stage.start();
    stage.insert('A003', FRAMES);
    await stage.until(() => reasons().includes(kind as never));
    expect(await staysHeld()).toBe(true);
  });

  test('the store lies about every upload', async () => {
    await started();
    stage.remote.store.putFaults.push(...Array.from({ length: 1000 }, () => 'lie' as const));
    stage.insert('A003', FRAMES);
    expect(await staysHeld()).toBe(true);
  });

  test('every stored object lost a bit', async () => {
    await started();
    stage.remote.store.putFaults.push(...Array.from({ length: 1000 }, () => 'flip' as const));
    stage.insert('A003', FRAMES);
    expect(await staysHeld()).toBe(true);
    expect(reasons()).toContain('offsite-mismatch');
  });

  test('one remote is asked for and none is set up', async () => {
    await started({ policy: { offsiteRemotes: new Set() } });
    stage.insert('A003', FRAMES);
    expect(await staysHeld()).toBe(true);
    expect(reasons()).toContain('no-offsite-remote');
  });
});

describe('after safe', () => {
  it('one more frame holds, and is copied by itself', async () => {
    const root = await safeCard();
    stage.remote.store.offline = true;
    stage.shoot(root, 'DCIM/100CANON/IMG_0003.CR3', 'one more');
    expect((await stage.check('A003'))?.verdict).toBe('hold');
    await stage.until(() => verdict() === 'hold');
    stage.remote.store.offline = false;
    await stage.until(isSafe);
    expect(stage.card('A003')?.files.total).toBe(4);
  });

  it('a lost copy is seen by who asks', async () => {
    await safeCard();
    const { roll } = stage.card('A003') ?? { roll: '' };
    rmSync(join(stage.drive(BACKUP), roll, 'DCIM/100CANON/IMG_0002.CR3'));
    const asked = await stage.check('A003');
    expect([asked?.verdict, asked?.blockers[0]?.kind]).toEqual(['hold', 'copy-lost']);
  });

  it('frames written over with the clock standing still are new frames', async () => {
    const root = await safeCard();
    stage.remote.store.offline = true;
    writeFileSync(join(root, 'DCIM/100CANON/IMG_0002.CR3'), 'another frame, and longer');
    expect((await stage.check('A003'))?.verdict).toBe('hold');
    await stage.until(() => verdict() === 'hold');
    stage.remote.store.offline = false;
    await stage.until(isSafe);
    const { roll } = stage.card('A003') ?? { roll: '' };
    const first = join(stage.drive(WORKING), roll, 'DCIM/100CANON/IMG_0002.CR3');
    expect(readFileSync(first, 'utf8')).toBe('another frame');
  });
});

describe('trouble at one drive', () => {
  it('is told with what the drive said, also to who asks without the service, until it is over', async () => {
    await started();
    stage.copier.failing.set(BACKUP, 'too-little-space');
    stage.insert('A003', FRAMES);
    await stage.until(() => reasons().includes('destination-trouble'));
    const asked = await stage.check('A003');
    const trouble = asked?.blockers.find(({ kind }) => kind === 'destination-trouble');
    expect(trouble?.sentence).toContain('"backup"');
    stage.copier.failing.clear();
    await stage.until(isSafe);
    expect((await stage.check('A003'))?.verdict).toBe('safe-to-format');
    expect(await stage.ledger.troubles()).toEqual([]);
  });

  it('does not keep the other drive from having everything', async () => {
    await started();
    stage.copier.failing.set(BACKUP, 'too-little-space');
    stage.insert('A003', FRAMES);
    await stage.until(() => reasons().includes('destination-trouble'));
    const { roll } = stage.card('A003') ?? { roll: '' };
    for (const [path, content] of Object.entries(FRAMES)) {
      expect(readFileSync(join(stage.drive(WORKING), roll, path), 'utf8')).toBe(content);
    }
  });
});

describe('an error that nobody foresaw', () => {
  it('holds its card and no other, and is tried again', async () => {
    await started();
    let broken = true;
    const copy = stage.copier.copy.bind(stage.copier);
    stage.copier.copy = async (job, events, signal) => {
      if (broken && job.source.root.endsWith('A003')) throw new TypeError('a mistake of ours');
      return copy(job, events, signal);
    };
    stage.insert('A003', FRAMES);
    stage.insert('B001', FRAMES);
    await stage.until(() => reasons().includes('work-failed'));
    await stage.until(() => isSafe('B001'));
    await stage.forMinutes(3);
    expect(reasons()).toContain('work-failed');
    expect(
      stage
        .card('A003')
        ?.blockers.map(({ sentence }) => sentence)
        .join(' '),
    ).toContain('a mistake of ours');
    broken = false;
    await stage.until(isSafe);
    expect(reasons()).toEqual([]);
  });

  it('of the ledger ends the service: without evidence nothing can go on', async () => {
    await started(ledgerThatFailsAt(2));
    stage.insert('A003', FRAMES);
    await expect(stage.service?.stopped).rejects.toThrow('no space');
    expect(stage.signal.light).toBe('off');
  });
});

describe('what is left alone', () => {
  it('is told as unknown, and taken when a person offers it', async () => {
    await started();
    const { root } = stage.insert('STICK', { 'Documents/letter.txt': 'Dear' });
    await stage.until(() => stage.service?.status().unknownVolumes.length === 1);
    await stage.forMinutes(5);
    expect([stage.card('STICK'), stage.copier.copied]).toEqual([undefined, []]);
    expect(await stage.service?.offload(root, 'STICK')).toEqual({ kind: 'accepted' });
    await stage.until(() => isSafe('STICK'));
  });

  it('an empty card is neither safe nor held', async () => {
    await started();
    stage.insert('A003', { 'DCIM/100CANON/._IMG_0001.CR3': 'junk' });
    await stage.until(() => verdict() !== undefined);
    await stage.forMinutes(1);
    expect([verdict(), stage.signal.light]).toEqual(['nothing-to-protect', 'empty']);
  });
});

describe('not knowing what is plugged in', () => {
  it('changes nothing but the light, which is off, and is told', async () => {
    await started();
    const card = stage.insert('A003', FRAMES);
    await stage.until(() => stage.signal.light === 'safe');
    stage.volumes.failListings('lsblk gave no answer');
    stage.volumes.wake();
    await stage.until(() => stage.signal.light === 'off');
    await stage.forMinutes(2);
    expect(stage.card('A003')).toMatchObject({ present: true, verdict: 'safe-to-format' });
    expect(stage.service?.status()).toMatchObject({
      light: 'off',
      troubles: [{ sentence: expect.stringContaining('lsblk gave no answer') }],
    });
    await expect(stage.check('A003')).rejects.toThrow('cannot-tell');
    stage.volumes.failListings(undefined);
    stage.volumes.wake();
    await stage.until(() => stage.signal.light === 'safe');
    stage.volumes.pull(card.key);
    await stage.until(() => stage.card('A003') === undefined);
  });

  it('while a card is being copied ends in safe once it is known again', async () => {
    await started();
    stage.remote.store.offline = true;
    stage.insert('A003', FRAMES);
    await stage.until(() => stage.card('A003')?.files.onDrives === 3);
    stage.volumes.failListings('lsblk gave no answer');
    stage.remote.store.offline = false;
    await stage.forMinutes(5);
    expect(verdict()).toBe('hold');
    stage.volumes.failListings(undefined);
    await stage.until(isSafe);
  });

  it('of one card that cannot be mounted puts the green light of another out', async () => {
    await started();
    stage.insert('A003', FRAMES);
    await stage.until(() => stage.signal.light === 'safe');
    stage.mounter.trouble = { sentence: 'B001 cannot be mounted.', hint: 'Try another reader.' };
    stage.mounter.insert(aCard({ key: 'another', root: '/media/B001', label: 'B001' }));
    await stage.until(() => stage.signal.light === 'off');
    expect(isSafe()).toBe(true);
  });
});

it('is not taken for stuck when the clock is set, or the machine wakes from sleep', async () => {
  await started();
  stage.clock.jump(8 * 3_600_000);
  expect(stage.service?.comesRound()).toBe(true);
  stage.clock.pass(121_000);
  expect(stage.service?.comesRound()).toBe(false);
});

describe('a storm of hints', () => {
  it('makes for no more listings than their cost allows', async () => {
    await started();
    const { volumes, clock } = stage;
    const list = volumes.list.bind(volumes);
    volumes.list = async (signal) => {
      clock.pass(50);
      return list(signal);
    };
    const before = volumes.listings;
    const begin = clock.now();
    while (clock.now() - begin < 60_000) {
      volumes.wake();
      await clock.advance(10);
    }
    expect(volumes.listings - before).toBeGreaterThan(40);
    // A twentieth of the time, and the pauses that may be owed.
    expect(volumes.listings - before).toBeLessThanOrEqual(60 + 15);
    stage.insert('A003', FRAMES);
    await stage.until(isSafe);
  });
});

describe('uploads that nobody will resume', () => {
  it('are ended once a day, those in the ledger left alone', async () => {
    await started();
    const { clock, remote } = stage;
    await clock.advance(3_600_000);
    await stage.until(() => remote.sweeps.length === 1);
    remote.store.offline = true;
    await clock.advance(86_400_000);
    remote.store.offline = false;
    await clock.advance(86_400_000);
    await stage.until(() => remote.sweeps.length === 2);
    expect(remote.sweeps).toEqual([[], []]);
  });
});

it('another card swapped in between two looks is not taken for the one before', async () => {
  await started();
  const { root, ...first } = stage.insert('A003', FRAMES);
  await stage.until(isSafe);
  rmSync(root, { recursive: true });
  stage.shoot(root, 'DCIM/100CANON/IMG_0001.CR3', 'of another card');
  stage.remote.store.offline = true;
  stage.volumes.insert({
    ...first,
    root,
    key: 'another',
    facts: { kind: 'volume', fsType: 'exfat', volumeSerial: 'AAAA-BBBB', sizeBytes: 1 },
  });
  await stage.until(() => verdict() === 'hold');
  expect(stage.service?.status().cards.map(({ present }) => present)).toEqual([true]);
  stage.remote.store.offline = false;
  await stage.until(isSafe);
  expect(stage.card('A003')?.files.total).toBe(1);
});
