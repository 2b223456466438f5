/** Lists an inserted card and records what was found as the newest inventory of its roll. */
import { type CardFacts, cardKey, rollFolder } from '../core/card.ts';
import { asCardId, type CardId, type FileId } from '../core/ids.ts';
import { type CardFile, continuesRoll, type Inventory, type Scan } from '../core/inventory.ts';
import { matchScan } from '../core/match-scan.ts';
import { shortDigest } from '../platform/short-digest.ts';
import type { Roll } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import type { ServiceDeps } from './service-deps.ts';

/** The short form of a card id, as in folder names. */
const SHORT_ID = 8;

export interface TakenInventory {
  readonly cardId: CardId;
  readonly roll: Roll;
  readonly inventory: Inventory;
  readonly scan: Scan;
}

export type InventoryDeps = Pick<
  ServiceDeps,
  'clock' | 'ledger' | 'volumes' | 'reader' | 'isCard' | 'roleOf' | 'settings'
>;

/** The id of the card behind an insertion: the same card has the same id on every machine. */
export function cardIdOf(insertion: Insertion): CardId {
  return cardIdFor(insertion.facts);
}

export function cardIdFor(facts: CardFacts): CardId {
  return asCardId(shortDigest(cardKey(facts)));
}

/**
 * Lists the card. `gone`: it was pulled meanwhile, the listing proves nothing. `not-a-card`: it does not look like
 * one and nobody offered it.
 */
export async function takeInventory(
  deps: InventoryDeps,
  insertion: Insertion,
  signal: AbortSignal,
): Promise<TakenInventory | 'gone' | 'not-a-card'> {
  const scan = await deps.reader.scan(insertion, signal);
  // A pulled FAT card lists as empty without any error: the answer counts only while the medium is still in.
  if (!(await deps.volumes.stillIn(insertion))) return 'gone';
  const cardId = cardIdOf(insertion);
  const known = await deps.ledger.currentRoll(cardId);
  if (known === undefined && !deps.isCard(scan, insertion)) return 'not-a-card';

  const now = deps.clock.now();
  await deps.ledger.recordInsertion({
    id: cardId,
    key: cardKey(insertion.facts),
    kind: insertion.facts.kind,
    label: insertion.label,
    firstSeenAt: now,
    lastSeenAt: now,
    lastRoot: insertion.root,
  });
  const { roll, files } = await rollFor(deps, insertion, known, scan);
  const inventory = await recordScan(deps, roll, files, scan);
  return { cardId, roll, inventory, scan };
}

async function rollFor(
  deps: InventoryDeps,
  insertion: Insertion,
  known: Roll | undefined,
  scan: Scan,
): Promise<{ roll: Roll; files: readonly CardFile[] }> {
  if (known !== undefined) {
    const files = await deps.ledger.knownFiles(known.id);
    if (continuesRoll(files, scan.files)) return { roll: known, files };
  }
  const cardId = cardIdOf(insertion);
  const startedAt = deps.clock.now();
  const roll = await deps.ledger.startRoll(cardId, startedAt, (ordinal) =>
    rollFolder(deps.settings.folderTemplate, {
      date: deps.clock.localDay(startedAt),
      label: insertion.label,
      card: cardId.slice(0, SHORT_ID),
      ordinal,
    }),
  );
  return { roll, files: [] };
}

async function recordScan(
  deps: InventoryDeps,
  roll: Roll,
  files: readonly CardFile[],
  scan: Scan,
): Promise<Inventory> {
  const match = matchScan(files, scan, deps.roleOf);
  const known: readonly FileId[] = match.known.map((file) => file.id);
  return deps.ledger.recordInventory({
    rollId: roll.id,
    scannedAt: scan.scannedAt,
    known,
    fresh: match.fresh,
    ignored: scan.ignored,
    problems: scan.problems,
  });
}
