/** A service killed at any moment loses nothing that it was told is recorded, and leaves nothing half there. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Evidence, EvidenceDraft } from '../../src/core/evidence.ts';
import { asCardId } from '../../src/core/ids.ts';
import type { Inventory } from '../../src/core/inventory.ts';
import { openLedger, openLedgerReadOnly } from '../../src/ledger/open.ts';
import type { SqliteReader } from '../../src/ledger/sqlite-ledger.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHILD = fileURLToPath(new URL('./ledger-kill-child.mjs', import.meta.url));
const CARD = asCardId('a'.repeat(16));

let home: string;
let build: string;

/** The ledger compiled as for a release, with its migrations copied by the build's own script. */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'safelight-ledger-kill-'));
  build = join(home, 'build');
  const config = join(home, 'tsconfig.json');
  const compilerOptions = {
    rootDir: join(ROOT, 'src'),
    outDir: build,
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const files = [join(ROOT, 'src/ledger/open.ts')];
  const extended = join(ROOT, 'tsconfig.build.json');
  await writeFile(
    config,
    JSON.stringify({ extends: extended, compilerOptions, include: [], files }),
  );
  await writeFile(join(home, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config], { timeout: 60_000 });
  await run(process.execPath, [join(ROOT, 'scripts/copy-assets.mjs'), build], { timeout: 60_000 });
}, 120_000);

afterAll(() => rm(home, { recursive: true, force: true }));

type Batch = readonly EvidenceDraft[];

interface Acknowledged {
  readonly batches: readonly Batch[];
  readonly inventory?: Inventory;
}

type Line = { readonly stored?: Batch; readonly inventory?: Inventory };

/** Lets the child work until it has said so many lines, kills it, and gives back all that it had said. */
async function killAfter(stateDir: string, lines: number, delayMs: number): Promise<Acknowledged> {
  const child = spawn(process.execPath, [CHILD, build, stateDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let said = '';
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > lines) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await closed;
  expect({ complaint, signal: child.signalCode }).toEqual({ complaint: '', signal: 'SIGKILL' });
  // A line that was cut off was not acknowledged.
  const whole = said
    .split('\n')
    .slice(0, -1)
    .map((line): Line => JSON.parse(line));
  const inventory = whole.find((line) => line.inventory !== undefined)?.inventory;
  return {
    batches: whole.flatMap(({ stored }) => (stored === undefined ? [] : [stored])),
    ...(inventory === undefined ? {} : { inventory }),
  };
}

/** What is there by its time, each batch in the order of seq. */
async function storedIn(reader: SqliteReader): Promise<ReadonlyMap<number, Batch>> {
  const roll = await reader.currentRoll(CARD);
  const items: Evidence[] = [];
  for await (const batch of roll === undefined ? [] : reader.everyRecord(roll.id)) {
    items.push(...batch.flatMap(({ evidence }) => evidence));
  }
  const batches = new Map<number, EvidenceDraft[]>();
  for (const { seq: _seq, ...draft } of items.toSorted((a, b) => a.seq - b.seq)) {
    const batch = batches.get(draft.at) ?? [];
    batches.set(draft.at, [...batch, draft]);
  }
  return batches;
}

/** Batches of which some records are there and some are not. */
function halfBatches(stored: ReadonlyMap<number, Batch>): readonly Batch[] {
  return [...stored.values()].filter((batch) => {
    const last = batch.at(-1);
    return last?.kind !== 'source-unreadable' || Number(last.reason) !== batch.length;
  });
}

/** Acknowledged batches that are not there, or not as they were acknowledged. */
function lost(
  acknowledged: readonly Batch[],
  stored: ReadonlyMap<number, Batch>,
): readonly Batch[] {
  return acknowledged.filter((batch) => !isDeepStrictEqual(stored.get(batch[0]?.at ?? 0), batch));
}

describe('a ledger whose writer is killed', () => {
  test('while appending, 24 times over: every acknowledged record is there, none is half there', async () => {
    const stateDir = join(home, 'appending');
    const acknowledged: Batch[] = [];
    for (let round = 0; round < 24; round += 1) {
      const lines = 4 + Math.floor(Math.random() * 40);
      acknowledged.push(...(await killAfter(stateDir, lines, 0)).batches);

      // First as a face would look at it: nobody has repaired anything yet.
      const reader = await openLedgerReadOnly(stateDir);
      const seen = await storedIn(reader);
      await reader.close();
      expect(lost(acknowledged, seen)).toEqual([]);
      expect(halfBatches(seen)).toEqual([]);

      const ledger = await openLedger(stateDir);
      expect(isDeepStrictEqual(await storedIn(ledger), seen)).toBe(true);
      await ledger.close();
    }
    expect(acknowledged.length).toBeGreaterThan(24 * 2);
  }, 180_000);

  test('while it is made, 16 times over: what is there is whole, or begun again', async () => {
    for (let round = 0; round < 16; round += 1) {
      const stateDir = join(home, `making-${round}`);
      const told = await killAfter(stateDir, 1, Math.random() * 60);
      const ledger = await openLedger(stateDir);
      const stored = await storedIn(ledger);
      expect(lost(told.batches, stored)).toEqual([]);
      expect(halfBatches(stored)).toEqual([]);
      const roll = await ledger.currentRoll(CARD);
      const inventory = roll && (await ledger.latestInventory(roll.id));
      expect(inventory ?? told.inventory).toEqual(told.inventory ?? inventory);
      await ledger.close();
    }
  }, 120_000);
});
