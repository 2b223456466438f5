/** Plain facts for the ledger's tests. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import {
  asCardId,
  asContentHash,
  asDestinationId,
  asMediumId,
  asRemoteId,
  type CardId,
  type FileId,
} from '../../src/core/ids.ts';
import type {
  FileRecord,
  InventoryDraft,
  KnownCard,
  Ledger,
  LedgerReader,
  NewFile,
  Roll,
} from '../../src/ports/ledger.ts';
import type { Inventory } from '../../src/core/inventory.ts';

/**
 * A folder of its own for a ledger. In memory where the system has such a place: these tests open hundreds of
 * ledgers, and what a disk does to them is tried in test/integration.
 */
export function newHome(): Promise<string> {
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  return mkdtemp(join(place, 'safelight-ledger-test-'));
}

export const AT = 1_795_500_000_000;
export const HASH = asContentHash('0123456789abcdef');
export const B2 = asRemoteId('b2');
export const WORKING = asDestinationId('working');

export function cardNamed(digit: string): KnownCard & { key: string } {
  return {
    id: asCardId(digit.repeat(16)),
    key: `volume\0exfat\0${digit}`,
    kind: 'volume',
    label: `CARD_${digit}`,
    firstSeenAt: AT,
    lastSeenAt: AT,
    lastRoot: `/media/CARD_${digit}`,
  };
}

export function newFile(path: string, sizeBytes = 10): NewFile {
  return { path, sizeBytes, mtimeMs: AT - 5_000, role: 'media', placement: path };
}

export function manyFiles(count: number): readonly NewFile[] {
  return Array.from({ length: count }, (_, i) => newFile(`DCIM/${i + 1}.CR3`, i));
}

export function scanOf(roll: Roll, parts: Partial<InventoryDraft> = {}): InventoryDraft {
  const nothing = { known: [], fresh: [], ignored: [], problems: [] };
  return { rollId: roll.id, scannedAt: AT, ...nothing, ...parts };
}

export function sourceRead(fileId: FileId, at = AT): EvidenceDraft {
  return { kind: 'source-read', fileId, at, hash: HASH, sizeBytes: 10 };
}

export function copyReadBack(fileId: FileId): EvidenceDraft {
  return {
    kind: 'copy-read-back',
    fileId,
    at: AT,
    destinationId: WORKING,
    mediumId: asMediumId('disk-1'),
    placedAt: 'A/1.CR3',
    hash: HASH,
    sizeBytes: 10,
    proof: 'device',
  };
}

export function sighting(fileId: FileId, at = AT): EvidenceDraft {
  const own = { remoteId: B2, key: 'A/1.CR3', method: 'listed', sizeBytes: 10 } as const;
  return { kind: 'offsite-sighting', fileId, at, ...own };
}

/** A card with a roll of its own. */
export async function cardWithRoll(ledger: Ledger, digit = 'a'): Promise<Roll> {
  const card = cardNamed(digit);
  await ledger.recordInsertion(card);
  return ledger.startRoll(card.id, AT, (n) => `2026-11-24/${card.label}_${n}`);
}

/** A card, a roll, and an inventory of so many files; gives their numbers too. */
export async function cardWithFiles(
  ledger: Ledger,
  count: number,
  digit = 'a',
): Promise<{ roll: Roll; inventory: Inventory; ids: readonly FileId[] }> {
  const roll = await cardWithRoll(ledger, digit);
  const inventory = await ledger.recordInventory(scanOf(roll, { fresh: manyFiles(count) }));
  const ids = (await allOf(ledger.knownFiles(roll.id))).map(({ id }) => id);
  return { roll, inventory, ids };
}

/** What comes in batches, in one piece. */
export async function allOf<T>(batches: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

export function allRecords(
  ledger: LedgerReader,
  inventory: Inventory,
): Promise<readonly FileRecord[]> {
  return allOf(ledger.records(inventory));
}

/** Everything that the ledger tells, for comparing before and after, or one ledger with another. */
export async function everything(ledger: LedgerReader, cardIds: readonly CardId[]) {
  const rolls = (await Promise.all(cardIds.map((id) => ledger.rolls(id)))).flat();
  const perRoll = await Promise.all(
    rolls.map(async (roll) => {
      const inventory = await ledger.latestInventory(roll.id);
      return {
        roll,
        inventory,
        files: await allOf(ledger.knownFiles(roll.id)),
        records: inventory === undefined ? [] : await allRecords(ledger, inventory),
        ignored: inventory === undefined ? [] : await ledger.ignored(inventory),
      };
    }),
  );
  return {
    cards: await ledger.cards(),
    current: await Promise.all(cardIds.map((id) => ledger.currentRoll(id))),
    perRoll,
    troubles: await ledger.troubles(),
    offers: await ledger.offers(),
    lastSightingAt: await ledger.lastSightingAt(B2),
  };
}
