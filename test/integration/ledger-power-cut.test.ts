/** What the ledger acknowledged survives a power cut. Needs root, loop devices, mkfs.ext4 and python3. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectionOf, openDatabase } from '../../src/ledger/connection.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { sqliteLedger, type SqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import {
  allOf,
  allRecords,
  cardWithFiles,
  copyReadBack,
  sourceRead,
} from '../contracts/ledger-samples.ts';

const run = promisify(execFile);
const TIMEOUT = { timeout: 30_000 };

/**
 * EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h): from here on nothing reaches the device any
 * more, and what was not flushed before is lost, as when the power goes.
 */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))
`;

let home: string;
let drive: string;
let stateDir: string;

async function canTry(): Promise<boolean> {
  if (process.geteuid?.() !== 0) return false;
  const parts = ['/dev/loop-control', '/usr/sbin/mkfs.ext4'].map((path) => access(path));
  const python = run('python3', ['-c', 'pass'], TIMEOUT);
  return (await Promise.allSettled([...parts, python])).every(
    ({ status }) => status === 'fulfilled',
  );
}

const mount = (): Promise<unknown> =>
  run('mount', ['-o', 'loop', join(home, 'image'), drive], TIMEOUT);

async function cutPowerAndComeBack(ledger: SqliteLedger): Promise<void> {
  await run('python3', ['-c', CUT, drive], TIMEOUT);
  // The device is gone: what closing would still write must not help.
  await ledger.close().catch(() => undefined);
  await run('umount', [drive], TIMEOUT);
  await mount();
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'safelight-ledger-cut-'));
  drive = join(home, 'drive');
  stateDir = join(drive, 'state');
});

afterEach(async () => {
  await run('umount', [drive], TIMEOUT).catch(() => undefined);
  await rm(home, { recursive: true, force: true });
});

async function newDrive(): Promise<void> {
  await mkdir(drive);
  const image = await open(join(home, 'image'), 'w');
  await image.truncate(64 * 1024 * 1024);
  await image.close();
  await run('mkfs.ext4', ['-q', '-F', join(home, 'image')], TIMEOUT);
  await mount();
}

/** Records about one file after each of ten appends, then the power goes. Gives what is there afterwards. */
async function appendsThatSurvive(openAgain: () => Promise<SqliteLedger>): Promise<number> {
  await newDrive();
  const first = await openLedger(stateDir);
  const { ids, inventory } = await cardWithFiles(first, 1);
  await first.close();
  await run('sync', ['-f', drive], TIMEOUT);

  const ledger = await openAgain();
  const drafts = ids.flatMap((id) => [sourceRead(id), copyReadBack(id)]);
  for (let i = 0; i < 10; i += 1) await ledger.append(drafts);
  await cutPowerAndComeBack(ledger);

  const after = await openLedger(stateDir);
  const records = await allRecords(after, inventory);
  await after.close();
  return records.reduce((sum, record) => sum + record.evidence.length, 0);
}

/** The same ledger, opened with what the driver sets by itself. */
async function careless(): Promise<SqliteLedger> {
  const file = join(stateDir, 'ledger.sqlite');
  const db = openDatabase(file);
  db.pragma('synchronous = NORMAL');
  return sqliteLedger(connectionOf(db, file));
}

const describeWhereItCan = (await canTry()) ? describe : describe.skip;

describeWhereItCan('a power cut (needs root, loop devices, mkfs.ext4, python3)', () => {
  test('takes nothing that was acknowledged', async () => {
    expect(await appendsThatSurvive(() => openLedger(stateDir))).toBe(20);
  }, 60_000);

  test("with the driver's default of synchronous = NORMAL it would", async () => {
    expect(await appendsThatSurvive(careless)).toBeLessThan(20);
  }, 60_000);

  test('right after the ledger was made leaves a whole one', async () => {
    await newDrive();
    const ledger = await openLedger(stateDir);
    const { roll } = await cardWithFiles(ledger, 5);
    await cutPowerAndComeBack(ledger);
    const after = await openLedger(stateDir);
    expect(await allOf(after.knownFiles(roll.id))).toHaveLength(5);
    await after.close();
  }, 60_000);
});
