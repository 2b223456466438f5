/** What is not known, or not any more, is never told as safe, and never waited for in vain. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkCards } from '../../../src/daemon/checking.ts';
import type { CheckOutcome } from '../../../src/daemon/checking.ts';
import { orAbort } from '../../../src/volumes/or-abort.ts';
import { aCard } from '../../fakes/fake-volume-source.ts';
import { BACKUP, ServiceStage, WORKING } from './service-stage.ts';

const FRAMES = { 'DCIM/100CANON/IMG_0001.CR3': 'one frame' };

let stage: ServiceStage;

beforeEach(async () => {
  stage = new ServiceStage();
  await stage.start();
});
afterEach(() => stage.close());

const isSafe = (label = 'A003') => stage.card(label)?.verdict === 'safe-to-format';
const troubles = () => stage.service?.status().troubles?.map(({ sentence }) => sentence) ?? [];

const nothingAside = async (): Promise<ReadonlySet<never>> => new Set<never>();

/** What `safelight check` answers; without a name about every card that is in. */
async function check(...selectors: string[]): Promise<CheckOutcome> {
  const deps = { ...stage.deps, remoteIds: [], setAside: nothingAside };
  return checkCards(deps, selectors, new AbortController().signal);
}

interface Held {
  /** Those under way go on, and so do later ones. */
  letGo(): void;
  /** Those under way hang for ever, later ones go on. */
  leaveHanging(): void;
}

/** Resolves with the one, rejects with the other. */
async function untilEither(one: AbortSignal, other: AbortSignal): Promise<void> {
  const first = new Promise<void>((resolve) => {
    one.addEventListener('abort', () => resolve());
  });
  await orAbort(first, other);
}

/** Listings of this card wait, until the service itself gives them up. */
function holdListings(label: string): Held {
  const { reader } = stage.deps;
  const scan = reader.scan.bind(reader);
  const gate = new AbortController();
  let isHeld = true;
  const leaveHanging = (): void => {
    isHeld = false;
  };
  reader.scan = async (insertion, signal) => {
    if (insertion.root.endsWith(label) && isHeld) await untilEither(gate.signal, signal);
    return scan(insertion, signal);
  };
  return {
    letGo() {
      leaveHanging();
      gate.abort();
    },
    leaveHanging,
  };
}

describe('a card that is being listed for the first time', () => {
  it('puts the green light of another out until it is judged', async () => {
    stage.insert('A003', FRAMES);
    await stage.until(() => stage.signal.light === 'safe');
    const held = holdListings('B001');
    stage.remote.store.offline = true;
    stage.insert('B001', { 'DCIM/100CANON/IMG_0009.CR3': 'another' });
    await stage.until(() => stage.signal.light === 'off');
    held.letGo();
    await stage.until(() => stage.card('B001')?.verdict === 'hold');
    expect(stage.signal.states.slice(-1)[0]?.light).not.toBe('safe');
    stage.remote.store.offline = false;
    await stage.until(() => stage.signal.light === 'safe');
  });

  it('and is pulled is not waited for', async () => {
    stage.insert('A003', FRAMES);
    await stage.until(() => stage.signal.light === 'safe');
    holdListings('B001');
    const { key } = stage.insert('B001', FRAMES);
    await stage.until(() => stage.signal.light === 'off');
    stage.volumes.pull(key);
    await stage.until(() => stage.signal.light === 'safe');
    expect(stage.card('B001')).toBeUndefined();
  });
});

it('a listing that hangs since the card was pulled does not hold the card for ever', async () => {
  stage.remote.store.offline = true;
  const card = stage.insert('A003', FRAMES);
  await stage.until(() => stage.card('A003')?.files.onDrives === 1);
  const held = holdListings('A003');
  await stage.forMinutes(3);
  stage.volumes.pull(card.key);
  await stage.until(() => stage.card('A003')?.present !== true);
  held.leaveHanging();
  stage.remote.store.offline = false;
  stage.volumes.insert({ ...card, key: 'again' });
  await stage.until(() => isSafe());
  expect(stage.card('A003')?.present).toBe(true);
});

function insertTwin(label: string, path: string): void {
  const root = join(stage.folder, 'media', label);
  stage.shoot(root, path, `shot on ${label}`);
  stage.shoot(root, 'MISC/AUTPRINT.MRK', 'the same on both');
  const facts = { kind: 'volume', fsType: 'exfat', volumeSerial: '0', sizeBytes: 1 } as const;
  stage.volumes.insert(aCard({ key: `disk ${label}`, root, label, facts }));
}

describe('two cards with one serial', () => {
  it('are told about and never safe, until one of them is out', async () => {
    insertTwin('A003', 'DCIM/100CANON/IMG_0001.CR3');
    await stage.until(() => stage.signal.light === 'safe');
    insertTwin('B001', 'DCIM/100CANON/IMG_0002.CR3');
    await stage.until(() => troubles().some((one) => one.includes('cannot be told apart')));
    await stage.until(() => stage.signal.light === 'off');
    await stage.forMinutes(5);
    expect(stage.signal.light).toBe('off');
    for (const selectors of [[], ['A003'], ['B001']]) {
      expect(await check(...selectors)).toMatchObject({ kind: 'cannot-tell' });
    }
    stage.volumes.pull('disk A003');
    await stage.until(() => isSafe('B001') && stage.signal.light === 'safe');
    expect(troubles()).toEqual([]);
  });

  it('are not copied again and again', async () => {
    insertTwin('A003', 'DCIM/100CANON/IMG_0001.CR3');
    insertTwin('B001', 'DCIM/100CANON/IMG_0002.CR3');
    await stage.until(() => troubles().some((one) => one.includes('cannot be told apart')));
    await stage.forMinutes(10);
    expect(stage.copier.copied.length).toBeLessThan(4);
  });
});

