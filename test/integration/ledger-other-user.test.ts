/** Another user's eyes on the ledger: may read, may not write to its folder. Needs root, to become nobody. */
import { chmod, chown, cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { asCardId } from '../../src/core/ids.ts';
import { openLedger, openLedgerReadOnly } from '../../src/ledger/open.ts';
import type { SqliteLedger, SqliteReader } from '../../src/ledger/sqlite-ledger.ts';

const NOBODY = 65_534;
const CARD = asCardId('a'.repeat(16));
const isRoot = process.geteuid?.() === 0;

let home: string;
let stateDir: string;
let ledger: SqliteLedger;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'safelight-ledger-other-'));
  stateDir = join(home, 'state');
  await chmod(home, 0o755);
  ledger = await openLedger(stateDir);
  await insert('FIRST');
});

afterEach(async () => {
  await ledger.close();
  await rm(home, { recursive: true, force: true });
});

async function insert(label: string): Promise<void> {
  const at = 1_795_500_000_000;
  const card = { id: CARD, key: 'k', kind: 'volume', lastRoot: '/media/A' } as const;
  await ledger.recordInsertion({ ...card, label, firstSeenAt: at, lastSeenAt: at });
}

/** As an administrator would: others may look into the folder and read the files, and nothing else. */
async function letOthersRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o644);
}

async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

async function labels(reader: SqliteReader): Promise<readonly string[]> {
  return (await reader.cards()).map(({ label }) => label);
}

/** Copies of nobody's that still lie about. */
async function leftBehind(): Promise<readonly string[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith('safelight-read-'));
  const owners = await Promise.allSettled(names.map((name) => stat(join(tmpdir(), name))));
  return names.filter((_, i) => {
    const owner = owners[i];
    return owner?.status === 'fulfilled' && owner.value.uid === NOBODY;
  });
}

/** What nobody reads, and what is left behind in the temporary folder afterwards. */
function lookAt(folder: string): Promise<{ labels: readonly string[]; left: readonly string[] }> {
  return asNobody(async () => {
    const reader = await openLedgerReadOnly(folder);
    const seen = await labels(reader);
    await reader.close();
    return { labels: seen, left: await leftBehind() };
  });
}

// Said by name in the report when skipped: without root nobody can become somebody else.
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot('another user (needs root)', () => {
  test('follows what the running service commits', async () => {
    await letOthersRead(stateDir);
    await asNobody(async () => {
      const reader = await openLedgerReadOnly(stateDir);
      expect(await labels(reader)).toEqual(['FIRST']);
      await insert('SECOND');
      expect(await labels(reader)).toEqual(['SECOND']);
      await reader.close();
    });
  });

  test('reads after the service was killed: log and index are still there', async () => {
    const killed = join(home, 'killed');
    await cp(stateDir, killed, { recursive: true });
    await letOthersRead(killed);
    expect((await stat(join(killed, 'ledger.sqlite-wal'))).size).toBeGreaterThan(0);
    expect(await lookAt(killed)).toEqual({ labels: ['FIRST'], left: [] });
  });

  test('reads after a power cut: the log is there, its index is not', async () => {
    const cut = join(home, 'cut');
    await cp(stateDir, cut, { recursive: true });
    await rm(join(cut, 'ledger.sqlite-shm'));
    await letOthersRead(cut);
    expect(await lookAt(cut)).toEqual({ labels: ['FIRST'], left: [] });
    expect((await readdir(cut)).toSorted()).toEqual(['ledger.sqlite', 'ledger.sqlite-wal']);
  });

  test('reads after the service has ended cleanly', async () => {
    await ledger.close();
    await letOthersRead(stateDir);
    expect(await readdir(stateDir)).toEqual(['ledger.sqlite']);
    expect(await lookAt(stateDir)).toEqual({ labels: ['FIRST'], left: [] });
    expect(await readdir(stateDir)).toEqual(['ledger.sqlite']);
  });

  test('is told when the ledger is not for his eyes', async () => {
    await ledger.close();
    const opening = { code: 'cannot-open', hint: expect.stringContaining('as the user') };
    await expect(lookAt(stateDir)).rejects.toMatchObject(opening);
    await chmod(stateDir, 0o755);
    await expect(lookAt(stateDir)).rejects.toMatchObject(opening);
    expect(await leftBehind()).toEqual([]);
  });

  test('root looking at the ledger of the service leaves nothing that the service cannot write', async () => {
    await ledger.close();
    for (const path of [stateDir, join(stateDir, 'ledger.sqlite')])
      await chown(path, NOBODY, NOBODY);
    const reader = await openLedgerReadOnly(stateDir);
    expect(await labels(reader)).toEqual(['FIRST']);
    await reader.close();
    await asNobody(async () => {
      ledger = await openLedger(stateDir);
      await insert('SECOND');
      expect(await labels(ledger)).toEqual(['SECOND']);
    });
  });
});