it('copies that were deleted while their drive was away are missed when it is back', async () => {
  const card = stage.insert('A003', FRAMES);
  await stage.until(() => stage.signal.light === 'safe');
  const { roll } = stage.card('A003') ?? { roll: '' };
  stage.volumes.pull(card.key);
  await stage.until(() => stage.card('A003') === undefined);
  stage.probe.trouble(BACKUP, 'not-mounted');
  stage.volumes.insert({ ...card, key: 'again' });
  await stage.until(() => isSafe());
  const isAway = () =>
    stage.service?.status().destinations.some(({ state }) => state === 'not-mounted') ?? false;
  await stage.until(isAway);
  rmSync(join(stage.drive(BACKUP), roll), { recursive: true });
  const before = stage.signal.states.length;
  stage.probe.ready(BACKUP, { deviceNumber: statSync(stage.drive(BACKUP)).dev });
  // It may last for a moment only: the copy is made again at once.
  const shown = () => stage.signal.states.slice(before).map(({ light }) => light);
  await stage.until(() => shown().some((light) => light !== 'safe'));
  await stage.until(() => isSafe());
  expect(existsSync(join(stage.drive(BACKUP), roll, 'DCIM/100CANON/IMG_0001.CR3'))).toBe(true);
});

it('copies that the drive gave no answer about are looked for again', async () => {
  const card = stage.insert('A003', FRAMES);
  await stage.until(() => isSafe());
  const { roll } = stage.card('A003') ?? { roll: '' };
  stage.volumes.pull(card.key);
  await stage.until(() => stage.card('A003') === undefined);
  const copy = join(stage.drive(BACKUP), roll, 'DCIM/100CANON/IMG_0001.CR3');
  rmSync(copy);
  const glances = stage.probe.glances.bind(stage.probe);
  let turns = 0;
  stage.probe.glances = async (drive, places) => {
    turns += 1;
    return turns > 2 ? glances(drive, places) : places.map(() => 'unknown' as const);
  };
  stage.volumes.insert({ ...card, key: 'again' });
  await stage.until(() => existsSync(copy));
  await stage.until(() => isSafe());
  expect(turns).toBeGreaterThan(2);
});

it('frames shot since are copied at once, not when all of before has been sent', async () => {
  const many = Array.from({ length: 60 }, (_, n) => [`DCIM/100CANON/IMG_${1000 + n}.CR3`, `${n}`]);
  let isSlow = true;
  stage.remote.store.beforeRequest = async () => {
    if (isSlow) await stage.clock.after(60_000, new AbortController().signal);
  };
  const card = stage.insert('A003', Object.fromEntries(many));
  await stage.until(() => stage.card('A003')?.files.onDrives === 60);
  stage.volumes.pull(card.key);
  await stage.until(() => stage.card('A003')?.present === false);
  stage.shoot(card.root, 'DCIM/100CANON/IMG_1060.CR3', 'since');
  stage.volumes.insert({ ...card, key: 'again' });
  await stage.until(() => stage.card('A003')?.files.onDrives === 61);
  expect(stage.card('A003')?.files.offsite).toBeLessThan(60);
  isSlow = false;
  await stage.until(() => isSafe());
  expect(existsSync(join(stage.drive(WORKING), stage.card('A003')?.roll ?? '', 'DCIM'))).toBe(true);
});

it('who asks about every card is not told about the others alone', async () => {
  stage.insert('A003', FRAMES);
  await stage.until(() => isSafe());
  const list = stage.volumes.list.bind(stage.volumes);
  stage.volumes.list = async (signal) => {
    const trouble = { sentence: 'B001 cannot be looked at.', hint: 'Mount it again.' };
    return { ...(await list(signal)), troubles: [trouble] };
  };
  expect(await check()).toEqual({
    kind: 'cannot-tell',
    sentence: 'B001 cannot be looked at.',
    hint: 'Mount it again.',
  });
  expect(await check('A003')).toMatchObject({ kind: 'answers' });
});

it('who asks about a card that is in and cannot be looked at is not told of what it was', async () => {
  const { key, ...card } = stage.insert('A003', FRAMES);
  await stage.until(() => isSafe());
  const id = stage.card('A003')?.id ?? '';
  stage.volumes.pull(key);
  expect(await check('A003')).toMatchObject({ kind: 'answers' });
  const list = stage.volumes.list.bind(stage.volumes);
  const { label, facts, root, devicePath } = card;
  stage.volumes.list = async (signal) => {
    const about = { label, facts, places: [root, devicePath ?? ''] };
    const trouble = { sentence: 'A003 gives no answer.', hint: 'Take it out.', about };
    return { ...(await list(signal)), troubles: [trouble] };
  };
  const told = { kind: 'cannot-tell', sentence: 'A003 gives no answer.', hint: 'Take it out.' };
  for (const name of ['A003', id, id.slice(0, 5), root, '/dev/sda1', `${root}/`]) {
    expect(await check(name)).toEqual(told);
  }
  expect(await check('B001')).toMatchObject({ kind: 'no-such-card' });
});

it('a card whose listing broke off stays on hold while nobody knows what is in', async () => {
  stage.insert('A003', FRAMES);
  await stage.until(() => isSafe());
  const scan = stage.deps.reader.scan.bind(stage.deps.reader);
  stage.deps.reader.scan = async () => {
    throw new TypeError('a mistake of ours');
  };
  await stage.until(() => stage.card('A003')?.verdict === 'hold');
  stage.deps.reader.scan = scan;
  stage.volumes.failListings('lsblk gave no answer');
  await stage.forMinutes(3);
  expect(stage.card('A003')?.verdict).toBe('hold');
  stage.volumes.failListings(undefined);
  await stage.until(() => isSafe());
});
